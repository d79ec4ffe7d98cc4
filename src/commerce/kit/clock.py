"""The one place that reads the clock. Doors, commands and the worker call it; actions take a ``ctx``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def _read_clock() -> datetime:
    return datetime.now(UTC)


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
