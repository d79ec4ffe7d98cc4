"""catalog-and-orders.md 3: what becomes of a new price beside one that was announced, and from when it counts."""

from datetime import date, timedelta

import pytest

from commerce.billing.changes.price_changes.rules import (
    AnnouncedPrice,
    RepricingDecision,
    decide_repricing,
    first_price_day,
)

MAY, JUNE = date(2026, 5, 8), date(2026, 6, 8)


@pytest.mark.parametrize(
    ("new", "announced", "decision"),
    [
        (500, None, "SAME"),
        (600, None, "PLAN"),
        (600, AnnouncedPrice(600, MAY), "ANNOUNCED"),
        (600, AnnouncedPrice(700, MAY), "PLAN"),
        (500, AnnouncedPrice(700, MAY), "DROP"),
        (500, AnnouncedPrice(500, MAY), "ANNOUNCED"),
        # A lower one that comes first is kept, one for the same day is not, nor is one that is no lower.
        (600, AnnouncedPrice(400, MAY), "PROMISED"),
        (600, AnnouncedPrice(400, JUNE), "PLAN"),
        (500, AnnouncedPrice(400, JUNE), "DROP"),
        (600, AnnouncedPrice(500, MAY), "PLAN"),
        (600, AnnouncedPrice(499, MAY), "PROMISED"),
    ],
)
def test_what_becomes_of_a_new_price(
    new: int, announced: AnnouncedPrice | None, decision: str
) -> None:
    found = decide_repricing(now=500, new=new, from_date=JUNE, announced=announced)
    assert found is RepricingDecision[decision]


@pytest.mark.parametrize(
    ("billed", "earliest", "first"),
    [
        ([], date(2026, 5, 1), 8),
        ([], MAY, 8),
        ([], date(2026, 5, 9), 9),
        ([MAY], date(2026, 5, 1), 9),
        ([MAY, date(2026, 5, 9)], date(2026, 5, 1), 10),
        ([date(2026, 5, 9)], date(2026, 5, 1), 8),
        ([date(2026, 5, 11)], date(2026, 5, 10), 10),
    ],
)
def test_it_counts_from_the_first_period_that_nobody_billed(
    billed: list[date], earliest: date, first: int
) -> None:
    found = first_price_day(
        MAY, lambda day: day + timedelta(days=1), billed_starts=billed, earliest=earliest
    )
    assert found == date(2026, 5, first)
