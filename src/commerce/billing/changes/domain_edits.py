"""What staff change of a domain where its bills have a say (domains.md 1 and 4)."""

from datetime import date
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.models import PriceChange
from commerce.billing.periods.domain_offers import BOUGHT_STATUSES, renewal_under_way_blocked_reason
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.locks import lock
from commerce.domains.actions.editing import change_domain_price, registered_only_blocked_reason
from commerce.domains.actions.staff import correct_expiry
from commerce.domains.models import Domain
from commerce.domains.rules import EXPIRY_SLACK, RENEWABLE_DOMAIN_STATUSES, end_of_term
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount, Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@act(
    "domain.edit",
    Domain,
    label=_("Price and dates"),
    done=_("Price and dates saved. Issued invoices don't change."),
    staff=(StaffPermission.DOMAINS_MANAGE, StaffPermission.SERVICES_MANAGE),
    blocked=registered_only_blocked_reason,
    example='domain edit acme.com --recurring-amount 9.99 --reason "agreed"',
)
@transaction.atomic
def edit_domain_terms(
    *,
    domain: Domain,
    reason: Annotated[str, REASON],
    ctx: Context,
    recurring_amount: Annotated[
        int | None,
        Amount(
            _("Renewal price in %(currency)s"),
            currency=lambda domain: domain.currency_id,
            about=_("For one renewal. Issued invoices don't change."),
            edits="recurring_amount",
            asked_if=lambda domain: domain.status in RENEWABLE_DOMAIN_STATUSES,
        ),
    ] = None,
    expiry_date: Annotated[
        date | None,
        Day(
            _("Expiry and next due date"),
            about=_(
                "The next sync takes over a connected registrar's date. If that's more than 30 days earlier, it's only"
                " shown as a difference."
            ),
            edits="expiry_date",
        ),
    ] = None,
) -> None:
    """Change what the next renewal costs, and when the name expires and is due, but bill no day twice.

    Raises ``BusinessError`` for nothing new, and for an expiry that cannot be or lies before the end
    of what was paid; ``StateConflict`` for the date of one whose renewal is under way.
    """
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if blocked := registered_only_blocked_reason(row, ctx):
        raise blocked
    changed = False
    if expiry_date is not None and expiry_date != row.expiry_date:
        _check_expiry(row, expiry_date, ctx)
        correct_expiry(domain=row, expiry_date=expiry_date, reason=reason, ctx=ctx)
        changed = True
    if recurring_amount is not None and recurring_amount != row.recurring_amount:
        change_domain_price(domain=row, recurring_amount=recurring_amount, reason=reason, ctx=ctx)
        _drop_announced(row, ctx)
        changed = True
    if not changed:
        raise BusinessError("service.nothing_changed")
    domain.refresh_from_db()


def _check_expiry(domain: Domain, day: date, ctx: Context) -> None:
    """Raise ``BusinessError`` when a term that the registrar has carried out reaches beyond the day. The first one has
    no billed period: it ends with the present expiry. ``StateConflict`` while one is to be carried out.
    """
    assert domain.expiry_date is not None  # a registered name has one
    if reason := renewal_under_way_blocked_reason(domain, ctx):
        raise reason
    least = domain.expiry_date - EXPIRY_SLACK
    if day < least and not domain.billed_periods.filter(status__in=BOUGHT_STATUSES).exists():
        start = end_of_term(domain.expiry_date, -1)
        raise BusinessError("service.period_billed", start=start, end=least, field="expiry_date")
    billed = domain.billed_periods.exclude(status=BilledPeriodStatus.RELEASED).filter(
        period_start__lt=domain.expiry_date, period_end__gt=day
    )
    for start, end in billed.order_by("-period_end").values_list("period_start", "period_end")[:1]:
        raise BusinessError("service.period_billed", start=start, end=end, field="expiry_date")


def _drop_announced(domain: Domain, ctx: Context) -> None:
    """The price to come was that of the price before; its client, who was told of it, is told."""
    for change in PriceChange.objects.planned().filter(domain=domain):
        reason = client_text(domain.client, _("The price was changed separately."))
        drop_price_change(change=change, reason=reason, ctx=ctx)
