"""Mails about domains (notifications.md 3, group "domains"): reactions, and notices that come with a day."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_client_email
from commerce.domains.deadlines import last_renewable_day, last_restorable_day
from commerce.domains.events import (
    DomainCodeRevealed,
    DomainEvent,
    DomainExpired,
    DomainInRedemption,
    DomainRenewed,
    DomainTransferFailed,
    DomainTransferHeld,
)
from commerce.domains.models import Domain, TldPrice
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import (
    DomainStatus,
    TransferHold,
    TransferProblem,
    VerificationState,
)
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.mail.models import OutgoingMail
from commerce.mail.template_values import days_from_now
from commerce.site_settings.current import business_date

TRANSFER_REASONS: Mapping[str, Promise] = {
    TransferHold.CODE_MISSING: _(
        "It can't start without the authorization code. Get the code from your current provider and enter it on the"
        " domain's page."
    ),
    TransferHold.CODE_WRONG: _(
        "The authorization code wasn't accepted. Get a new one from your current provider and enter it on the domain's"
        " page."
    ),
    TransferProblem.REFUSED: _(
        "It was declined by your current provider or the registry, so it has ended. The price was added to your credit"
        " balance."
    ),
    TransferProblem.TIMED_OUT: _(
        "It wasn't completed within 60 days, so we ended it. The price was added to your credit balance."
    ),
}
"""Why a transfer needs attention, to the client."""
UNCREDITED_REASONS: Mapping[str, Promise] = {
    TransferProblem.REFUSED: _(
        "It was declined by your current provider or the registry, so it has ended."
    ),
    TransferProblem.TIMED_OUT: _("It wasn't completed within 60 days, so we ended it."),
}
"""Why the transfer of a name ended that was here before: what was paid for it was had."""


def _send_domain_email(event: str, domain: Domain, occasion: str, at: datetime, **more: Any) -> int:
    values = {
        "domain_name": domain.domain_name,
        "domain_url": f"{settings.COMMERCE_URL}/client/domains/{domain.pk}",
        "expiry_date": domain.expiry_date,
    }
    made = send_client_email(
        client=domain.client,
        event=event,
        idempotency_key=f"{domain.pk} {occasion}".strip(),
        values={**values, **more},
        at=at,
        about=("domain", domain.pk),
    )
    return len(made)


def _domain(event: DomainEvent) -> Domain:
    return Domain.objects.select_related("client").get(pk=event.domain_id)


@at_event_time
def send_domain_registered_email(event: DomainEvent, ctx: Context) -> None:
    """Send `domain_registered` to its owners."""
    _send_domain_email("domain_registered", _domain(event), "", ctx.at)


@at_event_time
def send_domain_transferred_in_email(event: DomainEvent, ctx: Context) -> None:
    """Its transfer to us is done."""
    _send_domain_email("domain_transferred_in", _domain(event), "", ctx.at)


@at_event_time
def send_domain_renewed_email(event: DomainRenewed, ctx: Context) -> None:
    """It has a new expiry date."""
    ends = date.fromisoformat(event.expiry_date)
    _send_domain_email(
        "domain_renewed", _domain(event), event.expiry_date, ctx.at, expiry_date=ends
    )


@at_event_time
def send_domain_expired_email(event: DomainExpired, ctx: Context) -> None:
    """It expired, and can be renewed for some days.

    After time off a name passes several states at once, and only the latest is told of: of one that can be restored
    the mail about that tells, and one that is gone has expired, without a day until which anything helps.
    """
    domain = _domain(event)
    if str(domain.expiry_date) != event.expiry_date:
        return
    if domain.status == DomainStatus.EXPIRED:
        last_day, _restored_until, fee = _days(domain)
        more = {"last_day": last_day, "fee": fee}
    elif domain.status == DomainStatus.CANCELLED:
        more = {"last_day": None, "fee": None}
    else:
        return
    _send_domain_email("domain_expired", domain, event.expiry_date, ctx.at, **more)


@at_event_time
def send_domain_in_redemption_email(event: DomainInRedemption, ctx: Context) -> None:
    """It can only be restored now, for a fee; one that was restored meanwhile, or is gone, cannot any more."""
    domain = _domain(event)
    if domain.status == DomainStatus.REDEMPTION and str(domain.expiry_date) == event.expiry_date:
        _renewable_until, last_day, fee = _days(domain)
        on_request = fee is None or not registrar_of(domain).capabilities.restore
        more = {"last_day": last_day, "fee": None if on_request else fee, "on_request": on_request}
        _send_domain_email("domain_redemption", domain, event.expiry_date, ctx.at, **more)


@at_event_time
def send_domain_transferred_away_email(event: DomainEvent, ctx: Context) -> None:
    """Another provider has it now."""
    _send_domain_email("domain_transferred_away", _domain(event), f"{ctx.at:%Y-%m-%d}", ctx.at)


@at_event_time
def send_domain_back_email(event: DomainEvent, ctx: Context) -> None:
    """It was never away: what was told before was wrong."""
    _send_domain_email("domain_brought_back", _domain(event), f"{ctx.at:%Y-%m-%d}", ctx.at)


@at_event_time
def send_domain_taken_email(event: DomainEvent, ctx: Context) -> None:
    """Somebody else has it now; told once, however often it was tried."""
    domain = _domain(event)
    if domain.status == DomainStatus.PENDING:
        _send_domain_email("domain_registration_problem", domain, "", ctx.at)


@at_event_time
def ask_for_transfer_code(event: DomainTransferHeld, ctx: Context) -> None:
    """Its transfer waits for the authorization code, or for the right one; at most one mail a day."""
    domain = _domain(event)
    if domain.transfer_hold == event.hold:
        occasion = f"{event.hold} {business_date(ctx.at)}"
        reason = TRANSFER_REASONS[event.hold]
        _send_domain_email("domain_transfer_problem", domain, occasion, ctx.at, reason=reason)


@at_event_time
def send_transfer_failed_email(event: DomainTransferFailed, ctx: Context) -> None:
    """Its transfer has ended without the name; who called it off knows."""
    if event.problem != TransferProblem.CANCELLED:
        domain = _domain(event)
        reasons = UNCREDITED_REASONS if domain.registration_date else TRANSFER_REASONS
        reason = reasons[event.problem]
        _send_domain_email("domain_transfer_problem", domain, event.problem, ctx.at, reason=reason)


@at_event_time
def send_code_revealed_email(event: DomainCodeRevealed, ctx: Context) -> None:
    """Somebody was shown the code with which it can leave us: all owners are told."""
    _send_domain_email(
        "domain_code_revealed",
        _domain(event),
        ctx.at.isoformat(),
        ctx.at,
        who=event.who,
        ip=event.address,
        when=ctx.at,
    )


type ShownFee = Callable[[Domain, int], int]

_shown_fee: list[ShownFee] = []


def set_shown_fee(source: ShownFee) -> None:
    """Who knows a fee for a name as its client is shown amounts, with tax or without."""
    _shown_fee[:] = [source]


def _days(domain: Domain) -> tuple[date, date, Money | None]:
    """The last days on which it can be renewed and restored, and what restoring costs; of 30 days if nobody knows."""
    price = TldPrice.objects.filter(tld__tld=domain.tld, currency=domain.currency_id).first()
    fee = price.restore if price else None
    if fee is not None and _shown_fee:
        fee = _shown_fee[0](domain, fee)
    return (
        last_renewable_day(domain),
        last_restorable_day(domain),
        None if fee is None else Money(fee, domain.currency_id),
    )


def send_expiring_mail(
    *,
    domain: Domain,
    days_left: int,
    at: datetime,
    invoice_url: str = "",
    is_paid: bool = False,
) -> int:
    """30, 14, 7 and 1 days before it expires: ``days_left`` names the notice, which may be late after time off.

    What renews it, in one of four words: a renewal that ``is_paid``, itself as soon as it is paid, the invoice that is
    open although it does not renew by itself, or nothing.
    """
    assert domain.expiry_date is not None
    left = (domain.expiry_date - business_date(at)).days
    return _send_domain_email(
        "domain_expiring",
        domain,
        f"{domain.expiry_date} {days_left}",
        at,
        days_left=left,
        in_days=days_from_now(left),
        renewal_paid=is_paid,
        auto_renew=domain.auto_renew and not is_paid,
        only_if_paid=not domain.auto_renew and not is_paid and bool(invoice_url),
        not_renewed=not domain.auto_renew and not is_paid and not invoice_url,
        invoice_url=invoice_url,
    )


def send_verification_mail(
    *, domain: Domain, last_day: date | None, email: str, state: str, at: datetime
) -> int:
    """The holder is to confirm their address at the registrar, until a day if one is told; ``state`` says whether the
    name works meanwhile.
    """
    return _send_domain_email(
        "domain_verification",
        domain,
        f"{last_day or business_date(at)}",
        at,
        last_day=last_day,
        email=email,
        no_email=not email,
        is_suspended=state == VerificationState.SUSPENDED,
        is_pending=state != VerificationState.SUSPENDED,
    )


def expiry_notice_sent(days_left: int) -> Q:
    """In a query over domains: those that had this notice before their expiry, by the idempotency key of its mail."""
    pk, expiry = (Cast(OuterRef(name), TextField()) for name in ("pk", "expiry_date"))
    idempotency_key = Concat(
        pk, Value(" "), expiry, Value(f" {days_left}"), output_field=TextField()
    )
    return Q(
        Exists(
            OutgoingMail.objects.filter(event="domain_expiring", idempotency_key=idempotency_key)
        )
    )


def expiring_mail_obsolete_reason(domain_id: int, mail_values: Mapping[str, Any]) -> str:
    """Why a notice before the expiry is not true any more."""
    return _is_else(domain_id, mail_values, [DomainStatus.ACTIVE])


def expired_mail_obsolete_reason(domain_id: int, mail_values: Mapping[str, Any]) -> str:
    """Why a mail about the expiry is not true any more; one that names no day until which anything helps stays true."""
    helps = [DomainStatus.EXPIRED]
    return _is_else(
        domain_id, mail_values, helps if mail_values.get("last_day") else [DomainStatus.CANCELLED]
    )


def redemption_mail_obsolete_reason(domain_id: int, mail_values: Mapping[str, Any]) -> str:
    """Why a mail about the redemption is not true any more."""
    return _is_else(domain_id, mail_values, [DomainStatus.REDEMPTION])


def _is_else(domain_id: int, values: Mapping[str, Any], states: list[DomainStatus]) -> str:
    """Why a mail about these states and an expiry date is not true any more."""
    domain = Domain.objects.get(pk=domain_id)
    if domain.status not in states:
        return f"The domain is {domain.status}."
    if values["expiry_date"] != {"date": str(domain.expiry_date)}:
        return f"The domain is registered until {domain.expiry_date}."
    return ""
