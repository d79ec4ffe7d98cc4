"""Corrections: credit notes take back all or part of an issued invoice (billing.md 7, M11)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.api_writes.spending import give_back_spending
from commerce.accounts.locale import client_text
from commerce.accounts.rules import SpendingRecord
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import CreditNoteIssued, InvoiceClosed
from commerce.billing.invoices.actions.credit_notes import (
    DaysByShare,
    create_credit_note,
    credited_by_amount,
    credited_by_line,
)
from commerce.billing.invoices.actions.settlement import (
    add_credit_entry,
    add_settlement,
    lock_credit_account,
    settlement_amounts,
)
from commerce.billing.invoices.actions.states import (
    issued_only_blocked_reason,
    lock_invoice,
    move_invoice,
    open_only_blocked_reason,
)
from commerce.billing.invoices.credit_note_rules import CreditedShare
from commerce.billing.invoices.line_shares import remaining_of_lines
from commerce.billing.invoices.queries import amount_credited, amount_held
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceStatus, SettlementKind
from commerce.billing.models import BilledPeriod, CreditNote, Invoice, PlanChange
from commerce.billing.periods.actions.periods import (
    PeriodDecisions,
    apply_decisions,
    complete_paid_invoice,
    open_periods_of_invoice,
    release_period,
    require_decisions,
    resume_paid_services,
)
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict


@dataclass(frozen=True, slots=True)
class CreditDestination:
    """Where the money goes that a credit note sets free: ``kind`` of the entry, and its source.

    ``amount`` None is what is more than due. ``reason`` names the row of the credit ledger; empty for a gateway.
    """

    kind: str
    source: str
    reason: str = ""
    amount: int | None = None


@transaction.atomic
def void_invoice(
    *,
    invoice: Invoice,
    reason: str,
    ctx: Context,
    decisions: PeriodDecisions | None = None,
    release_periods: bool = False,
) -> CreditNote:
    """Take back an open invoice as a whole by a credit note; what was paid or applied goes to credit.

    Each open period that it bills needs a decision, ``bill_again``, ``waive`` or ``end``, by ``("service", id)``;
    ``release_periods`` is for automatic voids, which release all and take back the late fee, if that is open.
    Raises ``StateConflict`` for an invoice that is not open.
    """
    row = lock_invoice(invoice, ctx)
    if reason_against := open_only_blocked_reason(row, ctx):
        raise reason_against
    credited = credited_by_amount(row, None)
    chosen = None if release_periods else decisions or {}
    if row.amount_due == row.total:
        give_back_spending(kind=SpendingRecord.INVOICE, record_id=row.pk, ctx=ctx)
    return _correct(
        invoice, row, credited, chosen, reason=reason, ctx=ctx, closes=InvoiceStatus.CANCELLED
    )


def correction_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why there is no claim of an invoice that a credit note could take back."""
    if reason := issued_only_blocked_reason(invoice, ctx):
        return reason
    is_claim = invoice.status in (*OPEN_INVOICE_STATUSES, InvoiceStatus.PAID)
    return None if is_claim else StateConflict("invoice.taken_back", is_moot=True)


def credit_blocked_reason(invoice: Invoice, ctx: Context) -> StateConflict | None:
    """Why nothing of an invoice can be credited."""
    if reason := correction_blocked_reason(invoice, ctx):
        return reason
    is_left = amount_credited(settlement_amounts(invoice)) < invoice.total
    return None if is_left else StateConflict("credit_note.nothing_to_credit", is_moot=True)


@transaction.atomic
def credit_invoice(
    *,
    invoice: Invoice,
    reason: str,
    ctx: Context,
    amount: int | None = None,
    lines: Mapping[int, int | None] | None = None,
    decisions: PeriodDecisions | None = None,
    release_periods: bool = False,
    figures_shown: tuple[int, int] | None = None,
) -> CreditNote:
    """Take back a part by gross ``amount`` or by ``lines`` (position to net, None the whole line), or all that is left.

    A line's own discounts go with it. It lowers what is due; what is more than due goes to credit. ``decisions`` as for
    a void, when all is taken back. ``figures_shown``: the total and how much less is due, as a person confirmed them
    (``CreditNotePreview``); others are ``BusinessError``.
    """
    row = lock_invoice(invoice, ctx)
    if reason_against := credit_blocked_reason(row, ctx):
        raise reason_against
    credited = credited_by_line(row, lines) if lines else credited_by_amount(row, amount)
    total = sum(part.gross for part in credited)
    if figures_shown not in (None, (total, min(total, row.amount_due))):
        raise BusinessError("credit_note.figures_changed")
    chosen = None if release_periods else decisions or {}
    return _correct(invoice, row, credited, chosen, reason=reason, ctx=ctx)


@transaction.atomic
def credit_unused_days(
    *,
    invoice: Invoice,
    credited: Sequence[CreditedShare],
    days: DaysByShare,
    reason: str,
    ctx: Context,
    plan_change: PlanChange | None = None,
) -> CreditNote:
    """Take back what a plan change, or the end of a contract, gives back of an invoice, with the ``days`` of it.

    Of a ``plan_change`` it becomes credit, and the invoice stays ``paid``, also when nothing is left of it. Of an end
    it lowers what is due first, and open periods that are taken back as a whole are released.
    """
    row = _correctable(invoice, ctx)
    if plan_change is None:
        _release_taken_back(row, credited, reason, ctx)
    return _correct(
        invoice, row, credited, None, plan_change=plan_change, days=days, reason=reason, ctx=ctx
    )


def _release_taken_back(
    invoice: Invoice, credited: Sequence[CreditedShare], reason: str, ctx: Context
) -> None:
    """Before the note: one that leaves nothing due would pay a period of which nothing is billed any more."""
    taken: Counter[int] = Counter()
    for part in credited:
        taken[part.share.position] += part.gross
    for period in open_periods_of_invoice(invoice):
        positions = list(period.lines.values_list("position", flat=True))
        left = remaining_of_lines(invoice, positions)
        if all(taken[position] == gross for position, gross in left.items()):
            release_period(period=period, reason=reason, ctx=ctx)


@transaction.atomic
def credit_open_period(*, period: BilledPeriod, reason: str, ctx: Context) -> None:
    """Take back what an open period was billed for, and nothing else of its invoice; the period is free again.

    What credit notes took of it before is not taken twice.
    """
    assert period.invoice is not None
    row = lock_invoice(period.invoice, ctx)
    # Before the note: one that leaves nothing due would pay it.
    release_period(period=period, reason=reason, ctx=ctx)
    positions = list(period.lines.values_list("position", flat=True))
    credit_rest_of_lines(invoice=row, positions=positions, reason=reason, ctx=ctx)


@transaction.atomic
def credit_rest_of_lines(
    *, invoice: Invoice, positions: Sequence[int], reason: str, ctx: Context
) -> None:
    """Take back what is left of some whole lines, and nothing else of an invoice; nothing, if nothing is left."""
    row = lock_invoice(invoice, ctx)
    lines = remaining_of_lines(row, positions)
    if sum(lines.values()) <= 0:
        return
    whole = dict.fromkeys(lines)
    credit_invoice(invoice=row, reason=reason, ctx=ctx, lines=whole, release_periods=True)


@transaction.atomic
def refund_to_credit(
    *, invoice: Invoice, source: str, amount: int, reason: str, ctx: Context
) -> CreditNote:
    """Give back money as credit, with a credit note of the same gross amount; ``source`` names the refund."""
    way = CreditDestination(SettlementKind.TO_CREDIT, source, CreditReason.REFUND_TO_CREDIT, amount)
    return _refund(invoice, way, reason, ctx)


@transaction.atomic
def refund_to_gateway(
    *, invoice: Invoice, source: str, amount: int, reason: str, ctx: Context
) -> CreditNote:
    """The gateway accepted to send money back: a credit note of the same gross amount, and the entry of the refund."""
    return _refund(
        invoice, CreditDestination(SettlementKind.REFUND, source, "", amount), reason, ctx
    )


def _refund(invoice: Invoice, way: CreditDestination, reason: str, ctx: Context) -> CreditNote:
    row = _correctable(invoice, ctx)
    assert way.amount is not None
    if way.amount > amount_held(settlement_amounts(row)):
        raise BusinessError("refund.more_than_paid", field="amount")
    credited = credited_by_amount(row, way.amount)
    return _correct(invoice, row, credited, None, reason=reason, ctx=ctx, way=way)


def _correctable(invoice: Invoice, ctx: Context) -> Invoice:
    row = lock_invoice(invoice, ctx)
    if reason := correction_blocked_reason(row, ctx):
        raise reason
    return row


def _correct(
    invoice: Invoice,
    row: Invoice,
    credited: Sequence[CreditedShare],
    decisions: PeriodDecisions | None,
    *,
    reason: str,
    ctx: Context,
    way: CreditDestination | None = None,
    closes: InvoiceStatus | None = None,
    plan_change: PlanChange | None = None,
    days: DaysByShare | None = None,
) -> CreditNote:
    """Issue the note, move what it sets free, and settle the state of the locked invoice."""
    entries = settlement_amounts(row)
    total = sum(part.gross for part in credited)
    whole = amount_credited(entries) + total == row.total
    billed_periods = open_periods_of_invoice(row) if whole else []
    if decisions is not None:
        require_decisions(billed_periods, decisions)
    note = create_credit_note(
        invoice=row, credited=credited, plan_change=plan_change, days=days, reason=reason, ctx=ctx
    )
    add_settlement(row, SettlementKind.CREDIT_NOTE, f"credit_note:{note.pk}", total, ctx.at)
    way = way or CreditDestination(
        SettlementKind.TO_CREDIT,
        f"credit_note:{note.pk}",
        CreditReason.RETURNED,
        # Of an invoice that is paid in part it was counted only as far as that is paid.
        amount=total if plan_change else None,
    )
    leaving = max(0, total - row.amount_due) if way.amount is None else way.amount
    changes: dict[str, Any] = {"amount_due": row.amount_due - total + leaving}
    if leaving:
        changes["credit_applied"] = _leave(row, way, leaving, ctx.at)
    apply_decisions(billed_periods, decisions, ctx=ctx, reason=reason)
    paid_on = any(
        kind in (SettlementKind.PAYMENT, SettlementKind.CREDIT) for kind, _amount in entries
    )
    ends = whole and plan_change is None
    to = closes or _state(row, changes["amount_due"], ends=ends, paid_on=paid_on)
    was_open = row.status in OPEN_INVOICE_STATUSES
    _settle_state(invoice, row, to, changes, whole=whole, reason=reason, ctx=ctx)
    publish(CreditNoteIssued(note.pk), at=ctx.at, client_id=row.client_id)
    if whole and was_open and decisions is None:
        _take_fee_back(row, ctx)
    return note


def _take_fee_back(late: Invoice, ctx: Context) -> None:
    """The cause of its late fee has ended by itself: an open fee ends with it (billing.md 8)."""
    fee = Invoice.objects.open().filter(late_fee_for__late_invoice=late).first()
    if fee is not None:
        reason = client_text(late.client, _("Invoice %(number)s was voided."), number=late.number)
        void_invoice(invoice=fee, reason=reason, ctx=ctx, release_periods=True)


def _leave(row: Invoice, way: CreditDestination, amount: int, at: datetime) -> int:
    """Money leaves the invoice; returns what it keeps of applied credit, which goes back first."""
    add_settlement(row, way.kind, way.source, -amount, at)
    if not way.reason:
        return row.credit_applied
    account = lock_credit_account(row.client_id, row.currency_id)
    add_credit_entry(
        account, reason=way.reason, source=way.source, amount=amount, at=at, note=str(row)
    )
    given_back = amount if way.reason == CreditReason.RETURNED else 0
    return max(0, row.credit_applied - given_back)


def _state(row: Invoice, due: int, *, ends: bool, paid_on: bool) -> InvoiceStatus:
    """The state that an invoice has after a credit note (billing.md 7)."""
    if row.status == InvoiceStatus.PAID:
        return InvoiceStatus.REFUNDED if ends else InvoiceStatus.PAID
    if due:
        return InvoiceStatus(row.status)
    return InvoiceStatus.PAID if paid_on else InvoiceStatus.CANCELLED


def _settle_state(
    invoice: Invoice,
    row: Invoice,
    to: InvoiceStatus,
    changes: dict[str, Any],
    *,
    whole: bool,
    reason: str,
    ctx: Context,
) -> None:
    if to == row.status:
        Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at, **changes)
        invoice.refresh_from_db()
        return
    if to == InvoiceStatus.PAID:
        changes["paid_at"] = ctx.at
    move_invoice(invoice=invoice, to=to, ctx=ctx, reason=reason, **changes)
    if to == InvoiceStatus.PAID and not whole:
        complete_paid_invoice(invoice=invoice, ctx=ctx)
        return
    resume_paid_services(invoice=invoice, ctx=ctx)
    publish(InvoiceClosed(invoice.pk), at=ctx.at, client_id=row.client_id)
