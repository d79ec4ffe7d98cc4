"""The one place that reads the clock. Doors, commands and the worker call it; actions take a ``ctx``."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_followed: tuple[datetime, float] | None = None
"""What another clock said, and what this machine's ticks were then."""


def _read_clock() -> datetime:
    if _followed is None:
        return datetime.now(UTC)
    said, ticks = _followed
    return said + timedelta(seconds=time.monotonic() - ticks)


def follow(seconds_ahead: float) -> None:
    """Go by another clock in this process: this machine's is ahead of it. Until the next call its ticks are counted,
    so that nobody who sets the machine's clock sets this one.
    """
    global _followed
    _followed = datetime.now(UTC) - timedelta(seconds=seconds_ahead), time.monotonic()


_read: Callable[[], datetime] = _read_clock
"""Replaced as a whole by `freeze_time`."""


def now() -> datetime:
    """The current instant, in UTC."""
    return _read()


def calendar_day(at: datetime, zone: str) -> date:
    """The calendar day of an instant in the business time zone (``billing.time_zone``)."""
    return at.astimezone(ZoneInfo(zone)).date()


def is_frozen() -> bool:
    """Whether the clock of this process stands still; that of others goes on."""
    return _read is not _read_clock


@contextmanager
def freeze_time(at: datetime) -> Iterator[None]:
    """Let the clock stand still at ``at``: for tests and for simulated history."""
    global _read
    before, _read = _read, lambda: at
    try:
        yield
    finally:
        _read = before
