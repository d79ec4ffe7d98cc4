"""What a credit note would take back, and what becomes of it: shown before it is issued (billing.md 7)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from commerce.billing.invoices.actions.credit_notes import credited_by_amount, credited_by_line
from commerce.billing.invoices.credit_note_rules import CreditedShare
from commerce.billing.invoices.line_shares import remaining_shares
from commerce.billing.invoices.rules import InvoiceLineKind
from commerce.billing.models import Invoice
from commerce.kit.errors import BusinessError


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line of which something is taken back, in minor units. ``left`` is what notes have left of it so far, with tax;
    ``goes_along``: a discount that nobody named, which goes with its line.
    """

    position: int
    description: str
    left: int
    net: int
    tax: int
    goes_along: bool

    @property
    def gross(self) -> int:
        """Net and tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class CreditNotePreview:
    """The lines of the note, its total with tax, how much less is due, and how much becomes credit."""

    lines: tuple[PreviewLine, ...]
    total: int
    lowers_due: int
    becomes_credit: int

    @classmethod
    def of(
        cls,
        invoice: Invoice,
        *,
        amount: int | None = None,
        lines: Mapping[int, int | None] | None = None,
    ) -> Self:
        """What ``credit_invoice`` with the same ``amount`` or ``lines`` would do now. Raises the same errors."""
        parts = credited_by_line(invoice, lines) if lines else credited_by_amount(invoice, amount)
        total = sum(part.gross for part in parts)
        if total <= 0:
            raise BusinessError("credit_note.nothing_to_credit", field="amount")
        lowers_due = min(total, invoice.amount_due)
        rows = tuple(_lines(invoice, parts, lines or {}))
        return cls(rows, total, lowers_due, total - lowers_due)

    @property
    def figures_shown(self) -> tuple[int, int]:
        """What a person confirms: the total, and how much less is due."""
        return self.total, self.lowers_due


def _lines(
    invoice: Invoice, parts: Iterable[CreditedShare], named: Mapping[int, int | None]
) -> Iterable[PreviewLine]:
    left: dict[int, int] = defaultdict(int)
    for share in remaining_shares(invoice):
        left[share.position] += share.gross
    taken: dict[int, list[CreditedShare]] = defaultdict(list)
    for part in parts:
        taken[part.share.position].append(part)
    texts = dict(invoice.lines.values_list("position", "description"))
    for position, shares in sorted(taken.items()):
        is_discount = shares[0].share.kind == InvoiceLineKind.DISCOUNT
        yield PreviewLine(
            position,
            texts[position],
            left[position],
            sum(part.net for part in shares),
            sum(part.tax for part in shares),
            goes_along=bool(named) and is_discount and position not in named,
        )
