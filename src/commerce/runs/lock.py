"""One daily run at a time: an advisory lock of PostgreSQL, a locked file in the data folder beside SQLite."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from commerce.kit.errors import BusinessError

_KEY = 0x436F6D6D
"""The number of PostgreSQL's lock: any that nothing else here uses."""
_RANGE_KEY = 0x52616E67
"""The first of the two numbers of a range's lock; the second is that of its job."""


class RunInProgress(BusinessError):
    """Another daily run is going on."""


@contextmanager
def run_lock(*, wait_seconds: int = 0) -> Iterator[None]:
    """Hold the lock of the daily run; raises ``RunInProgress`` when another has it for longer than ``wait_seconds``.

    Both kinds of lock end with their process, so a killed run leaves none behind.
    """
    with (_advisory if connection.vendor == "postgresql" else _file)(wait_seconds):
        yield


@contextmanager
def _advisory(wait_seconds: int) -> Iterator[None]:
    def taken() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_KEY])
            return bool(cursor.fetchone()[0])

    _until(taken, wait_seconds)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_KEY])


@contextmanager
def range_lock(job_id: int) -> Iterator[None]:
    """Held by the process that does a range of clients, on PostgreSQL: nobody has it once that is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", _range_key(job_id))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _range_key(job_id))


def is_range_held(job_id: int) -> bool:
    """Whether a process has that lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _range_key(job_id))
        is_free = cursor.fetchone()[0]
        if is_free:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _range_key(job_id))
    return not is_free


def _range_key(job_id: int) -> list[int]:
    return [_RANGE_KEY, job_id % 2**31]


@contextmanager
def _file(wait_seconds: int) -> Iterator[None]:
    with Path(settings.COMMERCE_DATA_DIR, "daily.lock").open("a") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _until(taken, wait_seconds)
        yield


def _until(taken: Callable[[], bool], wait_seconds: int) -> None:
    end = time.monotonic() + wait_seconds
    while not taken():
        if time.monotonic() >= end:
            raise RunInProgress("daily_run.in_progress")
        time.sleep(0.2)
