"""Money that was taken back from us, or a refund that did not arrive (billing.md 2, payments.md 8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import InvoiceReopened
from commerce.billing.invoices.actions.corrections import refund_to_gateway
from commerce.billing.invoices.actions.settlement import (
    PaymentAllocation,
    add_credit_entry,
    add_settlement,
    lock_credit_account,
    receive_payment,
)
from commerce.billing.invoices.actions.states import lock_invoice, move_invoice
from commerce.billing.invoices.queries import amount_settled, refundable_amount
from commerce.billing.invoices.rules import (
    INVOICE_REVERSAL_MOVES,
    OPEN_INVOICE_STATUSES,
    InvoiceStatus,
    SettlementKind,
)
from commerce.billing.models import (
    CreditAccount,
    CreditEntry,
    CreditNote,
    Invoice,
    SettlementEntry,
)
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


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """Where money that a gateway sent back came from: the ``note`` over what the invoice held, and in minor units what
    came out of credit, and what is short (a to-do for staff).
    """

    note: CreditNote | None
    from_credit: int
    short: int


@transaction.atomic
def reverse_settlement(
    *,
    invoice: Invoice,
    source: str,
    amount: int,
    ctx: Context,
    cause: str = "",
    refunded: int = 0,
) -> PaymentReversal:
    """A payment was charged back or bounced: its invoice is open again, held from dunning for the days of grace.

    What of it had become credit is taken from credit, as far as that goes. Due dates do not move back. ``source`` is
    the payment's; ``cause`` after it tells one reversal of that from the next. ``refunded``: what refunds of the
    payment took of this invoice.
    """
    row = lock_invoice(invoice, ctx)
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    again = max(min(amount, amount_settled(row, source, refunded=refunded)), 0)
    source += cause
    if again:
        add_settlement(row, SettlementKind.REVERSAL, source, -again, ctx.at)
        reopen_invoice(invoice, row, again, ctx)
    taken = _take_from_credit(row, source, amount - again, ctx.at)
    reversal = PaymentReversal(again, taken, amount - again - taken)
    after = {"source": source, "due_again": again, "short": reversal.short}
    _record(row, after, ctx, action="invoice.reversed")
    return reversal


@transaction.atomic
def take_from_credit(
    *, client_id: int, currency_code: str, reason: str, source: str, amount: int, ctx: Context
) -> int:
    """Money that had become credit is gone: take it from there as far as the balance goes; how much that was.

    The caller locks the client.
    """
    bump_revision(client_id, ctx)
    account = lock_credit_account(client_id, currency_code)
    taken = min(amount, account.balance)
    if taken:
        add_credit_entry(account, reason=reason, source=source, amount=-taken, at=ctx.at)
    return taken


def _take_from_credit(row: Invoice, source: str, amount: int, at: datetime) -> int:
    """Take what had become credit, as far as the balance goes; how much that was."""
    if not amount:
        return 0
    account = lock_credit_account(row.client_id, row.currency_id)
    taken = min(amount, account.balance)
    if taken:
        reason = CreditReason.REVERSAL
        add_credit_entry(account, reason=reason, source=source, amount=-taken, at=at, note=str(row))
    return taken


def reopen_invoice(
    invoice: Invoice, row: Invoice, amount: int, ctx: Context, **changes: Any
) -> None:
    """So much of a locked invoice is due again, and it is held from dunning for the days of grace."""
    today = current.business_date(ctx.at)
    until = today + timedelta(days=current.get_setting("billing.grace_period_days"))
    changes |= {
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
    """A chargeback was won: what it took counts again where it was taken, and is credit if the invoice was paid
    otherwise meanwhile.

    What it could not take was short, and is ours.
    """
    kind = SettlementKind.REVERSAL_WON
    reversal = SettlementEntry.objects.filter(
        invoice=invoice, kind=SettlementKind.REVERSAL, source=source
    )
    from_invoice = -sum(reversal.values_list("amount", flat=True))
    credit = CreditEntry.objects.filter(reason=CreditReason.REVERSAL, source=source)
    back = min(amount, from_invoice - sum(credit.values_list("amount", flat=True)))
    if not back:
        return PaymentAllocation(0, 0)
    return receive_payment(
        invoice=invoice, source=source, amount=back, ctx=ctx, kind=kind, most=from_invoice
    )


@transaction.atomic
def book_gateway_refund(
    *, invoice: Invoice, source: str, amount: int, reason: str, ctx: Context
) -> GatewayRefund:
    """A gateway sent money back: a credit note over it, as far as the invoice holds it and can be credited.

    The rest had become credit, by an overpayment or a credit note, and is taken from there as far as that goes.
    """
    row = lock_invoice(invoice, ctx)
    held = min(amount, refundable_amount(row))
    note = None
    if held:
        note = refund_to_gateway(
            invoice=invoice, source=source, amount=held, reason=reason, ctx=ctx
        )
    taken = _take_from_credit(row, source, amount - held, ctx.at) if amount > held else 0
    booked = GatewayRefund(note, taken, amount - held - taken)
    if amount > held:
        after = {"source": source, "from_credit": taken, "short": booked.short}
        _record(row, after, ctx, action="invoice.refund_uncovered")
    return booked


@transaction.atomic
def book_failed_refund(*, invoice: Invoice, source: str, ctx: Context) -> None:
    """A refund that the gateway had accepted did not arrive: the money is with us, and becomes credit.

    What the refund took from credit goes back there.
    """
    row = lock_invoice(invoice, ctx)
    account = lock_credit_account(row.client_id, row.currency_id)
    entries = row.settlement_entries.filter(kind=SettlementKind.REFUND, source=source)
    if sent := -sum(entries.values_list("amount", flat=True)):
        add_settlement(row, SettlementKind.REFUND_FAILED, source, sent, ctx.at)
        add_settlement(row, SettlementKind.TO_CREDIT, f"failed:{source}", -sent, ctx.at)
        to_credit = CreditReason.REFUND_TO_CREDIT, f"failed:{source}", sent
        _give_credit(account, row, *to_credit, ctx.at)
    rows = CreditEntry.objects.filter(reason=CreditReason.REVERSAL, source=source)
    if taken := -sum(rows.values_list("amount", flat=True)):
        given_back = CreditReason.OVERPAYMENT, f"{SettlementKind.REVERSAL_WON}:{source}", taken
        _give_credit(account, row, *given_back, ctx.at)
    Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at)
    after = {"source": source, "to_credit": sent + taken}
    _record(row, after, ctx, action="invoice.refund_failed")


def _give_credit(
    account: CreditAccount, row: Invoice, reason: str, source: str, amount: int, at: datetime
) -> None:
    add_credit_entry(account, reason=reason, source=source, amount=amount, at=at, note=str(row))


def _record(row: Invoice, after: dict[str, Any], ctx: Context, *, action: str) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after=after,
    )
