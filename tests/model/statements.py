"""A second model of what consumers get back, from support-and-content.md 9 and billing.md 8 alone.

It knows no rows and no code of the product: a contract is its documents, each with the days that it bills, its lines
and a rate; a day is counted, a part is a fraction, and an amount is rounded once for each document, half up.
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
    days = (document.end - document.start).days
    left = sum(1 for n in range(days) if _day(document, n) >= end)
    return _back(document.price, Fraction(left, days), document, with_tax=with_tax)


def _day(document: Billed, number: int) -> date:
    return document.start + timedelta(days=number)


def _back(amount: int, part: Fraction, document: Billed, *, with_tax: bool) -> int:
    """An amount with its tax: of prices with tax it is that already."""
    rate = Fraction(document.rate_milli, 100_000)
    if with_tax:
        return half_up(amount * part)
    net = half_up(amount * part)
    return net + min(half_up(net * rate), half_up(amount * rate))


def back_by_ending(contract: Contract, end: date, *, with_tax: bool) -> int:
    """The rest that is paid comes back: of each document the days from the end on."""
    return sum(back_of_price(one, end, with_tax=with_tax) for one in contract.documents)


def back_by_withdrawal(
    contract: Contract, stated: date, *, used_counts: bool, with_tax: bool
) -> int:
    """Whole, or less what was used by days; a setup fee is used as the days beside it are."""
    total = 0
    for one in contract.documents:
        days = (one.end - one.start).days
        left = sum(1 for n in range(days) if _day(one, n) >= stated)
        part = Fraction(left, days) if used_counts else Fraction(1)
        total += sum(
            _back(amount, part, one, with_tax=with_tax) for amount in (one.price, one.setup)
        )
    return total
