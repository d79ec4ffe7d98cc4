"""Credit notes: by amount, by line, voids; how what is left of lines is taken."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from .arithmetic import proportional, round_half_up
from .books import (
    Books,
    account,
    add_credit,
    enter,
    finish_period,
    invoice_of,
    refuse_if,
    resume,
    settle,
)
from .inputs import OPEN
from .records import Invoice, Line, Note, NoteLine, Part


def split_share(gross: int, net_left: int, tax_left: int) -> tuple[int, int]:
    """A gross share, split into net and tax as what is left is (reading 10: the tax is rounded)."""
    if gross == net_left + tax_left:
        return net_left, tax_left
    tax = round_half_up(Fraction(gross * tax_left, net_left + tax_left))
    return gross - tax, tax


type Piece = tuple[Line, Part | None]


def pieces_of(lines: Sequence[Line]) -> list[Piece]:
    """The units' parts of lines, in their order; a line for nobody is one piece."""
    found: list[Piece] = []
    for line in lines:
        found += [(line, part) for part in line.parts] or [(line, None)]
    return found


def left_of_piece(piece: Piece) -> tuple[int, int]:
    """Net and tax that notes have left of it."""
    line, part = piece
    return (line.net_left, line.tax_left) if part is None else (part.net_left, part.tax_left)


def note_line(piece: Piece, net: int, tax: int) -> NoteLine:
    """A line of a note for a piece."""
    line, part = piece
    return NoteLine(line.number, part and part.unit, net, tax, *line.key)


def over_units(line: Line, net: int, tax: int) -> list[NoteLine]:
    """A line's share over its units: net by the net that each has left, tax by its tax (reading 2)."""
    pieces = pieces_of([line])
    if (net, tax) == (line.net_left, line.tax_left):
        return [note_line(piece, *left_of_piece(piece)) for piece in pieces]
    nets = proportional(net, [left_of_piece(piece)[0] for piece in pieces])
    taxes = proportional(tax, [left_of_piece(piece)[1] for piece in pieces])
    return [note_line(*one) for one in zip(pieces, nets, taxes, strict=True)]


def by_amount(invoice: Invoice, amount: int) -> list[NoteLine]:
    """An amount over all units' parts of all lines that have something left (reading 6)."""
    refuse_if(not 0 < amount <= invoice.total - invoice.noted, "more than is left of the invoice")
    pieces = pieces_of(invoice.lines)
    if amount == invoice.total - invoice.noted:
        return [note_line(piece, *left_of_piece(piece)) for piece in pieces]
    shares = proportional(amount, [sum(left_of_piece(piece)) for piece in pieces])
    return [
        note_line(piece, *split_share(gross, *left_of_piece(piece)))
        for piece, gross in zip(pieces, shares, strict=True)
        if gross
    ]


def by_lines(invoice: Invoice, numbers: Sequence[int]) -> list[NoteLine]:
    """Whole lines as far as they are left, with their own discounts (reading 11)."""
    found: list[NoteLine] = []
    for line in invoice.lines:
        if line.number in numbers:
            refuse_if(not any(any(left_of_piece(one)) for one in pieces_of([line])), "nothing left")
            found += over_units(line, line.net_left, line.tax_left)
        elif line.kind in ("group", "promo"):
            found += own_discount(invoice, line, numbers)
    refuse_if(below_zero(invoice, found), "more than is left of a tax group")
    return found


def below_zero(invoice: Invoice, taken: Sequence[NoteLine]) -> bool:
    """Whether a tax group would give back less than nothing, or more than it has left."""
    for key in {(line.category, line.rate) for line in taken}:
        given = sum(one.net + one.tax for one in taken if (one.category, one.rate) == key)
        if not 0 <= given <= sum(line.left for line in invoice.lines if line.key == key):
            return True
    return False


def own_discount(invoice: Invoice, discount: Line, numbers: Sequence[int]) -> list[NoteLine]:
    """What of a discount belongs to the chosen lines, in proportion to the net that its lines have left."""
    served = [
        line
        for line in invoice.lines
        if line.block == discount.block and line.kind in ("item", "option")
    ]
    taken = sum(line.net_left for line in served if line.number in numbers)
    if not taken or not discount.net_left:
        return []
    whole = sum(line.net_left for line in served)
    net = round_half_up(Fraction(discount.net_left * taken, whole))
    if net == discount.net_left:
        return over_units(discount, net, discount.tax_left)
    tax = round_half_up(Fraction(net * discount.tax_left, discount.net_left))
    return over_units(discount, net, tax) if net else []


def part_of(invoice: Invoice, number: int, unit: str | None) -> tuple[Line, Part | None]:
    """A line, and a unit's part of it."""
    line = invoice.lines[number - 1]
    for part in line.parts:
        if part.unit == unit:
            return line, part
    return line, None


def write_note(
    books: Books,
    invoice: Invoice,
    day: date,
    kind: str,
    lines: Sequence[NoteLine],
    given_from: date | None = None,
) -> Note:
    """Number a note, take it from what lines and units have left, and enter it."""
    kept = tuple(line for line in lines if line.net or line.tax)
    note = Note(len(books.notes) + 1, invoice.number, day, kind, kept, given_from)
    refuse_if(note.total <= 0, "a note of nothing")
    refuse_if(note.total > invoice.total - invoice.noted, "more than is left of the invoice")
    books.notes.append(note)
    for taken in lines:
        line, part = part_of(invoice, taken.line, taken.unit)
        line.noted_net += taken.net
        line.noted_tax += taken.tax
        if part is not None:
            part.noted_net += taken.net
            part.noted_tax += taken.tax
            part.given_from = given_from if given_from is not None else part.given_from
    return note


def credit_note(
    books: Books,
    day: date,
    number: int,
    amount: int | None = None,
    lines: Sequence[int] = (),
    decisions: dict[str, str] | None = None,
) -> Note:
    """Staff credit an amount, or lines; it lowers the amount due, the rest goes to credit."""
    invoice = invoice_of(books, number)
    refuse_if(invoice.status not in (*OPEN, "paid"), "the invoice is closed")
    taken = by_amount(invoice, amount) if amount is not None else by_lines(invoice, lines)
    return enter_note(books, invoice, day, "staff", taken, decisions or {})


def enter_note(
    books: Books,
    invoice: Invoice,
    day: date,
    kind: str,
    taken: Sequence[NoteLine],
    decisions: dict[str, str],
    given_from: date | None = None,
) -> Note:
    """Write a note with its entries, and set the status."""
    was_open, due, ever = invoice.status in OPEN, invoice.amount_due, ever_paid(invoice)
    whole = sum(line.net + line.tax for line in taken) == invoice.total - invoice.noted
    if whole:
        refuse_without_decision(books, invoice, decisions)
    note = write_note(books, invoice, day, kind, taken, given_from)
    to_credit = max(0, note.total - due)
    if to_credit:
        enter(invoice, "to_credit", -to_credit, f"note {note.number}")
    enter(invoice, "credit_note", note.total, f"note {note.number}")
    add_credit(
        books, invoice.client, "credit_note", to_credit, f"note {note.number}", day, invoice.number
    )
    if whole:
        decide_periods(books, invoice, decisions)
        invoice.status = ("paid" if ever else "cancelled") if was_open else "refunded"
        resume(books, invoice, day)
    settle(books, invoice, day)
    return note


def ever_paid(invoice: Invoice) -> bool:
    """Whether anything was ever paid or applied."""
    return any(entry.kind in ("payment", "credit") for entry in invoice.entries)


def refuse_without_decision(books: Books, invoice: Invoice, decisions: dict[str, str]) -> None:
    """For each open billed period staff must choose: again, waive or end."""
    for period in books.periods:
        if period.invoice == invoice.number and period.state == "open":
            refuse_if(
                period.service not in decisions, f"choose for {period.service}: again, waive or end"
            )


def decide_periods(books: Books, invoice: Invoice, decisions: dict[str, str]) -> None:
    """What becomes of open billed periods of a voided or wholly credited invoice."""
    for period in books.periods:
        if period.invoice != invoice.number or period.state != "open":
            continue
        choice = decisions[period.service]
        if choice == "waive":
            finish_period(books, period, "waived")
            continue
        period.state = "released"
        if choice == "end":
            service = books.services[period.service]
            service.state, service.next_due = "cancelled", None
            withdraw_open(books, period.service)


def withdraw_open(books: Books, service: str) -> None:
    """The end of a service withdraws an open request."""
    for request in books.requests.values():
        if request.service == service and request.state in ("pending", "awaiting_payment"):
            request.state = "withdrawn"


def void(books: Books, day: date, number: int, decisions: dict[str, str] | None = None) -> Note:
    """Staff void an open invoice: a note for all that is left; what was paid or applied is credit again."""
    invoice = invoice_of(books, number)
    refuse_if(invoice.status not in OPEN, "not open")
    refuse_without_decision(books, invoice, decisions or {})
    held = invoice.held
    taken = by_amount(invoice, invoice.total - invoice.noted)
    note = write_note(books, invoice, day, "void", taken)
    if held:
        enter(invoice, "to_credit", -held, f"note {note.number}")
    enter(invoice, "credit_note", note.total, f"note {note.number}")
    add_credit(books, invoice.client, "returned", held, f"note {note.number}", day, invoice.number)
    decide_periods(books, invoice, decisions or {})
    invoice.status = "cancelled"
    resume(books, invoice, day)
    return note


def note_owner(books: Books, note: Note) -> str:
    """The present client of a note's invoice."""
    return account(books, books.invoices[note.invoice].client)
