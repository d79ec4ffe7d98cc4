"""The demo's events come in the same order whatever the day of building is: ids and numbers are always the same."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from commerce.demo.build import plan_histories
from commerce.demo.timeline import PERIOD_LANES, DemoCalendar, DemoTimeline

NOBODY: dict[str, None] = dict.fromkeys(
    "alice bob charlie dora erik frida acme weber lindqvist jensen nordlys".split()
)
FIRST = date(2025, 1, 1)


def timeline(today: date) -> DemoTimeline:
    found = DemoTimeline(DemoCalendar(today))
    plan_histories(found, SimpleNamespace(**NOBODY), None)  # type: ignore[arg-type]
    return found


def order(today: date) -> list[list[str]]:
    """What makes ids: orders with services and domains, invoices (an order makes one too), payments."""
    events = timeline(today).in_order()
    kinds = [("order",), ("order", "invoice"), ("payment",)]
    return [[event.name for event in events if event.kind in chosen] for chosen in kinds]


def test_the_order_is_the_same_on_every_day() -> None:
    """Four years, a leap year among them, in steps that meet every day of a month."""
    wanted = order(FIRST)
    days = [FIRST + timedelta(days=n) for n in range(0, 1462, 3)]
    assert [day for day in days if order(day) != wanted] == []


def test_everything_is_past() -> None:
    """Nothing happens on the day of building or later, so that building may happen at any hour."""
    for n in range(0, 1462, 7):
        today = FIRST + timedelta(days=n)
        assert max(event.day for event in timeline(today).events) < today


@pytest.mark.parametrize("lane", PERIOD_LANES)
def test_a_lane_starts_on_the_same_day_of_each_month(lane: str) -> None:
    for n in range(365):
        calendar = DemoCalendar(FIRST + timedelta(days=n))
        days = {calendar.day(lane, months).day for months in range(-25, 13)}
        assert len(days) == 1
        assert days <= set(range(1, 29))
