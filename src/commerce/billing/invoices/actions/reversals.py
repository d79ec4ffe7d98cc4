"""Money that was taken back from us, or a refund that did not arrive (billing.md 2, payments.md 8)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import InvoiceReopened
from commerce.billing.invoices.actions.settlement import (
    PaymentAllocation,
    add_credit_entry,
    add_settlement,
    lock_credit_account,
    receive_payment,
    settlement_amounts,
)
from commerce.billing.invoices.actions.states import lock_invoice, move_invoice
from commerce.billing.invoices.queries import amount_held
from commerce.billing.invoices.rules import (
    INVOICE_REVERSAL_MOVES,
    OPEN_INVOICE_STATUSES,
    InvoiceStatus,
    SettlementKind,
)
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current


@dataclass(frozen=True, slots=True)
class PaymentReversal:
    """What a charged-back payment took, in minor units: due again, out of credit, and short (a to-do for staff)."""

    reopened: int
    from_credit: int
    short: int


@transaction.atomic
def reverse_settlement(
    *, invoice: Invoice, source: str, amount: int, ctx: Context
) -> PaymentReversal:
    """A payment was charged back or bounced: its invoice is open again, held from dunning for the days of grace.

    What of it had become credit is taken from credit, as far as that goes. Due dates do not move back.
    """
    row = lock_invoice(invoice)
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    booked = row.settlement_entries.filter(kind=SettlementKind.PAYMENT, source=source)
    paid = booked.values_list("amount", flat=True).first() or 0
    again = min(amount, paid, amount_held(settlement_amounts(row)))
    if again:
        add_settlement(row, SettlementKind.REVERSAL, source, -again, ctx.at)
        _reopen(invoice, row, again, ctx)
    account = lock_credit_account(row.client_id, row.currency_id)
    taken = min(amount - again, account.balance)
    if taken:
        reason = CreditReason.REVERSAL
        add_credit_entry(
            account, reason=reason, source=source, amount=-taken, at=ctx.at, note=str(row)
        )
    reversal = PaymentReversal(again, taken, amount - again - taken)
    _record(row, {"source": source, "due_again": again, "short": reversal.short}, ctx)
    return reversal


def _reopen(invoice: Invoice, row: Invoice, amount: int, ctx: Context) -> None:
    today = current.business_date(ctx.at)
    until = today + timedelta(days=current.get_setting("billing.grace_period_days"))
    changes: dict[str, Any] = {
        "amount_due": row.amount_due + amount,
        "dunning_hold_until": max(until, row.dunning_hold_until or until),
    }
    if row.status in OPEN_INVOICE_STATUSES:
        Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at, **changes)
        invoice.refresh_from_db()
        return
    assert row.due_date is not None
    late = row.due_date < today
    changes |= {"paid_at": None, "overdue_at": ctx.at if late else None}
    to = InvoiceStatus.OVERDUE if late else InvoiceStatus.UNPAID
    move_invoice(invoice=invoice, to=to, ctx=ctx, moves=INVOICE_REVERSAL_MOVES, **changes)
    publish(InvoiceReopened(invoice.pk), at=ctx.at, client_id=row.client_id)


def book_won_reversal(
    *, invoice: Invoice, source: str, amount: int, ctx: Context
) -> PaymentAllocation:
    """A chargeback was won: what it took counts again, and is credit if the invoice was paid otherwise meanwhile.

    What it could not take was short, and is ours. Raises ``BusinessError`` when it took nothing.
    """
    kind = SettlementKind.REVERSAL_WON
    back = min(amount, _taken(invoice, source))
    return receive_payment(invoice=invoice, source=source, amount=back, ctx=ctx, kind=kind)


def _taken(invoice: Invoice, source: str) -> int:
    """What the reversal of this payment took from its invoice and from credit, in minor units."""
    reason = CreditReason.REVERSAL
    both = (
        SettlementEntry.objects.filter(
            invoice=invoice, kind=SettlementKind.REVERSAL, source=source
        ),
        CreditEntry.objects.filter(reason=reason, source=source),
    )
    return -sum(sum(rows.values_list("amount", flat=True)) for rows in both)


@transaction.atomic
def book_failed_refund(*, invoice: Invoice, source: str, amount: int, ctx: Context) -> None:
    """A refund that the gateway had accepted did not arrive: the money is with us, and becomes credit."""
    row = lock_invoice(invoice)
    add_settlement(row, SettlementKind.REFUND_FAILED, source, amount, ctx.at)
    add_settlement(row, SettlementKind.TO_CREDIT, f"failed:{source}", -amount, ctx.at)
    add_credit_entry(
        lock_credit_account(row.client_id, row.currency_id),
        reason=CreditReason.REFUND_TO_CREDIT,
        source=f"failed:{source}",
        amount=amount,
        at=ctx.at,
        note=str(row),
    )
    Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at)
    _record(row, {"source": source, "to_credit": amount}, ctx)


def _record(row: Invoice, after: dict[str, Any], ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action="invoice.reversed" if "due_again" in after else "invoice.refund_failed",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after=after,
    )
