"""Where credit went: invoices that credit paid are open again once the money behind it is gone (payments.md 8)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from commerce.audit.actions import write_audit_entry
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.reversals import book_won_reversal, reopen_invoice
from commerce.billing.invoices.actions.settlement import add_settlement, settlement_amounts
from commerce.billing.invoices.actions.states import lock_invoice
from commerce.billing.invoices.queries import amount_held
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.kit.context import Context

CREDIT_USE = "credit:"
"""How the source of an entry begins that credit made on an invoice, and of one that takes that back: with the row of
the ledger, and then with what took it."""


@dataclass(frozen=True, slots=True)
class TakenUse:
    """What was taken back of one use of credit, less what was won back: ``source`` is that of its entries."""

    invoice: Invoice
    source: str
    amount: int

    @property
    def taker(self) -> str:
        """What took it: the entries' source without the row of the ledger."""
        return self.source.removeprefix(CREDIT_USE).partition(":")[2]


@transaction.atomic
def reopen_credit_uses(
    *,
    client_id: int,
    currency_code: str,
    since: int,
    first: Collection[int],
    source: str,
    amount: int,
    ctx: Context,
) -> int:
    """Credit that is gone was spent: what it paid since then is open again by so much; how much that was.

    ``since`` is the row of the ledger with which the money became credit. The invoices ``first`` come before the
    others, and the newest use before an older one. Every one is held from dunning for the days of grace; its entry
    names the row of the ledger that paid it, and ``source``, from which the credit had come.
    """
    left = amount
    uses = _uses(client_id, currency_code, since)
    for use in sorted(uses, key=lambda each: each.invoice_id not in first):
        if not left:
            break
        invoice = Invoice.objects.get(pk=use.invoice_id)
        row = lock_invoice(invoice, ctx)
        piece = min(left, _standing(row, use))
        if piece <= 0:
            continue
        add_settlement(row, SettlementKind.REVERSAL, f"{use.source}:{source}", -piece, ctx.at)
        reopen_invoice(invoice, row, piece, ctx, credit_applied=row.credit_applied - piece)
        left -= piece
        write_audit_entry(
            ctx=ctx,
            action="invoice.reversed",
            record=("invoice", row.pk),
            name=str(row),
            client_id=row.client_id,
            after={"source": f"{use.source}:{source}", "due_again": piece, "short": 0},
        )
    return amount - left


def _uses(client_id: int, currency_code: str, since: int) -> list[SettlementEntry]:
    """The entries of invoices that credit of a client paid since then, the newest first."""
    applied = CreditEntry.objects.filter(
        account__client=client_id,
        account__currency=currency_code,
        reason=CreditReason.APPLIED,
        pk__gt=since,
    )
    sources = [f"{CREDIT_USE}{pk}" for pk in applied.order_by("-pk").values_list("pk", flat=True)]
    found = SettlementEntry.objects.filter(kind=SettlementKind.CREDIT, source__in=sources)
    return list(found.order_by("-pk"))


def _standing(row: Invoice, use: SettlementEntry) -> int:
    """What an invoice has still of one use of credit: notes give credit back first, and reversals took of it before."""
    taken = sum(
        entry.amount
        for entry in row.settlement_entries.filter(
            kind__in=(SettlementKind.REVERSAL, SettlementKind.REVERSAL_WON),
            source__startswith=f"{use.source}:",
        )
    )
    return min(use.amount + taken, row.credit_applied, amount_held(settlement_amounts(row)))


def taken_uses(client_id: int, source: str) -> Iterator[TakenUse]:
    """What was taken back of uses of a client's credit for a payment, or a share of one: each with its invoice."""
    kinds = (SettlementKind.REVERSAL, SettlementKind.REVERSAL_WON)
    entries: Any = SettlementEntry.objects.filter(
        invoice__client=client_id, kind__in=kinds, source__startswith=CREDIT_USE
    )
    sums: dict[str, int] = {}
    invoices: dict[str, Invoice] = {}
    for entry in entries.select_related("invoice").order_by("pk"):
        taker = entry.source.removeprefix(CREDIT_USE).partition(":")[2]
        if taker == source or taker.startswith(f"{source}:"):
            sums[entry.source] = sums.get(entry.source, 0) - entry.amount
            invoices[entry.source] = entry.invoice
    back = CreditEntry.objects.filter(
        account__client=client_id, source__in=[f"{SettlementKind.REVERSAL_WON}:{s}" for s in sums]
    )
    for won, amount in back.values_list("source", "amount"):
        sums[won.removeprefix(f"{SettlementKind.REVERSAL_WON}:")] -= amount
    for name, taken in sums.items():
        yield TakenUse(invoices[name], name, taken)


@transaction.atomic
def give_back_credit_use(use: TakenUse, ctx: Context) -> None:
    """What was taken of a use of credit counts again; what its invoice does not need any more is credit."""
    won = book_won_reversal(invoice=use.invoice, source=use.source, amount=use.amount, ctx=ctx)
    if won.settled:
        kept = F("credit_applied") + won.settled
        Invoice.objects.filter(pk=use.invoice.pk).update(credit_applied=kept)
