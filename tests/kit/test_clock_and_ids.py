"""S12 and O6: one clock, business dates in any zone; and identifiers."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from commerce.db import database_clock
from commerce.kit import clock, ids


@pytest.mark.parametrize(
    ("instant", "zone", "day"),
    [
        ("2026-03-28T23:30:00+00:00", "UTC", "2026-03-28"),
        ("2026-03-28T23:30:00+00:00", "Europe/Berlin", "2026-03-29"),
        (
            "2026-03-29T00:59:59+00:00",
            "Europe/Berlin",
            "2026-03-29",
        ),  # clocks go forward at 01:00 UTC
        ("2026-03-29T22:00:00+00:00", "Europe/Berlin", "2026-03-30"),
        ("2026-10-25T21:59:59+00:00", "Europe/Berlin", "2026-10-25"),  # and back at 01:00 UTC
        ("2026-10-25T23:00:00+00:00", "Europe/Berlin", "2026-10-26"),
        ("2026-01-01T09:59:59+00:00", "Pacific/Kiritimati", "2026-01-01"),  # UTC+14
        ("2026-01-01T10:00:00+00:00", "Pacific/Kiritimati", "2026-01-02"),
        ("2026-01-01T10:59:59+00:00", "Pacific/Midway", "2025-12-31"),  # UTC-11
        ("2026-01-01T11:00:00+00:00", "Pacific/Midway", "2026-01-01"),
    ],
)
def test_the_business_date_follows_the_zone(instant: str, zone: str, day: str) -> None:
    assert str(clock.calendar_day(datetime.fromisoformat(instant), zone)) == day


def test_r6_background_work_goes_by_the_databases_clock(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By a clock 3 minutes ahead, leases of running jobs of others had ended."""
    monkeypatch.setattr(clock, "_followed", None)
    monkeypatch.setattr(database_clock, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setattr(database_clock, "database_clock_offset", lambda: 180.0)
    for _look in range(2):
        database_clock.follow_database_clock()
        assert 179 < (datetime.now(UTC) - clock.now()).total_seconds() < 181
    assert [record.getMessage() for record in caplog.records] == [
        "This machine's clock is 180 s ahead of the database's, which background work goes by."
    ]


def test_the_clock_says_utc_and_can_stand_still() -> None:
    still = datetime(2026, 4, 8, 14, 33, 10, tzinfo=UTC)
    with clock.freeze_time(still):
        assert clock.now() == still
        with clock.freeze_time(still + timedelta(days=1)):
            assert clock.now() == still + timedelta(days=1)
        assert clock.now() == still
    assert clock.now().tzinfo is UTC
    assert clock.now() != still


def test_keys_are_long_and_differ() -> None:
    keys = {ids.random_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(len(key) == 24 and key.isalnum() and key == key.lower() for key in keys)
    assert len(ids.random_key(7)) == 7


@pytest.mark.parametrize(
    ("order", "number"), [(1, "ORD-0001"), (305, "ORD-0305"), (12345, "ORD-12345")]
)
def test_order_numbers_are_padded_to_four(order: int, number: str) -> None:
    assert ids.order_number(order) == number


@pytest.mark.parametrize("good", ["12345678", "a.b_c-D9" * 8])
def test_a_callers_own_request_id_is_kept(good: str) -> None:
    assert ids.valid_request_id(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "",
        "1234567",
        "x" * 65,
        "12345678\n",
        "with blank",
        "ümlaut-12",
        "<script>alert",
        "opt_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1nV5QB",
    ],
)
def test_any_other_request_id_is_replaced(bad: str | None) -> None:
    made = ids.valid_request_id(bad)
    assert made != bad
    assert len(made) == 32
