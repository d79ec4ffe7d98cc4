"""The one place that reads the clock. Doors, commands and the worker call it; actions take a ``ctx``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_read: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole by `freeze_time`


def now() -> datetime:
    """The current instant, in UTC."""
    return _read()


def calendar_day(at: datetime, zone: str) -> date:
    """The calendar day of an instant in the business time zone (``billing.time_zone``)."""
    return at.astimezone(ZoneInfo(zone)).date()


@contextmanager
def freeze_time(at: datetime) -> Iterator[None]:
    """Let the clock stand still at ``at``: for tests and for simulated history."""
    global _read
    before, _read = _read, lambda: at
    try:
        yield
    finally:
        _read = before
