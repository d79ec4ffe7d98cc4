"""A second model of what consumers get back, from support-and-content.md 9 and billing.md 8 alone.

It knows no rows and no code of the product: a contract is its documents, each with the days that it bills, its lines
and a rate; a day is counted, a part is a fraction, an amount is rounded once for each line and its tax once for each
document.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction


@dataclass(frozen=True)
class Billed:
    """A document of one unit: ``price`` bills the days from ``start`` to the day before ``end``, ``setup`` none."""

    start: date
    end: date
    price: int
    setup: int
    rate_milli: int


@dataclass(frozen=True)
class Contract:
    """It began on ``begin`` and is billed by so many ``months``; ``documents`` are all of them, paid or not."""

    begin: date
    months: int
    documents: tuple[Billed, ...]

    @property
    def paid_until(self) -> date:
        """The first day that no document bills."""
        return max(one.end for one in self.documents)


def half_up(value: Fraction) -> int:
    """Whole units of an amount that is not below 0."""
    return int((value * 2 + 1) // 2)


def months_later(day: date, months: int) -> date:
    """The same day of the month, or its last day where it has no such."""
    year, month = day.year, day.month + months
    while month > 12:
        year, month = year + 1, month - 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def day_of_end(contract: Contract, stated: date, notice: int) -> date:
    """With the first term; a contract that renewed itself at the end of the paid period or so many months after the
    statement, whichever is first.
    """
    first_term = months_later(contract.begin, contract.months)
    if stated < first_term:
        return first_term
    return max(stated, min(contract.paid_until, months_later(stated, notice)))


def last_day_to_withdraw(ordered: date, days: int, *, instructed: bool) -> date:
    """Within 14 days, twelve months longer where the instruction was missing"; a weekend moves it to Monday."""
    last = ordered + timedelta(days=days)
    if not instructed:
        last = months_later(last, 12)
    while last.weekday() in (calendar.SATURDAY, calendar.SUNDAY):
        last += timedelta(days=1)
    return last


def back_of_price(document: Billed, end: date, *, with_tax: bool) -> int:
    """What one document gives back of its price for the days from ``end`` on."""
    price, _setup = lines_of(document)
    return price.back(_left(document, end), with_tax=with_tax)


def _left(document: Billed, first: date) -> Fraction:
    """The part of its days that are not before ``first``."""
    days = (document.end - document.start).days
    left = sum(1 for n in range(days) if document.start + timedelta(days=n) >= first)
    return Fraction(left, days)


@dataclass(frozen=True)
class Line:
    """What a document claims for one thing: without its tax, which is part of a price with tax all the same."""

    amount: int
    tax: int
    rate: Fraction

    def back(self, part: Fraction, *, with_tax: bool) -> int:
        """A part with its tax, at most the tax that the line has; who takes all of it takes all of its tax."""
        amount = half_up(self.amount * part)
        if with_tax:
            return amount
        if amount == self.amount:
            return amount + self.tax
        return amount + min(half_up(amount * self.rate), self.tax)


def lines_of(document: Billed) -> tuple[Line, Line]:
    """Price and setup fee. Tax is rounded once for the document; the unit that is left over after each line's whole
    units goes to the larger rest, the price's of equal ones (billing.md 5.3).
    """
    rate = Fraction(document.rate_milli, 100_000)
    exact = [amount * rate for amount in (document.price, document.setup)]
    price, setup = (int(tax) for tax in exact)
    over = half_up(sum(exact)) - price - setup
    rests = [exact[0] - price, exact[1] - setup]
    if over == 2 or (over == 1 and rests[0] >= rests[1]):
        price += 1
    if over == 2 or (over == 1 and rests[0] < rests[1]):
        setup += 1
    return Line(document.price, price, rate), Line(document.setup, setup, rate)


def back_by_ending(contract: Contract, end: date, *, with_tax: bool) -> int:
    """The rest that is paid comes back: of each document the days from the end on."""
    return sum(back_of_price(one, end, with_tax=with_tax) for one in contract.documents)


def back_by_withdrawal(
    contract: Contract, stated: date, *, used_counts: bool, with_tax: bool
) -> int:
    """Whole, or less what was used by days; a setup fee is used as the days beside it are."""
    total = 0
    for one in contract.documents:
        part = _left(one, stated) if used_counts else Fraction(1)
        total += sum(line.back(part, with_tax=with_tax) for line in lines_of(one))
    return total
