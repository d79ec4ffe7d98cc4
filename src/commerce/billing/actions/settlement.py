"""Settlement: what lowers the amount due of an invoice, one append-only entry for each source (billing.md 2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.billing.actions.claims import settle_claims
from commerce.billing.actions.states import locked, move_invoice
from commerce.billing.actions.taking import account_of, book, enter, entries_of
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.billing.rules import OPEN, settled
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused

Kind = SettlementEntry.Kind
OVERPAYMENT, LATE_PAYMENT = CreditEntry.Reason.OVERPAYMENT, CreditEntry.Reason.LATE_PAYMENT


@dataclass(frozen=True, slots=True)
class Received:
    """What became of money that came in, in minor units: booked on the invoice, and moved to credit."""

    booked: int
    to_credit: int


@transaction.atomic
def settle(
    *, invoice: Invoice, kind: str, source: str, amount: int, at: datetime, actor: Actor
) -> SettlementEntry:
    """Count a payment or credit on an open invoice, at most what is due; it is ``paid`` when nothing is left.

    ``source`` names what it comes from (``payment:7``); the same source counts once. Raises ``Moved`` for an invoice
    that is not open, ``Refused`` for more than is due.
    """
    if kind not in (Kind.PAYMENT, Kind.CREDIT):
        raise Refused("Only payments and credit settle an invoice.")
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    row = locked(invoice)
    if row.status not in OPEN:
        raise Moved(f"This invoice is {row.status}.")
    return _count(invoice, row, kind, source, amount, at=at, actor=actor)


@transaction.atomic
def receive(
    *,
    invoice: Invoice,
    source: str,
    amount: int,
    at: datetime,
    actor: Actor,
    kind: str = Kind.PAYMENT,
) -> Received:
    """Book money that reached us, whatever the invoice is by now: nothing is lost and nothing counts twice.

    What is due is settled; the rest becomes credit (``overpayment``), and all of it does when the invoice is closed
    (``late_payment``; payments.md 2). Raises ``Refused`` for a draft.
    """
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    row = locked(invoice)
    if row.status == Invoice.Status.DRAFT:
        raise Refused("A draft cannot be paid.")
    booked = min(amount, row.amount_due) if row.status in OPEN else 0
    rest = amount - booked
    if booked:
        _count(invoice, row, kind, source, booked, at=at, actor=actor)
    else:  # its sums stay, but it shows one more payment
        Invoice.objects.filter(pk=row.pk).update(changed_at=at)
    if rest:
        enter(
            account_of(row.client_id, row.currency_id),
            reason=OVERPAYMENT if booked else LATE_PAYMENT,
            source=source if kind == Kind.PAYMENT else f"{kind}:{source}",
            amount=rest,
            at=at,
            note=f"{row}",
        )
        _record(row, {"to_credit": rest, "source": source}, at, actor)
    return Received(booked, rest)


def _count(
    invoice: Invoice,
    row: Invoice,
    kind: str,
    source: str,
    amount: int,
    *,
    at: datetime,
    actor: Actor,
) -> SettlementEntry:
    """Write the entry on the locked row, keep its sums, and move it to ``paid`` when nothing is left."""
    due = settled(row.total, [*(money for _, money in entries_of(row)), amount])
    entry = book(row, kind, source, amount, at)
    credit = amount if kind == Kind.CREDIT else 0
    changes: dict[str, Any] = {"amount_due": due, "credit_applied": row.credit_applied + credit}
    if due == 0:
        move_invoice(
            invoice=invoice, to=Invoice.Status.PAID, at=at, actor=actor, paid_at=at, **changes
        )
    else:
        Invoice.objects.filter(pk=row.pk).update(changed_at=at, **changes)
        invoice.refresh_from_db()
    _record(row, {"amount_due": due, "kind": kind, "source": source}, at, actor)
    if due == 0:
        settle_claims(invoice=invoice, at=at, actor=actor)
    return entry


def _record(row: Invoice, after: dict[str, Any], at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action="invoice.settled",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        before={"amount_due": row.amount_due},
        after=after,
    )
