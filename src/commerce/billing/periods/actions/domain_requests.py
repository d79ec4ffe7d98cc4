"""Renewals that a member or staff ask for, restores, and other terms (domains.md 4 and 5)."""

from datetime import timedelta
from typing import Annotated

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.billing.changes.price_changes.actions import (
    apply_price_changes_to_domains,
    drop_planned_price_changes,
)
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.domain_renewals import (
    BilledTerm,
    abandon_domain_renewal,
    invoice_terms,
)
from commerce.billing.periods.agreed_prices import announced_price
from commerce.billing.periods.domain_offers import (
    OfferChangedError,
    RenewalOffer,
    RestoreOffer,
    has_open_renewal,
    renewal_blocked_reason,
    renewal_offers,
    renewal_offers_in_words,
    restore_blocked_reason,
    restore_offer,
    restore_offers_in_words,
    restore_text,
    term_blocked_reason,
    term_offers,
)
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.locks import lock
from commerce.domains.actions.changes import record_change
from commerce.domains.actions.editing import (
    live_only_blocked_reason,
    renewable_only_blocked_reason,
    set_auto_renew_held,
    update_domain,
)
from commerce.domains.deadlines import last_renewable_day, last_restorable_day
from commerce.domains.models import Domain
from commerce.domains.rules import ChangeKind, DomainStatus
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Flag, Integer
from commerce.kit.acts.shown import Seen
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current
from commerce.support.consumers.actions import record_begin_consent


@act(
    "domain.renew",
    Domain,
    label=_("Renew"),
    submit=_("Issue invoice"),
    done=_("Invoice %(number)s issued. The domain renews once it's paid."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=renewal_blocked_reason,
    example="domain renew acme.com --years 2 --expect 24.00",
)
@transaction.atomic
def renew_domain_now(
    *,
    domain: Domain,
    ctx: Context,
    years: Annotated[
        int | None,
        Integer(_("Years"), least=1, most=10, asked_if=lambda _domain: False),
    ] = None,
    expected: Annotated[
        RenewalOffer | None,
        Seen(
            _("Renewal"),
            of_key=RenewalOffer.of_key,
            offers=renewal_offers_in_words,
            currency=lambda domain: domain.currency_id,
            usual=lambda domain: {"years": domain.term_years},
        ),
    ] = None,
    begin_at_once: bool = False,
    kept_amount: int | None = None,
) -> Invoice:
    """The invoice of its next renewal, made early, by its term or other ``years``; a consumer has to ask that it begins
    at once. ``expected`` is what the person saw, and a form's choice of years; ``kept_amount`` is before tax, as a
    quote keeps it.

    Raises ``BusinessError`` for years that are not offered.
    """
    client = bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := renewal_blocked_reason(row, ctx):
        raise reason
    apply_price_changes_to_domains(domains=[row], ctx=ctx)
    offer = _offered(row, expected.years if expected and years is None else years, ctx)
    if expected not in (None, offer):
        raise OfferChangedError(offer, row)
    offer = offer if kept_amount is None else offer.at_amount(kept_amount)
    assert row.expiry_date is not None  # a renewable name has one
    is_late = row.status == DomainStatus.EXPIRED
    last = last_renewable_day(row) + timedelta(days=1) if is_late else row.expiry_date
    term = BilledTerm(row, offer.years, offer.amount)
    invoice = invoice_terms(client, [term], pay_before=last, ctx=ctx)
    record_begin_consent(
        client=client, record=("invoice", invoice.pk), given=begin_at_once, ctx=ctx
    )
    domain.refresh_from_db()
    return invoice


def _offered(domain: Domain, years: int | None, ctx: Context) -> RenewalOffer:
    wanted = domain.term_years if years is None else years
    offers = {offer.years: offer for offer in renewal_offers(domain, current.business_date(ctx.at))}
    if wanted not in offers:
        least, most = min(offers), max(offers)
        raise BusinessError(
            "tld.years_not_offered", least=least, most=most, tld=domain.tld, field="years"
        )
    return offers[wanted]


@act(
    "domain.restore",
    Domain,
    label=pgettext_lazy("button", "Restore"),
    intro=restore_text,
    submit=_("Issue invoice"),
    done=_("Invoice %(number)s issued. The domain is restored once it's paid."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=restore_blocked_reason,
)
@transaction.atomic
def restore_domain(
    *,
    domain: Domain,
    ctx: Context,
    expected: Annotated[
        RestoreOffer | None,
        Seen(
            pgettext_lazy("button", "Restore"),
            of_key=RestoreOffer.of_key,
            offers=restore_offers_in_words,
            currency=lambda domain: domain.currency_id,
        ),
    ] = None,
    begin_at_once: bool = False,
    kept_amounts: tuple[int, int] | None = None,
) -> Invoice:
    """The invoice of a restore with the renewal by its term; paid, the registrar brings the name back. A consumer has
    to ask that it begins at once. ``expected`` is what the person saw; ``kept_amounts`` are fee and renewal before tax,
    as a quote keeps them.
    """
    client = bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := restore_blocked_reason(row, ctx):
        raise reason
    apply_price_changes_to_domains(domains=[row], ctx=ctx)
    offer = restore_offer(row)
    assert offer is not None  # or there is a reason
    if expected not in (None, offer):
        raise OfferChangedError(offer, row)
    fee, renewal = kept_amounts or (offer.fee, offer.renewal.amount)
    term = BilledTerm(row, offer.renewal.years, renewal, fee)
    last = last_restorable_day(row) + timedelta(days=1)
    invoice = invoice_terms(client, [term], pay_before=last, ctx=ctx)
    record_begin_consent(
        client=client, record=("invoice", invoice.pk), given=begin_at_once, ctx=ctx
    )
    period = BilledPeriod.objects.get(invoice=invoice)
    record_change(domain=row, kind=ChangeKind.RESTORE, wanted={"period": period.pk}, ctx=ctx)
    domain.refresh_from_db()
    return invoice


def _auto_renew_done(voided: object, domain: Domain) -> Promise:
    if voided is None:
        on, off = _("Auto-renew was already on."), _("Auto-renew was already off.")
        return on if domain.auto_renew else off
    if voided:
        return _("Auto-renew is off, and the unpaid renewal is canceled.")
    return _("Auto-renew is on.") if domain.auto_renew else _("Auto-renew is off.")


@act(
    "domain.auto_renew",
    Domain,
    label=_("Auto-renew"),
    done=_auto_renew_done,
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=live_only_blocked_reason,
    example="domain auto-renew acme.com --enabled off --void-renewal",
    for_many=True,
)
@transaction.atomic(savepoint=False)
def switch_auto_renew(
    *,
    domain: Domain,
    enabled: Annotated[bool, Flag(_("Auto-renew"), edits="auto_renew")],
    ctx: Context,
    void_renewal: Annotated[
        bool,
        Flag(
            _("Void the open renewal invoice"),
            about=_("Only when auto-renew is turned off."),
            asked_if=has_open_renewal,
        ),
    ] = False,
) -> bool | None:
    """Auto-renew on, or off and then without a renewal that waits for its payment, if that shall be void, too; whether
    there was one, and None where nothing was to be done.
    """
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := live_only_blocked_reason(row, ctx):
        raise reason
    voids = void_renewal and not enabled
    if enabled == row.auto_renew and not voids:
        return None
    set_auto_renew_held(domain=domain, row=row, enabled=enabled, ctx=ctx)
    return voids and void_open_renewal(domain=domain, ctx=ctx)


@transaction.atomic
def void_open_renewal(*, domain: Domain, ctx: Context) -> bool:
    """Take back the open renewal of a name that shall not be renewed; whether there was one."""
    bump_revision(domain.client_id, ctx)
    rows = BilledPeriod.objects.filter(domain=domain, status=BilledPeriodStatus.OPEN)
    periods = list(rows.select_related("domain__client", "invoice"))
    for period in periods:
        abandon_domain_renewal(period=period, ctx=ctx)
    domain.refresh_from_db()
    return bool(periods)


def _term_done(_result: None, domain: Domain) -> str:
    years = domain.term_years
    text = ngettext(
        "The domain now renews for %(years)s year at a time.",
        "The domain now renews for %(years)s years at a time.",
        years,
    )
    return text % {"years": years}


@act(
    "domain.term",
    Domain,
    label=_("Change term"),
    done=_term_done,
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=term_blocked_reason,
)
@transaction.atomic
def change_term(
    *,
    domain: Domain,
    years: Annotated[int, Integer(_("Renewal term"), least=1, most=10, edits="term_years")],
    ctx: Context,
) -> None:
    """By how many years it renews from now on; its price follows, and so does one that was announced.

    Raises ``BusinessError`` for years that are not offered.
    """
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := term_blocked_reason(row, ctx):
        raise reason
    offers = dict(term_offers(row))
    if years not in offers:
        raise BusinessError(
            "tld.years_not_offered", least=min(offers), most=max(offers), tld=row.tld, field="years"
        )
    for change in PriceChange.objects.planned().filter(domain=row):
        _follow(change, row, years, offers[years], ctx)
    update_domain(
        domain,
        "term_changed",
        ctx=ctx,
        blocked=renewable_only_blocked_reason,
        term_years=years,
        recurring_amount=offers[years],
    )


def _follow(change: PriceChange, domain: Domain, years: int, old_amount: int, ctx: Context) -> None:
    """What was announced for the former term, for another; dropped where that costs what it costs already."""
    amount = announced_price(change, domain).for_years(years)
    if amount == old_amount:
        reason = _("The price of the new term stays the same.")
        drop_planned_price_changes(subject=("domain", domain.pk), reason=reason, ctx=ctx)
        return
    PriceChange.objects.filter(pk=change.pk).update(old_amount=old_amount, amount=amount)
