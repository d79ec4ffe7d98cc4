"""Months of the books: open until they are closed, and what day something is booked on (backoffice.md 6)."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

from commerce.kit.periods import add_months


class MonthStatus(StrEnum):
    """A closed month takes no document, payment or entry any more."""

    OPEN = "open"
    CLOSED = "closed"


MONTH_MOVES: Mapping[MonthStatus, frozenset[MonthStatus]] = {
    MonthStatus.OPEN: frozenset({MonthStatus.CLOSED}),
    MonthStatus.CLOSED: frozenset({MonthStatus.OPEN}),
}


def last_day_of(month: date) -> date:
    """The last day of the month that begins on ``month``."""
    return add_months(month, 1) - timedelta(days=1)


def month_before(day: date) -> date:
    """The first day of the month before that of ``day``."""
    return add_months(day.replace(day=1), -1)
