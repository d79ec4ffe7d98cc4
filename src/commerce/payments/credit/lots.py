"""What a credit balance is made of: the ledger played through again, oldest credit spent first (payments.md 8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

type PaymentOrigin = tuple[int, int | None]
"""A payment by its id, and which of several invoices it paid, by its id; None where it came for one, or became credit
itself."""

WON_BACK = "reversal_won:"
"""How the source of a row begins that gives back what another one took: with the source of that."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row of the credit ledger: signed, in minor units."""

    pk: int
    source: str
    amount: int


@dataclass(slots=True)
class CreditLot:
    """What is left of one sum that became credit: from which payments, the best way back first.

    ``is_of_note``: a credit note set it free, so that it may go back to these.
    """

    left: int
    origins: tuple[PaymentOrigin, ...] = ()
    is_of_note: bool = False


@dataclass(frozen=True, slots=True)
class MoneyOfInvoice:
    """What paid an invoice: payments, and rows of the ledger by their id."""

    payments: Sequence[PaymentOrigin] = ()
    credit: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class CreditSources:
    """What sources of the ledger stand for: notes and refunds for invoices, refunds and payments for payments."""

    invoices: Mapping[str, int] = field(default_factory=dict)
    payments: Mapping[str, PaymentOrigin] = field(default_factory=dict)
    money: Mapping[int, MoneyOfInvoice] = field(default_factory=dict)


def credit_lots(rows: Iterable[LedgerRow], sources: CreditSources) -> list[CreditLot]:
    """What a balance is made of, oldest first, from all rows of its ledger in their order.

    Credit is spent oldest first; what is taken back from a payment, or goes back to it, comes from credit of that one
    first. What is given back is again what it was.
    """
    lots: list[CreditLot] = []
    spent_by_row: dict[int, list[tuple[CreditLot, int]]] = {}
    spent_for: dict[str, list[tuple[CreditLot, int]]] = {}
    for row in rows:
        if row.amount < 0:
            spent = _spend(lots, -row.amount, _payment_of(row.source, sources))
            spent_by_row[row.pk] = spent
            spent_for.setdefault(row.source, []).extend(spent)
            continue
        left = row.amount
        if row.source.startswith(WON_BACK):
            for lot, amount in spent_for.pop(row.source.removeprefix(WON_BACK), []):
                piece = min(left, amount)
                lot.left += piece
                left -= piece
        if left:
            lots.append(_lot(row.source, left, sources, spent_by_row))
    return [lot for lot in lots if lot.left]


def _payment_of(source: str, sources: CreditSources) -> int | None:
    """Whose money a row takes, if it says so."""
    parts = source.split(":")
    origin = sources.payments.get(":".join(parts[:2]))
    return origin[0] if origin else None


def _spend(
    lots: Sequence[CreditLot], amount: int, payment: int | None
) -> list[tuple[CreditLot, int]]:
    spent = []
    own_first = sorted(lots, key=lambda lot: all(origin[0] != payment for origin in lot.origins))
    for lot in own_first:
        if piece := min(amount, lot.left):
            lot.left -= piece
            amount -= piece
            spent.append((lot, piece))
    return spent


def _lot(
    source: str,
    amount: int,
    sources: CreditSources,
    spent_by_row: Mapping[int, Sequence[tuple[CreditLot, int]]],
) -> CreditLot:
    name = source.removeprefix("failed:")
    own = [sources.payments[name]] if name in sources.payments else []
    invoice = sources.invoices.get(name)
    if invoice is None:
        return CreditLot(amount, tuple(own))
    money = sources.money.get(invoice, MoneyOfInvoice())
    of_credit = [
        origin
        for row in money.credit
        for lot, _amount in spent_by_row.get(row, ())
        for origin in lot.origins
    ]
    origins = tuple(dict.fromkeys([*own, *money.payments, *of_credit]))
    return CreditLot(amount, origins, is_of_note=True)


def share_out(
    lots: Iterable[CreditLot], rooms: Mapping[PaymentOrigin, int]
) -> dict[PaymentOrigin, int]:
    """How much of the credit of notes can go back to which payment, where each takes so much.

    Credit that has the fewest ways back goes first, so that no other takes its place.
    """
    left = dict(rooms)
    found: dict[PaymentOrigin, int] = {}
    of_notes = (lot for lot in lots if lot.is_of_note)
    for lot in sorted(of_notes, key=lambda one: len(one.origins)):
        amount = lot.left
        for origin in lot.origins:
            if piece := min(amount, left.get(origin, 0)):
                left[origin] -= piece
                amount -= piece
                found[origin] = found.get(origin, 0) + piece
    return found
