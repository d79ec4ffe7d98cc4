"""S11: periods are counted from the anchor, so that clamping to a short month does not stick."""

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.kit.periods import MONTHS_PER_CYCLE, add_months, period_number, period_start

ANCHORS = st.dates(date(1999, 1, 1), date(2100, 12, 31))
CYCLES = st.sampled_from(sorted(MONTHS_PER_CYCLE))


def starts(anchor: date, cycle: str, count: int) -> list[str]:
    return [f"{period_start(anchor, cycle, n):%m-%d}" for n in range(count)]


def test_each_cycle_has_its_months() -> None:
    assert MONTHS_PER_CYCLE == {
        "monthly": 1,
        "quarterly": 3,
        "semi_annually": 6,
        "annually": 12,
        "biennially": 24,
        "triennially": 36,
    }


def test_the_last_of_january_monthly() -> None:
    assert starts(date(2026, 1, 31), "monthly", 5) == ["01-31", "02-28", "03-31", "04-30", "05-31"]
    assert starts(date(2028, 1, 31), "monthly", 3) == ["01-31", "02-29", "03-31"]


def test_a_leap_day_yearly() -> None:
    assert starts(date(2024, 2, 29), "annually", 5) == ["02-29", "02-28", "02-28", "02-28", "02-29"]
    assert starts(date(2096, 2, 29), "annually", 9)[4:] == ["02-28"] * 4 + [
        "02-29"
    ]  # no 2100-02-29


def test_every_anchor_of_the_century() -> None:
    """All days from 1999 to 2100, all cycles: the day of the anchor, or the last day of a shorter month."""
    last_day = {
        (year, month): calendar.monthrange(year, month)[1]
        for year in range(1999, 2108)
        for month in range(1, 13)
    }
    day = date(1999, 1, 1)
    while day <= date(2100, 12, 31):
        for months in MONTHS_PER_CYCLE.values():
            for n in (1, 2):
                found = add_months(day, n * months)
                year, month0 = divmod(day.year * 12 + day.month - 1 + n * months, 12)
                wanted = (year, month0 + 1, min(day.day, last_day[year, month0 + 1]))
                assert (found.year, found.month, found.day) == wanted
        # The ends of months, where it matters, day by day; the middle by sample.
        day += timedelta(days=1 if day.day >= 26 else 5)


@given(ANCHORS, CYCLES, st.integers(0, 600))
def test_a_start_knows_its_number(anchor: date, cycle: str, n: int) -> None:
    assert period_number(anchor, cycle, period_start(anchor, cycle, n)) == n


@given(ANCHORS, CYCLES, st.integers(0, 300))
def test_starts_move_forward(anchor: date, cycle: str, n: int) -> None:
    one, next_one = period_start(anchor, cycle, n), period_start(anchor, cycle, n + 1)
    assert (
        timedelta(27 * MONTHS_PER_CYCLE[cycle])
        < next_one - one
        <= timedelta(31 * MONTHS_PER_CYCLE[cycle])
    )


@given(ANCHORS, CYCLES, st.integers(0, 300), st.integers(1, 26))
def test_other_days_start_nothing(anchor: date, cycle: str, n: int, days: int) -> None:
    with pytest.raises(ValueError, match="starts on"):
        period_number(anchor, cycle, period_start(anchor, cycle, n) + timedelta(days=days))


def test_one_time_has_no_periods() -> None:
    assert "one_time" not in MONTHS_PER_CYCLE
    with pytest.raises(KeyError):
        period_start(date(2026, 1, 1), "one_time", 1)


@given(ANCHORS, st.integers(-600, 600))
def test_months_go_back_as_well(day: date, months: int) -> None:
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day <= day.day
