"""Settlement: what lowers the amount due of an invoice, one append-only entry for each source (billing.md 2).

Below it are the rows of every movement of money: settlement entries of invoices, entries of credit accounts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import CreditAdded
from commerce.billing.invoices.actions.states import (
    issued_only_blocked_reason,
    lock_invoice,
    move_invoice,
    open_only_blocked_reason,
)
from commerce.billing.invoices.rules import (
    OPEN_INVOICE_STATUSES,
    InvoiceStatus,
    SettlementKind,
    amount_due_after,
)
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.billing.periods.actions.periods import complete_paid_invoice
from commerce.db.fast_paths import insert_rows, update_if
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError

OVERPAYMENT, LATE_PAYMENT = CreditReason.OVERPAYMENT, CreditReason.LATE_PAYMENT


@dataclass(frozen=True, slots=True)
class PaymentAllocation:
    """What became of money that came in, in minor units: settled on the invoice, and moved to credit."""

    settled: int
    to_credit: int


@transaction.atomic
def settle(
    *, invoice: Invoice, kind: str, source: str, amount: int, ctx: Context
) -> SettlementEntry:
    """Count a payment or credit on an open invoice, at most what is due; it is ``paid`` when nothing is left.

    ``source`` names what it comes from (``payment:7``); the same source counts once. Raises ``StateConflict`` for an
    invoice that is not open, ``BusinessError`` for more than is due.
    """
    if kind not in (SettlementKind.PAYMENT, SettlementKind.CREDIT):
        raise BusinessError("settlement_entry.wrong_kind")
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    row = lock_invoice(invoice, ctx)
    if reason := open_only_blocked_reason(row, ctx):
        raise reason
    return _count(invoice, row, kind, source, amount, ctx=ctx)


@transaction.atomic
def receive_payment(
    *,
    invoice: Invoice,
    source: str,
    amount: int,
    ctx: Context,
    kind: str = SettlementKind.PAYMENT,
    most: int | None = None,
) -> PaymentAllocation:
    """Book money that reached us, whatever the invoice is by now: nothing is lost and nothing counts twice.

    What is due is settled; the rest becomes credit (``overpayment``), and all of it does when the invoice is closed
    (``late_payment``; payments.md 2). ``most`` is what settles at the most. Raises ``StateConflict`` for a draft.
    """
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    row = lock_invoice(invoice, ctx)
    if reason := issued_only_blocked_reason(row, ctx):
        raise reason
    room = row.amount_due if most is None else min(row.amount_due, most)
    settled = min(amount, room) if row.status in OPEN_INVOICE_STATUSES else 0
    rest = amount - settled
    if settled:
        _count(invoice, row, kind, source, settled, ctx=ctx)
    else:  # its sums stay, but it shows one more payment
        Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at)
    if rest:
        add_credit_entry(
            lock_credit_account(row.client_id, row.currency_id),
            reason=OVERPAYMENT if settled else LATE_PAYMENT,
            source=source if kind == SettlementKind.PAYMENT else f"{kind}:{source}",
            amount=rest,
            at=ctx.at,
            note=f"{row}",
        )
        _record(row, {"to_credit": rest, "source": source}, ctx)
    return PaymentAllocation(settled, rest)


def _count(
    invoice: Invoice,
    row: Invoice,
    kind: str,
    source: str,
    amount: int,
    *,
    ctx: Context,
) -> SettlementEntry:
    """Write the entry on the locked row, keep its sums, and move it to ``paid`` when nothing is left."""
    due = amount_due_after(row.total, [*(money for _, money in settlement_amounts(row)), amount])
    entry = add_settlement(row, kind, source, amount, ctx.at)
    credit = amount if kind == SettlementKind.CREDIT else 0
    changes: dict[str, Any] = {"amount_due": due, "credit_applied": row.credit_applied + credit}
    if due == 0:
        move_invoice(invoice=invoice, to=InvoiceStatus.PAID, ctx=ctx, paid_at=ctx.at, **changes)
    else:
        Invoice.objects.filter(pk=row.pk).update(changed_at=ctx.at, **changes)
        invoice.refresh_from_db()
    _record(row, {"amount_due": due, "kind": kind, "source": source}, ctx)
    if due == 0:
        complete_paid_invoice(invoice=invoice, ctx=ctx)
    return entry


def _record(row: Invoice, after: dict[str, Any], ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action="invoice.settled",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={"amount_due": row.amount_due},
        after=after,
    )


def lock_credit_account(client_id: int, currency_code: str) -> CreditAccount:
    """The client's account in a currency, locked; made if it is their first. The client's row is locked already."""
    own = {"client_id": client_id, "currency_id": currency_code}
    account = CreditAccount.objects.select_for_update(of=("self",)).filter(**own).first()
    return account or CreditAccount.objects.create(**own)


def add_credit_entry(
    account: CreditAccount, *, reason: str, source: str, amount: int, at: datetime, note: str = ""
) -> CreditEntry:
    """One row of the ledger of a locked account. Raises ``BusinessError`` when its balance would fall below 0."""
    balance = account.balance + amount
    if balance < 0:
        raise BusinessError("credit.not_enough", field="amount")
    entry = CreditEntry(
        account=account,
        reason=CreditReason(reason),
        source=source,
        amount=amount,
        balance=balance,
        note=note[:255],
        at=at,
    )
    insert_rows(entry)
    update_if(account, {"balance": balance}, stored={})
    account.balance = balance
    if amount > 0:
        publish(CreditAdded(entry.pk), at=at, client_id=account.client_id)
    return entry


def add_settlement(
    invoice: Invoice, kind: str, source: str, amount: int, at: datetime
) -> SettlementEntry:
    """One signed settlement entry; the caller keeps the sums of the invoice with it."""
    entry = SettlementEntry(invoice=invoice, kind=kind, source=source, amount=amount, at=at)
    insert_rows(entry)
    return entry


def settlement_amounts(invoice: Invoice) -> list[tuple[str, int]]:
    """(kind, amount) of all settlement entries of an invoice."""
    return list(invoice.settlement_entries.values_list("kind", "amount"))
