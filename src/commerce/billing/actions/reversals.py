"""Money that was taken back from us, or a refund that did not arrive (billing.md 2, payments.md 8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.billing.actions.settlement import Received, receive
from commerce.billing.actions.states import locked, move_invoice
from commerce.billing.actions.taking import account_of, book, enter, entries_of
from commerce.billing.events import InvoiceReopened
from commerce.billing.models import CreditEntry, Invoice, SettlementEntry
from commerce.billing.reading import held
from commerce.billing.rules import OPEN, REVERSAL_MOVES
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

Kind = SettlementEntry.Kind


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a charged-back payment took, in minor units: due again, out of credit, and short (a to-do for staff)."""

    reopened: int
    from_credit: int
    short: int


@transaction.atomic
def reverse_payment(
    *, invoice: Invoice, source: str, amount: int, at: datetime, actor: Actor
) -> Reversal:
    """A payment was charged back or bounced: its invoice is open again, held from dunning for the days of grace.

    What of it had become credit is taken from credit, as far as that goes. Due dates do not move back.
    """
    row = locked(invoice)
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    booked = row.settlement_entries.filter(kind=Kind.PAYMENT, source=source)
    paid = booked.values_list("amount", flat=True).first() or 0
    again = min(amount, paid, held(entries_of(row)))
    if again:
        book(row, Kind.REVERSAL, source, -again, at)
        _reopen(invoice, row, again, at, actor)
    account = account_of(row.client_id, row.currency_id)
    taken = min(amount - again, account.balance)
    if taken:
        reason = CreditEntry.Reason.REVERSAL
        enter(account, reason=reason, source=source, amount=-taken, at=at, note=str(row))
    found = Reversal(again, taken, amount - again - taken)
    _record(row, {"source": source, "due_again": again, "short": found.short}, at, actor)
    return found


def _reopen(invoice: Invoice, row: Invoice, amount: int, at: datetime, actor: Actor) -> None:
    today = current.business_date(at)
    until = today + timedelta(days=current.get("billing.grace_period_days"))
    changes: dict[str, Any] = {
        "amount_due": row.amount_due + amount,
        "dunning_hold_until": max(until, row.dunning_hold_until or until),
    }
    if row.status in OPEN:
        Invoice.objects.filter(pk=row.pk).update(changed_at=at, **changes)
        invoice.refresh_from_db()
        return
    assert row.due_date is not None
    late = row.due_date < today
    changes |= {"paid_at": None, "overdue_at": at if late else None}
    to = Invoice.Status.OVERDUE if late else Invoice.Status.UNPAID
    move_invoice(invoice=invoice, to=to, at=at, actor=actor, moves=REVERSAL_MOVES, **changes)
    publish(InvoiceReopened(invoice.pk), at=at)


def win_reversal(
    *, invoice: Invoice, source: str, amount: int, at: datetime, actor: Actor
) -> Received:
    """A chargeback was won: what it took counts again, and is credit if the invoice was paid otherwise meanwhile.

    What it could not take was short, and is ours. Raises ``Refused`` when it took nothing.
    """
    kind = Kind.REVERSAL_WON
    back = min(amount, _taken(invoice, source))
    return receive(invoice=invoice, source=source, amount=back, at=at, actor=actor, kind=kind)


def _taken(invoice: Invoice, source: str) -> int:
    """What the reversal of this payment took from its invoice and from credit, in minor units."""
    reason = CreditEntry.Reason.REVERSAL
    both = (
        SettlementEntry.objects.filter(invoice=invoice, kind=Kind.REVERSAL, source=source),
        CreditEntry.objects.filter(reason=reason, source=source),
    )
    return -sum(sum(rows.values_list("amount", flat=True)) for rows in both)


@transaction.atomic
def refund_failed(
    *, invoice: Invoice, source: str, amount: int, at: datetime, actor: Actor
) -> None:
    """A refund that the gateway had accepted did not arrive: the money is with us, and becomes credit."""
    row = locked(invoice)
    book(row, Kind.REFUND_FAILED, source, amount, at)
    book(row, Kind.TO_CREDIT, f"failed:{source}", -amount, at)
    enter(
        account_of(row.client_id, row.currency_id),
        reason=CreditEntry.Reason.REFUND_TO_CREDIT,
        source=f"failed:{source}",
        amount=amount,
        at=at,
        note=str(row),
    )
    Invoice.objects.filter(pk=row.pk).update(changed_at=at)
    _record(row, {"source": source, "to_credit": amount}, at, actor)


def _record(row: Invoice, after: dict[str, Any], at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action="invoice.reversed" if "due_again" in after else "invoice.refund_failed",
        record=("invoice", row.pk),
        name=str(row),
        client_id=row.client_id,
        after=after,
    )
