"""When a gateway is asked about an open attempt (payments.md 2.8)."""

from datetime import UTC, datetime, timedelta

import pytest

from commerce.payments.rules import next_poll

START = datetime(2026, 4, 8, 12, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
HOUR = 60


def looks(lasts: int | None, most: int) -> list[int]:
    """Minutes after the start at which it is asked."""
    expires = None if lasts is None else START + lasts * MINUTES
    found, after = [], START
    while len(found) < most and (when := next_poll(START, expires, after)):
        found.append((when - START) // MINUTES)
        after = when
    return found


@pytest.mark.parametrize(
    ("lasts", "wanted"),
    [
        (None, [15, HOUR, 6 * HOUR, 24 * HOUR, 48 * HOUR, 72 * HOUR]),
        (60, [15, HOUR]),
        (20, [15, 20]),
        (10, [10]),
        (36 * HOUR, [15, HOUR, 6 * HOUR, 24 * HOUR, 36 * HOUR]),
    ],
)
def test_15_minutes_an_hour_6_hours_daily_and_at_its_end(
    lasts: int | None, wanted: list[int]
) -> None:
    assert looks(lasts, 6) == wanted
