"""Invoices: lines, units' parts, issue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .arithmetic import AmountToTax, nets_and_taxes, proportional
from .books import Books, account, apply_to, balance, settle
from .inputs import Tax
from .records import Invoice, Line, Part


@dataclass(frozen=True)
class DraftLine:
    """A line before issue: amount as prices are, tax, and the units that it is for with their price in it."""

    kind: str
    amount: int
    tax: Tax
    shares: tuple[tuple[str, int], ...] = ()
    start: date | None = None
    end: date | None = None
    block: int = 0


def spread(total: int, weights: Sequence[int], *, symmetric: bool = False) -> list[int]:
    """Largest remainder, ties in order; `symmetric`: a negative sum is spread as its opposite (reading 9)."""
    if symmetric and total < 0:
        return [-share for share in proportional(-total, [-weight for weight in weights])]
    return proportional(total, weights)


def split_units(net: int, tax: int, draft: DraftLine, *, symmetric: bool) -> list[Part]:
    """The units' parts of a line: gross first, then net, the tax is the difference (reading 3)."""
    if not draft.shares:
        return []
    weights = [weight for _, weight in draft.shares]
    if not sum(weights):
        weights = [1 for _ in weights]
    gross = spread(net + tax, weights, symmetric=symmetric)
    nets = spread(net, weights, symmetric=symmetric)
    return [
        Part(unit, mine, whole - mine, draft.start, draft.end)
        for (unit, _), whole, mine in zip(draft.shares, gross, nets, strict=True)
    ]


def make_lines(books: Books, drafts: Sequence[DraftLine]) -> list[Line]:
    """Tax the drafts together (billing.md 5.3) and split them over their units."""
    settings = books.settings
    amounts = [AmountToTax(draft.amount, draft.tax.key, draft.tax.home) for draft in drafts]
    taxed = nets_and_taxes(amounts, inclusive=settings.inclusive)
    lines = []
    for number, (draft, (net, tax)) in enumerate(zip(drafts, taxed, strict=True), start=1):
        parts = split_units(net, tax, draft, symmetric=settings.symmetric_shares)
        lines.append(Line(number, draft.kind, net, tax, draft.tax.key, draft.block, parts))
    return lines


def due_date(books: Books, day: date, anchor: date) -> date:
    """Anchor + due days, never earlier than issue + notice."""
    settings = books.settings
    return max(
        anchor + timedelta(days=settings.due_days), day + timedelta(days=settings.min_notice_days)
    )


def make_invoice(
    books: Books, client: str, kind: str, day: date, due: date, drafts: Sequence[DraftLine]
) -> Invoice:
    """Number an invoice and store it, with nothing settled yet."""
    number = len(books.invoices) + 1
    lines = make_lines(books, drafts)
    invoice = Invoice(number, client, kind, day, due, books.settings.inclusive, lines)
    if invoice.total < 0:
        raise AssertionError("total below 0")
    books.invoices[number] = invoice
    return invoice


def issue(
    books: Books, client: str, kind: str, day: date, due: date, drafts: Sequence[DraftLine]
) -> Invoice:
    """Issue an invoice: credit is applied where the setting says so, and it is paid where nothing is due."""
    invoice = make_invoice(books, client, kind, day, due, drafts)
    if books.settings.auto_apply_credit:
        apply_to(
            books, invoice, min(balance(books, account(books, client)), invoice.amount_due), day
        )
    return invoice


def issue_and_settle(
    books: Books, client: str, kind: str, day: date, due: date, drafts: Sequence[DraftLine]
) -> Invoice:
    """Issue, then set the status: for documents without billed periods."""
    invoice = issue(books, client, kind, day, due, drafts)
    settle(books, invoice, day)
    return invoice
