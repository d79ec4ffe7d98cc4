"""What follows when an invoice is late: overdue, late fee, reminders, and staff's hold on all of it (billing.md 8)."""

from datetime import date
from fractions import Fraction
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import NOTE, REASON
from commerce.billing.events import InvoiceOverdue, LateFeeAdded, ReminderDue
from commerce.billing.invoices.actions.drafts import create_draft
from commerce.billing.invoices.actions.issuing import due_date_by_settings, issue_locked_draft
from commerce.billing.invoices.actions.states import (
    lock_invoice,
    move_invoice,
    open_only_blocked_reason,
)
from commerce.billing.invoices.queries import without_due_late_fee
from commerce.billing.invoices.rules import (
    OPEN_INVOICE_STATUSES,
    OUTSIDE_SCOPE,
    DraftLine,
    InvoiceKind,
    InvoiceLineKind,
    InvoiceStatus,
    price_lines,
)
from commerce.billing.models import Invoice, LateFee, Reminder
from commerce.billing.periods.rules import ReminderStatus, reminder_step
from commerce.billing.tax.notices import tax_notice
from commerce.billing.tax.queries import taxation_for_client
from commerce.billing.tax.rules import apply_taxes
from commerce.catalog.rules import ProductType
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import round_half_up
from commerce.presentation.formats import format_day
from commerce.site_settings import current
from commerce.site_settings.parsers import PERCENT_KEY


@transaction.atomic
def mark_overdue(*, invoice: Invoice, ctx: Context) -> None:
    """The due date has passed and something is still due. Raises ``BusinessError`` on the due date itself and
    before.
    """
    if invoice.due_date is not None and invoice.due_date >= current.business_date(ctx.at):
        raise BusinessError("invoice.not_overdue")
    bump_revision(invoice.client_id, ctx)
    move_invoice(invoice=invoice, to=InvoiceStatus.OVERDUE, ctx=ctx, overdue_at=ctx.at)
    publish(InvoiceOverdue(invoice.pk), at=ctx.at, client_id=invoice.client_id)


def _held_text(_result: None, invoice: Invoice) -> str:
    assert invoice.dunning_hold_until is not None
    text = _("Reminders are paused until %(day)s.")
    return text % {"day": format_day(invoice.dunning_hold_until)}


@act(
    "invoice.hold",
    Invoice,
    label=_("Pause reminders"),
    intro=_("No reminder, late fee, automatic payment, or suspension until that day."),
    done=_held_text,
    staff=StaffPermission.INVOICES_CREATE,
    blocked=open_only_blocked_reason,
    for_many=True,
    example='invoice hold INV-0042 --until 2030-01-31 --reason "disputed"',
)
@transaction.atomic
def set_dunning_hold(
    *,
    invoice: Invoice,
    until: Annotated[date, Day(_("Last day of the hold"))],
    reason: Annotated[str, REASON],
    ctx: Context,
) -> None:
    """No reminder, fee, autopay try or suspension for this invoice through ``until``."""
    row = lock_invoice(invoice, ctx)
    if reason_against := open_only_blocked_reason(row, ctx):
        raise reason_against
    _set_hold(row, "dunning_hold_until", until, "hold_set", ctx=ctx, reason=reason)
    invoice.refresh_from_db()


def lift_hold_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why an invoice has no hold that could be lifted."""
    if reason := open_only_blocked_reason(invoice, ctx):
        return reason
    has_hold = invoice.dunning_hold_until is not None
    return None if has_hold else StateConflict("hold.none_set", is_moot=True)


@act(
    "invoice.lift_hold",
    Invoice,
    label=_("Resume reminders"),
    done=_("Reminders are no longer paused."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=lift_hold_blocked_reason,
    for_many=True,
)
@transaction.atomic
def lift_dunning_hold(*, invoice: Invoice, ctx: Context, reason: Annotated[str, NOTE] = "") -> None:
    """Dunning of this invoice goes on."""
    row = lock_invoice(invoice, ctx)
    if reason_against := lift_hold_blocked_reason(row, ctx):
        raise reason_against
    _set_hold(row, "dunning_hold_until", None, "hold_lifted", ctx=ctx, reason=reason)
    invoice.refresh_from_db()


@transaction.atomic
def hold_suspension(*, invoice: Invoice, until: date, ctx: Context, reason: str = "") -> None:
    """No service is suspended or ended for this invoice through ``until``, or a later day that was set before.

    Reminders and late fees go on.
    """
    row = lock_invoice(invoice, ctx)
    if reason_against := open_only_blocked_reason(row, ctx):
        raise reason_against
    latest = max(until, row.suspension_hold_until or until)
    _set_hold(row, "suspension_hold_until", latest, "suspension_held", ctx=ctx, reason=reason)
    invoice.refresh_from_db()


def _set_hold(
    row: Invoice,
    column: str,
    until: date | None,
    verb: str,
    *,
    ctx: Context,
    reason: str,
) -> None:
    if until is not None and until < current.business_date(ctx.at):
        raise BusinessError("hold.day_passed", field="until")
    Invoice.objects.filter(pk=row.pk).update(**{column: until}, changed_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action=f"invoice.{verb}",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={column: str(getattr(row, column) or "")},
        after={column: str(until or "")},
        reason=reason,
    )


@transaction.atomic
def stop_invoice(*, invoice: Invoice, ctx: Context, reason: str = "") -> None:
    """Its order is under suspicion: it can be neither paid nor dunned; staff's own hold stays beside that."""
    _stop(invoice, "invoice.stopped", ctx, reason, stopped=True)


@transaction.atomic
def release_invoice(*, invoice: Invoice, ctx: Context, reason: str = "") -> None:
    """The suspicion has ended: it can be paid again, and is dunned when it is late."""
    _stop(invoice, "invoice.released", ctx, reason, stopped=False)


def _stop(invoice: Invoice, action: str, ctx: Context, reason: str, *, stopped: bool) -> None:
    row = lock_invoice(invoice, ctx)
    Invoice.objects.filter(pk=row.pk).update(is_stopped=stopped, changed_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={"is_stopped": row.is_stopped},
        after={"is_stopped": stopped},
        reason=reason,
        staff_only=True,
    )
    invoice.refresh_from_db()


def late_fee_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why no late fee is due for an invoice, or there is one already (billing.md 8)."""
    if current.get_setting("billing.late_fee_kind") == "none":
        return StateConflict("late_fee.switched_off", is_moot=True)
    if invoice.status != InvoiceStatus.OVERDUE:
        return StateConflict("late_fee.invoice_not_overdue")
    late = Invoice.objects.filter(pk=invoice.pk)
    if not without_due_late_fee(late, current.business_date(ctx.at)).exists():
        return StateConflict("late_fee.added_or_exempt")
    return None if _late_fee(invoice) else StateConflict("late_fee.amount_zero")


@act(
    "invoice.late_fee",
    Invoice,
    label=_("Charge late fee"),
    intro=_("The fee is billed on a separate invoice, as set in the billing settings."),
    done=_("The late fee was billed on invoice %(number)s."),
    staff=StaffPermission.INVOICES_CREATE,
    blocked=late_fee_blocked_reason,
)
@transaction.atomic
def charge_late_fee(*, invoice: Invoice, ctx: Context) -> Invoice:
    """The invoice of the fee for a late one. Raises ``StateConflict`` when there is a fee already, or none is due."""
    late = lock_invoice(invoice, ctx)
    if reason := late_fee_blocked_reason(late, ctx):
        raise reason
    return _bill_late_fee(late, ctx)


@transaction.atomic
def add_late_fee(*, invoice: Invoice, ctx: Context) -> Invoice | None:
    """``charge_late_fee`` for the daily run: None where that is refused."""
    late = lock_invoice(invoice, ctx)
    return None if late_fee_blocked_reason(late, ctx) else _bill_late_fee(late, ctx)


def _bill_late_fee(late: Invoice, ctx: Context) -> Invoice:
    client = lock_client(late.client_id)
    amount, today = _late_fee(late), current.business_date(ctx.at)
    taxation = taxation_for_client(client, today)
    tax_kind = ProductType.OTHER if current.get_setting("billing.late_fee_tax") else ""
    text = client_text(client, _("Late fee for invoice %(number)s"), number=late.number)
    lines = [
        DraftLine(text, amount, OUTSIDE_SCOPE, kind=InvoiceLineKind.LATE_FEE, tax_kind=tax_kind)
    ]
    fee = create_draft(
        client=client,
        kind=InvoiceKind.LATE_FEE,
        currency_code=late.currency_id,
        priced=price_lines(
            apply_taxes(lines, taxation), prices_include_tax=taxation.prices_include_tax
        ),
        at=ctx.at,
        notes=tax_notice(taxation, client) if tax_kind else "",
        tax_evidence=taxation.evidence,
        periods={},
    )
    LateFee.objects.create(late_invoice=late, invoice=fee)
    issue_locked_draft(invoice=fee, client=client, due_date=due_date_by_settings(today), ctx=ctx)
    publish(LateFeeAdded(fee.pk, fee.amount_due), at=ctx.at, client_id=client.pk)
    return fee


def _late_fee(late: Invoice) -> int:
    """The fee in minor units of the invoice's currency; 0 for none."""
    fee_kind = current.get_setting("billing.late_fee_kind")
    fees = current.get_setting("billing.late_fee_amount")
    if fee_kind == "fixed":
        return int(fees.get(late.currency_id, 0))
    if fee_kind == "percent":
        return round_half_up(Fraction(late.amount_due * fees.get(PERCENT_KEY, 0), 10_000))
    return 0


@transaction.atomic
def send_reminder(*, invoice: Invoice, day: date, ctx: Context) -> int | None:
    """Send the reminder that is due by ``day``, at most one; steps before it are marked as skipped.

    Returns the step. Each step happens once (U11); none for a held or settled invoice.
    """
    row = lock_invoice(invoice, ctx)
    if row.status not in OPEN_INVOICE_STATUSES or row.due_date is None:
        return None
    if not Invoice.objects.filter(pk=row.pk).dunnable_on(day).exists():
        return None
    step, skipped = reminder_step(
        due=row.due_date,
        steps=current.get_setting("billing.reminder_days"),
        done_steps=list(row.reminders.values_list("step", flat=True)),
        day=day,
    )
    if step is None:
        return None
    Reminder.objects.bulk_create(
        [
            *(
                Reminder(invoice=row, step=one, status=ReminderStatus.SKIPPED, at=ctx.at)
                for one in skipped
            ),
            Reminder(invoice=row, step=step, status=ReminderStatus.SENT, at=ctx.at),
        ]
    )
    write_audit_entry(
        ctx=ctx,
        action="invoice.reminded",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after={"step": step, "skipped": skipped},
    )
    publish(ReminderDue(row.pk, step, row.amount_due), at=ctx.at, client_id=row.client_id)
    return step
