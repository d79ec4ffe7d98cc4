"""Requests that are to be paid: whether they can be, what holds them open, credit that pays them (billing.md 8)."""

from datetime import date

from django.conf import settings
from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.billing.changes.plan_changes.actions.carrying_out import (
    amount_to_pay,
    carry_out_with_money,
)
from commerce.billing.changes.plan_changes.offers import renewal_issued_on
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus, last_day_with_transfer
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import PlanChange
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.site_settings import current


def request_url(plan_change_id: int) -> str:
    """The page on which a request is paid; it asks to sign in."""
    return f"{settings.COMMERCE_URL}/client/plan-changes/{plan_change_id}/pay"


def pay_plan_change_blocked_reason(change: PlanChange, ctx: Context) -> StateConflict | None:
    """A request can be paid up to its last day."""
    if change.status != PlanChangeStatus.AWAITING_PAYMENT:
        return StateConflict("plan_change.nothing_to_pay")
    if change.last_day is not None and change.last_day < current.business_date(ctx.at):
        return StateConflict("plan_change.too_late_to_pay", day=change.last_day)
    return None


def takes_money(change: PlanChange) -> bool:
    """Whether money for a request would pay something: it waits for it, or was carried out on account."""
    if change.invoice is not None:
        return change.invoice.status in OPEN_INVOICE_STATUSES
    return change.status == PlanChangeStatus.AWAITING_PAYMENT


def amount_asked_for(change: PlanChange) -> int:
    """What money for a request would pay, in minor units: what it asks for, or what is due of its invoice."""
    if change.invoice is not None:
        return change.invoice.amount_due if takes_money(change) else 0
    return amount_to_pay(change) if takes_money(change) else 0


@transaction.atomic
def hold_for_transfer(*, change: PlanChange, ctx: Context) -> date | None:
    """A transfer for a request is on its way: it stays open for some more days, up to the renewal of its service and
    not beyond. The day that it is held to; None if that is no later than its last day.
    """
    bump_revision(change.client_id, ctx)
    row = lock(change, "service")
    days = current.get_setting("payments.bank_hold_days")
    if row.last_day is None or not days:
        return None
    held_to = last_day_with_transfer(
        last_day=row.last_day,
        today=current.business_date(ctx.at),
        hold_days=days,
        renewal_issued_on=renewal_issued_on(row.service),
    )
    if held_to == row.last_day:
        return None
    PlanChange.objects.filter(pk=row.pk).update(last_day=held_to)
    write_audit_entry(
        ctx=ctx,
        action="plan_change.held",
        record=("plan_change", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={"last_day": str(row.last_day)},
        after={"last_day": str(held_to)},
    )
    change.refresh_from_db()
    return held_to


@transaction.atomic
def pay_request_from_credit(*, change: PlanChange, ctx: Context) -> None:
    """The client's credit pays for a request, as far as it goes: all of it is used, and it is carried out where that
    is enough; else it asks for the rest.

    Raises ``StateConflict`` for a request that cannot be paid any more.
    """
    bump_revision(change.client_id, ctx)
    row = lock(change, "client", "service")
    if reason := pay_plan_change_blocked_reason(row, ctx):
        raise reason
    if not row.uses_credit:
        PlanChange.objects.filter(pk=row.pk).update(uses_credit=True)
        row.uses_credit = True
    if not amount_to_pay(row):
        carry_out_with_money(change=row, money=0, ctx=ctx)
    change.refresh_from_db()
