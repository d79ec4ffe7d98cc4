"""What a consumer's withdrawal, or the end of a contract, gives back of each document (support-and-content.md 9).

The contract is one unit of what was sold, or one name. Where the text leaves a choice, this is how it was read, and
where it can be read otherwise ("product": the text allows both, and the product's way was taken):

40. What is billed counts, paid or not: a note lowers what is due, and only what was paid is credit.
41. Days that a note gave back are over: what stays of a line is for the days before them.
42. What a document bills for no days, such as a setup fee, has those of the first line beside it of the same unit,
    also where a change gave them back; without such a line it goes back whole (product; ``days_of``). An ending
    leaves it.
43. The day of the statement, and that on which a contract ends, count as not used.
44. What has not begun is not used: a pending unit gives all back.
45. What belongs to one period and tax group is rounded once, its tax by the rate (``figures.take_exclusive``).
46. Days that a document bills are given back whatever the next due date was set to: they were sold.
47. Notes come first, then the unit ends: what is open of a time to come is void, and what was used stays due.
48. A first term is as long as the cycle is now, from the day on which the unit began or a change gave it another.
49. A last day that falls on a weekend moves to the next working day (Regulation 1182/71; product).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from .arithmetic import TaxKey, round_half_up, start_of
from .books import Books, refuse_if
from .figures import Piece, documents_of, note_lines, rate_of, take_exclusive, take_inclusive
from .inputs import LIVE
from .money import left_of
from .notes import enter_note, withdraw_open
from .records import Invoice, Note, NoteLine, Part, Service
from .renewals import drop_renewals, end_service

type Days = tuple[date, date]


@dataclass(frozen=True)
class Terms:
    """What was agreed when a contract was made: the day, whether the client was told of the right to withdraw then and
    asked to begin at once, and in how many days one may withdraw.
    """

    agreed: date
    told: bool = False
    asked: bool = False
    days: int = 14

    @property
    def used_counts(self) -> bool:
        """Whether a withdrawal pays for what was used."""
        return self.told and self.asked

    @property
    def last_day(self) -> date:
        """The last day on which a withdrawal is in time (reading 49)."""
        last = self.agreed + timedelta(days=self.days)
        if not self.told:
            last = start_of(last, "annually", 1)
        while last.weekday() > 4:
            last += timedelta(days=1)
        return last


# What goes back


def whole_days_of(invoice: Invoice, part: Part) -> Days | None:
    """The days that a part is for: its own, or those of what it was billed with (reading 42)."""
    for one in [part, *(one for line in invoice.lines for one in line.parts)]:
        if one.unit == part.unit and one.start is not None and one.end is not None:
            return one.start, one.end
    return None


def days_of(invoice: Invoice, part: Part) -> Days | None:
    """Those of them that no note gave back."""
    days = whole_days_of(invoice, part)
    return days and (days[0], min(days[1], part.given_from or days[1]))


def days_billed(invoice: Invoice, line: NoteLine, earlier: Sequence[Note]) -> Days | None:
    """The days that a line still billed after these notes; those of one period give the same days back."""
    [part] = [one for one in invoice.lines[line.line - 1].parts if one.unit == line.unit]
    beside = [
        other.number
        for other in invoice.lines
        for one in other.parts
        if (one.unit, one.start, one.end) == (part.unit, part.start, part.end)
    ]
    days = whole_days_of(invoice, part)
    if days is None:
        return None
    ends = [
        note.given_from
        for note in earlier
        if note.invoice == invoice.number
        and note.given_from is not None
        and any(one.unit == line.unit and one.line in beside for one in note.lines)
    ]
    return days[0], min([days[1], *ends])


def unused(days: Days | None, since: date) -> Fraction:
    """Days left ÷ all days."""
    if days is None:
        return Fraction(1)
    start, end = days
    return Fraction(max(0, (end - max(start, since)).days), max(1, (end - start).days))


def taken_by_days(invoice: Invoice, unit: str, since: date, *, setup: bool) -> list[NoteLine]:
    """Of each period and tax group the part that is not used."""
    groups: dict[tuple[Days | None, TaxKey], list[Piece]] = {}
    for line in invoice.lines:
        for part in line.parts:
            if part.unit == unit and (setup or part.start is not None):
                groups.setdefault((days_of(invoice, part), line.key), []).append((line, part))
    found: list[NoteLine] = []
    for (days, key), pieces in groups.items():
        net = sum(part.net_left for _, part in pieces)
        tax = max(0, sum(part.tax_left for _, part in pieces))
        share = unused(days, since)
        if net <= 0 or round_half_up((net + (tax if invoice.inclusive else 0)) * share) <= 0:
            continue
        take = take_inclusive if invoice.inclusive else take_exclusive
        found += note_lines(pieces, take(net, tax, share, rate_of(invoice, key, pieces)))
    return sorted(found, key=lambda one: one.line)


def taken_whole(invoice: Invoice, unit: str) -> list[NoteLine]:
    """All that is left of a unit."""
    return [
        NoteLine(line.number, unit, part.net_left, part.tax_left, *line.key)
        for line in invoice.lines
        for part in line.parts
        if part.unit == unit
    ]


def gross(lines: Sequence[NoteLine]) -> int:
    """With tax."""
    return sum(line.net + line.tax for line in lines)


def given_back(
    books: Books, unit: str, since: date | None, *, setup: bool = True
) -> list[tuple[Invoice, list[NoteLine]]]:
    """What each document gives back: all of it, or the days from ``since`` on; nothing over 0.00."""
    found = []
    for invoice in documents_of(books, books.services[unit]):
        lines = taken_whole(invoice, unit)
        if since is not None:
            lines = taken_by_days(invoice, unit, since, setup=setup)
        if gross(lines) > 0:
            found.append((invoice, lines))
    return found


# Statements


def withdraw_contract(books: Books, day: date, unit: str, stated: date, terms: Terms) -> list[Note]:
    """A withdrawal is carried out: all, or the days from the statement on, of what has begun."""
    refuse_if(stated > terms.last_day, "too late")
    begun = terms.used_counts and books.services[unit].begun is not None
    notes = give_back(books, day, unit, stated if begun else None)
    if books.services[unit].state in (*LIVE, "pending"):
        end_service(books, day, unit)
    return notes


def withdraw_name(
    books: Books, day: date, number: int, stated: date, terms: Terms, *, registered: bool
) -> list[Note]:
    """The same of a name on an order: nothing of one that was registered with consent."""
    refuse_if(stated > terms.last_day, "too late")
    invoice = books.invoices[number]
    lines = [
        NoteLine(line.number, None, line.net_left, line.tax_left, *line.key)
        for line in invoice.lines
        if not line.parts
    ]
    if (registered and terms.used_counts) or not gross(lines):
        return []
    return [enter_note(books, invoice, day, "consumer", lines, {})]


def day_of_end(service: Service, stated: date, notice: int) -> date:
    """With the first term; a contract that renewed itself at the end of the paid period or so many months after the
    statement, whichever is first; never in the past.
    """
    paid_until = service.next_due
    if paid_until is None or service.begun is None:
        return stated
    first_term = start_of(service.begun, service.cycle, 1)
    by_notice = first_term if stated < first_term else start_of(stated, "monthly", notice)
    return max(stated, min(paid_until, by_notice))


def plan_end_of_contract(books: Books, day: date, unit: str, last: date) -> None:
    """An ending is carried out: the unit is to end on its day, unless it ends before that anyhow."""
    service = books.services[unit]
    known = service.ends_on
    refuse_if(known is not None and known <= last, "it ends already")
    service.ends_on = last
    if last > day:
        withdraw_open(books, unit)
        drop_renewals(books, day, unit, last)
    else:
        end_service(books, day, unit)


def settle_end(books: Books, day: date, unit: str, last: date) -> list[Note]:
    """The day of an ending has come, and the unit has ended: the days from it on are given back."""
    return give_back(books, day, unit, last, setup=False)


def give_back(
    books: Books, day: date, unit: str, since: date | None, *, setup: bool = True
) -> list[Note]:
    """A note on each document; a period that is open and given back whole is billed no more."""
    notes = []
    for invoice, lines in given_back(books, unit, since, setup=setup):
        if lines and gross(lines) == gross(taken_whole(invoice, unit)):
            release(books, invoice.number, unit)
        notes.append(
            enter_note(books, invoice, day, "consumer", lines, {unit: "again"}, given_from=since)
        )
    return notes


def release(books: Books, number: int, unit: str) -> None:
    """The open period of a unit on an invoice of which it owes nothing more."""
    for period in books.periods:
        if (period.invoice, period.service, period.state) == (number, unit, "open"):
            period.state = "released"


# How the money goes


def money_of(books: Books, notes: Sequence[Note], oldest: date) -> tuple[int, int]:
    """Of what was paid: how much at least goes back to its payments, and how much at most.

    At least: of a credited invoice that payments alone have paid, what those from ``oldest`` on can take. What credit
    paid of one goes back as that credit was: to the payments that it came from, or not at all.
    """
    least = most = 0
    for note in notes:
        source = f"note {note.number}"
        invoice = books.invoices[note.invoice]
        free = sum(row.amount for row in books.ledger if row.source == source)
        most += free
        if {entry.kind for entry in invoice.entries} <= {"payment", "credit_note", "to_credit"}:
            own = [one for one in books.payments.values() if invoice.number in one.shares]
            left = [
                left_of(books, one) for one in own if one.state == "completed" and one.day > oldest
            ]
            least += min(free, sum(left))
    return least, most
