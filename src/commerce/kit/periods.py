"""Billing cycles and the periods that are counted from an anchor date (billing.md 1)."""

import calendar
from collections.abc import Mapping
from datetime import date
from enum import StrEnum


class BillingCycle(StrEnum):
    """How often a price is charged."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUALLY = "semi_annually"
    ANNUALLY = "annually"
    BIENNIALLY = "biennially"
    TRIENNIALLY = "triennially"
    ONE_TIME = "one_time"


MONTHS_PER_CYCLE: Mapping[str, int] = {
    BillingCycle.MONTHLY: 1,
    BillingCycle.QUARTERLY: 3,
    BillingCycle.SEMI_ANNUALLY: 6,
    BillingCycle.ANNUALLY: 12,
    BillingCycle.BIENNIALLY: 24,
    BillingCycle.TRIENNIALLY: 36,
}
"""Months of each recurring billing cycle; ``one_time`` has none."""


def add_months(day: date, months: int) -> date:
    """``day`` moved by whole months, clamped to the last day of the month (31 Jan + 1 → 28 or 29 Feb)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def period_start(anchor: date, cycle: str, n: int) -> date:
    """First day of period ``n`` (0 is the first), always counted from the anchor so that clamping does not stick."""
    return add_months(anchor, n * MONTHS_PER_CYCLE[cycle])


def period_number(anchor: date, cycle: str, start: date) -> int:
    """Which period starts on ``start``; raises ``ValueError`` when none does."""
    months = (start.year - anchor.year) * 12 + start.month - anchor.month
    n, rest = divmod(months, MONTHS_PER_CYCLE[cycle])
    if rest or period_start(anchor, cycle, n) != start:
        raise ValueError(f"no {cycle} period from {anchor} starts on {start}")
    return n
