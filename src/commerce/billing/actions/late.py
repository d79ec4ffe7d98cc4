"""What follows when an invoice is late: overdue, late fee, reminders, and staff's hold on all of it (billing.md 8)."""

from datetime import date, datetime
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.actions.clients import hold
from commerce.audit.actions import record
from commerce.billing.actions.drafts import write_draft
from commerce.billing.actions.issuing import issue_prepared, last_day
from commerce.billing.actions.states import locked, move_invoice
from commerce.billing.actions.taxing import taxed
from commerce.billing.events import InvoiceOverdue, LateFeeAdded, ReminderDue
from commerce.billing.models import Invoice, LateFee, Reminder
from commerce.billing.reading import due_for_fee
from commerce.billing.rules import OPEN, OUTSIDE_SCOPE, Line, price, reminder_step
from commerce.billing.tax import taxation_for
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.money import round_half_up
from commerce.preferences import current
from commerce.preferences.readers import PERCENT


@transaction.atomic
def mark_overdue(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """The due date has passed and something is still due. Raises ``Refused`` on the due date itself and before."""
    if invoice.due_date is not None and invoice.due_date >= current.business_date(at):
        raise Refused("This invoice is not late yet.")
    move_invoice(invoice=invoice, to=Invoice.Status.OVERDUE, at=at, actor=actor, overdue_at=at)
    publish(InvoiceOverdue(invoice.pk), at=at)


@transaction.atomic
def set_dunning_hold(
    *, invoice: Invoice, until: date | None, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """No reminder, fee, autopay try or suspension for this invoice through ``until``; None lifts the hold."""
    _set_hold(locked(invoice), "dunning_hold_until", until, at=at, actor=actor, reason=reason)
    invoice.refresh_from_db()


@transaction.atomic
def hold_suspension(
    *, invoice: Invoice, until: date, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """No service is suspended or ended for this invoice through ``until``, or a later day that was set before.

    Reminders and late fees go on.
    """
    row = locked(invoice)
    latest = max(until, row.suspension_hold_until or until)
    _set_hold(row, "suspension_hold_until", latest, at=at, actor=actor, reason=reason)
    invoice.refresh_from_db()


def _set_hold(
    row: Invoice,
    column: str,
    until: date | None,
    *,
    at: datetime,
    actor: Actor,
    reason: str,
) -> None:
    if row.status not in OPEN:
        raise Moved(_("This invoice is %(status)s.") % {"status": row.status})
    if until is not None and until < current.business_date(at):
        raise Refused(_("This day has passed."), field="until")
    verb = "hold_set" if until else "hold_lifted"
    if column == "suspension_hold_until":
        verb = "suspension_held"
    Invoice.objects.filter(pk=row.pk).update(**{column: until}, changed_at=at)
    record(
        at=at,
        actor=actor,
        action=f"invoice.{verb}",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={column: str(getattr(row, column) or "")},
        after={column: str(until or "")},
        reason=reason,
    )


@transaction.atomic
def stop_invoice(*, invoice: Invoice, at: datetime, actor: Actor, reason: str = "") -> None:
    """Its order is under suspicion: it can be neither paid nor dunned; staff's own hold stays beside that."""
    _stop(invoice, "invoice.stopped", at, actor, reason, stopped=True)


@transaction.atomic
def release_invoice(*, invoice: Invoice, at: datetime, actor: Actor, reason: str = "") -> None:
    """The suspicion has ended: it can be paid again, and is dunned when it is late."""
    _stop(invoice, "invoice.released", at, actor, reason, stopped=False)


def _stop(
    invoice: Invoice, action: str, at: datetime, actor: Actor, reason: str, *, stopped: bool
) -> None:
    row = locked(invoice)
    Invoice.objects.filter(pk=row.pk).update(is_stopped=stopped, changed_at=at)
    record(
        at=at,
        actor=actor,
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


@transaction.atomic
def add_late_fee(*, invoice: Invoice, at: datetime, actor: Actor) -> Invoice | None:
    """The invoice of the fee for a late one; None when there is a fee already, or none is due (billing.md 8)."""
    late = locked(invoice)
    client = hold(late.client_id)
    today = current.business_date(at)
    amount = _late_fee(late)
    overdue = Invoice.objects.filter(pk=late.pk, status=Invoice.Status.OVERDUE)
    if not amount or not due_for_fee(overdue, today).exists():
        return None
    taxation = taxation_for(client, today)
    kind = "other" if current.get("billing.late_fee_tax") else ""
    text = _("Late fee for invoice %(number)s") % {"number": late.number}
    lines = [Line(text, amount, OUTSIDE_SCOPE, kind="late_fee", tax_kind=kind)]
    fee = write_draft(
        client=client,
        kind=Invoice.Kind.LATE_FEE,
        currency_code=late.currency_id,
        priced=price(taxed(lines, taxation), prices_include_tax=taxation.prices_include_tax),
        at=at,
        notes=taxation.notice if kind else "",
        evidence=taxation.evidence,
        claims={},
    )
    LateFee.objects.create(late_invoice=late, invoice=fee)
    issue_prepared(invoice=fee, client=client, due_date=last_day(today), at=at, actor=actor)
    publish(LateFeeAdded(fee.pk, fee.amount_due), at=at)
    return fee


def _late_fee(late: Invoice) -> int:
    """The fee in minor units of the invoice's currency; 0 for none."""
    kind, fees = current.get("billing.late_fee_kind"), current.get("billing.late_fee_amount")
    if kind == "fixed":
        return int(fees.get(late.currency_id, 0))
    if kind == "percent":
        return round_half_up(Fraction(late.amount_due * fees.get(PERCENT, 0), 10_000))
    return 0


@transaction.atomic
def remind(*, invoice: Invoice, day: date, at: datetime, actor: Actor) -> int | None:
    """Send the reminder that is due by ``day``, at most one; steps before it are marked as skipped.

    Returns the step. Each step happens once (U11); none for a held or settled invoice.
    """
    row = locked(invoice)
    if row.status not in OPEN or row.due_date is None:
        return None
    if not Invoice.objects.filter(pk=row.pk).not_spared(day).exists():
        return None
    step, skipped = reminder_step(
        due=row.due_date,
        steps=current.get("billing.reminder_days"),
        done=list(row.reminders.values_list("step", flat=True)),
        day=day,
    )
    if step is None:
        return None
    Reminder.objects.bulk_create(
        [
            *(Reminder(invoice=row, step=one, status="skipped", at=at) for one in skipped),
            Reminder(invoice=row, step=step, status="sent", at=at),
        ]
    )
    record(
        at=at,
        actor=actor,
        action="invoice.reminded",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after={"step": step, "skipped": skipped},
    )
    publish(ReminderDue(row.pk, step, row.amount_due), at=at)
    return step
