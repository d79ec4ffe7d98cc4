"""What the figures of reports mean (backoffice.md 6): monthly amounts, movements between two days, days late."""

from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from commerce.kit.money import round_half_up
from commerce.kit.periods import add_months


class RecurringKind(StrEnum):
    """What is sold by the period."""

    SERVICE = "service"
    DOMAIN = "domain"


class MovementKind(StrEnum):
    """Why the recurring revenue of one service or domain differs between two days."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    LOST = "lost"
    REGAINED = "regained"


class RecurringStanding(NamedTuple):
    """How a service or domain stands: ``monthly`` is what it brings, None where it brings nothing since it doesn't run.

    ``has_run``: it runs, or did before.
    """

    monthly: int | None
    has_run: bool


NOT_THERE = RecurringStanding(None, has_run=False)


def monthly_amount(net: int, months: int) -> int:
    """What a net amount that is charged every ``months`` months brings in one of them."""
    return round_half_up(Fraction(net, months))


def net_within(amount: int, rate_milli: int) -> int:
    """The net part of a price that holds tax at a rate."""
    return round_half_up(Fraction(amount * 100_000, 100_000 + rate_milli))


def movement(
    before: RecurringStanding, after: RecurringStanding
) -> tuple[MovementKind, int] | None:
    """What happened between two days, and by how much the recurring revenue rose or fell; None if it didn't."""
    if before.monthly is None and after.monthly is None:
        return None
    if before.monthly is None:
        kind = MovementKind.REGAINED if before.has_run else MovementKind.NEW
        return kind, after.monthly or 0
    if after.monthly is None:
        return MovementKind.LOST, -before.monthly
    if after.monthly == before.monthly:
        return None
    rose = after.monthly > before.monthly
    return (
        MovementKind.EXPANSION if rose else MovementKind.CONTRACTION
    ), after.monthly - before.monthly


class AgeBand(NamedTuple):
    """Invoices that are ``first`` to ``last`` days late; None is without an end."""

    name: str
    first: int | None
    last: int | None

    def due_dates(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last due date of such invoices."""
        earliest = None if self.last is None else today - timedelta(days=self.last)
        latest = None if self.first is None else today - timedelta(days=self.first)
        return earliest, latest


NOT_DUE = AgeBand("not_due", None, 0)
AGE_BANDS = (
    NOT_DUE,
    AgeBand("1_to_30", 1, 30),
    AgeBand("31_to_60", 31, 60),
    AgeBand("61_to_90", 61, 90),
    AgeBand("over_90", 91, None),
)


def first_of_month(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def last_months(day: date, count: int) -> list[date]:
    """The first days of so many months, the last of which is that of ``day``."""
    first = first_of_month(day)
    return [add_months(first, -n) for n in range(count - 1, -1, -1)]


def quarter_of(day: date) -> tuple[date, date]:
    """The first day of its quarter of the year, and the first of the next one."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, add_months(first, 3)
