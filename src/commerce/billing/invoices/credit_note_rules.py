"""What a credit note takes back of each tax group (billing.md 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up


@dataclass(frozen=True, slots=True)
class CreditNotePart:
    """Net and tax, in minor units, of one line (``line``, its id) or tax group of an invoice or credit note."""

    description: str
    category: str
    rate_milli: int
    net: int
    tax: int
    name: str = ""
    note: str = ""
    quantity_milli: int = 1000
    unit_amount: int | None = None
    line: int | None = None

    @property
    def gross(self) -> int:
        """Net and tax."""
        return self.net + self.tax

    @property
    def tax_key(self) -> tuple[str, int]:
        """The tax group that it belongs to."""
        return self.category, self.rate_milli


def accounting_tax_share(accounting_tax: int, *, whole: int, before: int, tax: int) -> int:
    """What of ``accounting_tax``, an invoice's tax in the currency of the books, belongs to ``tax`` of its ``whole``
    tax.

    ``before`` was taken back by earlier notes: the shares of all notes sum to ``accounting_tax``.
    """
    shares = [
        round_half_up(Fraction(accounting_tax * part, whole)) for part in (before + tax, before)
    ]
    return shares[0] - shares[1]


def spread_credit(amount: int, uncredited: Sequence[CreditNotePart]) -> list[CreditNotePart]:
    """``amount``, gross, spread over what is left of each tax group in proportion, by largest remainder.

    Each share is split into net and tax as its group is. Raises ``BusinessError`` for more than is left.
    """
    total = sum(part.gross for part in uncredited)
    if not 0 < amount <= total:
        raise BusinessError("credit_note.more_than_left", field="amount")
    if amount < total:  # what a plan change deducts goes back with the last of its charge
        uncredited = [part for part in uncredited if part.gross > 0]
    found = []
    for part, share in zip(
        uncredited, allocate(amount, [part.gross for part in uncredited]), strict=True
    ):
        if share:
            tax = round_half_up(Fraction(share * part.tax, part.gross))
            about = (part.description, part.category, part.rate_milli)
            found.append(CreditNotePart(*about, share - tax, tax, part.name, part.note))
    return found
