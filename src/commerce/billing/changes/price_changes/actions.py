"""New prices of services and domains that exist: announced, applied with the first period that they count for, dropped.

Everything here holds the client's row first, so that a new price and a renewal come one after the other.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.billing.changes.price_changes.emails import (
    send_dropped_prices_emails,
    send_price_changes_emails,
)
from commerce.billing.changes.price_changes.repricing import (
    RepricingResult,
    renewal_price_of,
    reprice_domains,
    reprice_services,
)
from commerce.billing.changes.price_changes.rules import (
    CATALOG_PRICES,
    PRICE_CHANGE_MOVES,
    NewPrices,
    PriceChangeStatus,
)
from commerce.billing.invoices.rules import SubjectKey
from commerce.billing.models import PriceChange, PriceChangeAct
from commerce.db.locks import lock
from commerce.domains.actions.editing import change_domain_price
from commerce.domains.events import DomainCancelled, DomainTransferredAway
from commerce.domains.models import Domain
from commerce.hosting.actions.pricing import change_service_price
from commerce.hosting.events import ServiceCancelled, ServiceTerminated
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.labels import Text
from commerce.site_settings import current


@transaction.atomic
def move_price_change(
    *, change: PriceChange, to: PriceChangeStatus, ctx: Context, reason: str = ""
) -> None:
    """Move a change along its table. Raises ``StateConflict`` if that is not allowed."""
    move(
        change,
        to,
        allowed=PRICE_CHANGE_MOVES,
        ctx=ctx,
        client_id=change.client_id,
        reason=reason,
        ended_at=ctx.at,
    )


@transaction.atomic
def reprice_client(
    *,
    client_id: int,
    ctx: Context,
    services: Iterable[int] = (),
    domains: Iterable[int] = (),
    reason: str = "",
    act: PriceChangeAct | None = None,
    prices: NewPrices = CATALOG_PRICES,
) -> list[RepricingResult]:
    """Announce new prices, mostly today's of the catalog, for services and domains of a client, who gets one mail.

    It counts from their next period that is not billed yet and starts ``billing.price_change_notice_days`` later or
    more. What was announced before is replaced. Safe to repeat: what is announced, or costs that already, stays.
    """
    lock_client(client_id)
    today = current.business_date(ctx.at)
    rows = Service.objects.for_client(client_id).filter(pk__in=list(services)).order_by("pk")
    names = Domain.objects.for_client(client_id).filter(pk__in=list(domains)).order_by("pk")
    found = [
        *reprice_services(list(rows.select_related("product", "client__group")), today, prices),
        *reprice_domains(list(names.select_related("client")), today, prices),
    ]
    changing = [one for one in found if not one.blocked_reason]
    if changing:
        act = act or PriceChangeAct.objects.create(reason=reason, created_at=ctx.at)
        announced = [_announce(one, act, ctx, reason) for one in changing]
        send_price_changes_emails(
            changes=[change for change in announced if change is not None], at=ctx.at
        )
        dropped = [one.announced for one in changing if one.dropped and one.announced is not None]
        send_dropped_prices_emails(changes=dropped, at=ctx.at)
    return found


def _announce(
    one: RepricingResult, act: PriceChangeAct, ctx: Context, reason: str
) -> PriceChange | None:
    """The change, if the price is another one; what was announced before is dropped."""
    if one.announced is not None:
        why = reason or client_text(one.announced.client, _("A new price was set."))
        move_price_change(change=one.announced, to=PriceChangeStatus.DROPPED, ctx=ctx, reason=why)
    if one.dropped:
        return None
    assert one.from_date is not None
    change = PriceChange.objects.create(
        client_id=one.item.client_id,
        old_amount=one.old_amount,
        amount=one.amount,
        options=one.options,
        price_parts=one.price_parts,
        act=act,
        from_date=one.from_date,
        reason=reason,
        created_at=ctx.at,
        **{one.kind: one.item},
    )
    write_audit_entry(
        ctx=ctx,
        action="price_change.planned",
        record=("price_change", change.pk),
        name=str(change),
        client_id=change.client_id,
        before={"amount": change.old_amount},
        after={"amount": change.amount, "from_date": str(change.from_date)},
        reason=reason,
    )
    return change


@transaction.atomic
def drop_price_changes_of_act(
    *, act: PriceChangeAct, client_id: int, reason: str, ctx: Context
) -> int:
    """Take back all that an act announced to a client and that does not count yet, with one mail; how many."""
    if not reason.strip():
        raise BusinessError("reason.missing", field="reason")
    lock_client(client_id)
    changes = list(act.changes.planned().for_client(client_id).order_by("pk"))
    for change in changes:
        move_price_change(
            change=change, to=PriceChangeStatus.DROPPED, ctx=ctx, reason=reason.strip()
        )
    send_dropped_prices_emails(changes=changes, at=ctx.at)
    return len(changes)


def drop_price_change_blocked_reason(change: PriceChange, ctx: Context) -> StateConflict | None:
    """What counts already, or was dropped, cannot be taken back."""
    is_planned = change.status == PriceChangeStatus.PLANNED
    return None if is_planned else StateConflict("price_change.not_planned")


@act(
    "price_change.withdraw",
    PriceChange,
    label=pgettext_lazy("change", "Withdraw"),
    intro=_("The client is told that the price stays as it is."),
    done=_("The price change was withdrawn, and the client was told."),
    staff=(StaffPermission.PRODUCTS_MANAGE, StaffPermission.SERVICES_MANAGE),
    blocked=drop_price_change_blocked_reason,
)
@transaction.atomic
def drop_price_change(*, change: PriceChange, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Staff take an announced price back; its client is told."""
    if not reason.strip():
        raise BusinessError("reason.missing", field="reason")
    lock_client(change.client_id)
    if blocked := drop_price_change_blocked_reason(lock(change), ctx):
        raise blocked
    move_price_change(change=change, to=PriceChangeStatus.DROPPED, ctx=ctx, reason=reason.strip())
    send_dropped_prices_emails(changes=[change], at=ctx.at)


@transaction.atomic
def drop_planned_price_changes(*, subject: SubjectKey, reason: Text, ctx: Context) -> None:
    """What was announced does not come, since something else did, which the client knows of."""
    noun, pk = subject
    for change in PriceChange.objects.planned().filter(**{f"{noun}_id": pk}):
        why = client_text(change.client, reason)
        move_price_change(change=change, to=PriceChangeStatus.DROPPED, ctx=ctx, reason=why)


def drop_price_changes_of_service(
    event: ServiceCancelled | ServiceTerminated, ctx: Context
) -> None:
    """A service has ended, and with it what it would have cost."""
    reason = _("The service has ended.")
    drop_planned_price_changes(subject=("service", event.service_id), reason=reason, ctx=ctx)


def drop_price_changes_of_domain(
    event: DomainCancelled | DomainTransferredAway, ctx: Context
) -> None:
    """A domain is gone, and with it what it would have cost."""
    reason = _("The domain is no longer managed here.")
    drop_planned_price_changes(subject=("domain", event.domain_id), reason=reason, ctx=ctx)


@transaction.atomic
def apply_price_changes_to_services(*, services: Sequence[Service], ctx: Context) -> None:
    """These are about to be billed for the period that is due: what was announced for it is their price from here on.

    The caller locks the client. One whose price was changed otherwise meanwhile keeps that, and the change is dropped.
    """
    by_id = {one.pk: one for one in services}
    rows = PriceChange.objects.planned().filter(service__in=list(by_id))
    for change in rows.filter(from_date__lte=F("service__next_due_date")).order_by("service_id"):
        assert change.service_id is not None
        service = by_id[change.service_id]
        if _applies(change, service, ctx):
            change_service_price(
                service=service,
                amount=change.amount,
                options=change.options,
                price_parts=change.price_parts,
                ctx=ctx,
            )


@transaction.atomic
def apply_price_changes_to_domains(*, domains: Sequence[Domain], ctx: Context) -> None:
    """The same for domains whose next term is about to be billed."""
    by_id = {one.pk: one for one in domains}
    rows = PriceChange.objects.planned().filter(domain__in=list(by_id))
    for change in rows.filter(from_date__lte=F("domain__next_due_date")).order_by("domain_id"):
        assert change.domain_id is not None
        domain = by_id[change.domain_id]
        if _applies(change, domain, ctx):
            amount = change.amount
            change_domain_price(domain=domain, recurring_amount=amount, ctx=ctx)


def _applies(change: PriceChange, item: Service | Domain, ctx: Context) -> bool:
    holds = renewal_price_of(item) == change.old_amount
    to = PriceChangeStatus.APPLIED if holds else PriceChangeStatus.DROPPED
    separately = _("The price was changed separately.")
    reason = "" if holds else client_text(change.client, separately)
    move_price_change(change=change, to=to, ctx=ctx, reason=reason)
    return holds
