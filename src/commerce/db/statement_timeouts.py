"""How long a statement may take for somebody who waits: a page or the API. Jobs and commands take as long as they need.

PostgreSQL ends it by itself. The limit belongs to the connection, and both doors share a thread's connection, so a page
sets its own and leaves the API's behind: the API then never spends a round trip on it. SQLite asks now and then, from
within the statement, whether the time is over.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection

_STEPS = 1_000_000
"""Of SQLite's machine, between two looks at the clock: some 10 ms."""
_SLACK = 0.25
"""Seconds by which PostgreSQL may end the last statement of a block too late, in place of being told before each."""
_here = threading.local()


class TimeIsOverError(OperationalError):
    """What a block asks took longer than all of it may."""


class InterruptibleConnection(sqlite3.Connection):
    """SQLite's connection, whose statements end when the thread's time is over."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_progress_handler(_is_over, _STEPS)


def _is_over() -> bool:
    ends = (getattr(_here, "until", None), getattr(_here, "block_until", None))
    return any(end is not None and time.monotonic() > end for end in ends)


def limit_this_thread(seconds: int) -> None:
    """SQLite: what this thread asks from now on is answered within so many seconds; 0 is no limit."""
    _here.until = time.monotonic() + seconds if seconds else None


def limit_connection(raw: Any, seconds: int) -> None:
    """PostgreSQL: each statement of this connection ends after so many seconds, and its wait for a lock after half."""
    raw.execute(
        "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)",
        [str(seconds * 1000), str(seconds * 500)],
    )


def page_time_limit() -> AbstractContextManager[None]:
    """The time limit of pages within the block, and that of the API after it."""
    return time_limit(settings.COMMERCE_PAGE_STATEMENT_SECONDS)


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Statements take at most so many seconds within the block, 0 is no limit; after it the API's limit holds again."""
    if not seconds:
        yield
    elif connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.execute(f"PRAGMA busy_timeout = {seconds * 500}")
        limit_this_thread(seconds)
        try:
            yield
        finally:
            limit_this_thread(0)
    else:
        _begin_page(seconds)
        try:
            yield
        finally:
            _leave_to_the_api()


def _begin_page(seconds: int) -> None:
    """Set the limit; a connection that was lost since the last request is made anew, as nothing was asked on it yet."""
    import psycopg

    for last_try in (False, True):
        connection.ensure_connection()
        try:
            limit_connection(connection.connection, seconds)
            break
        except psycopg.OperationalError:
            if last_try or connection.in_atomic_block:
                raise
            connection.close()
    connection.health_check_done = True  # type: ignore[attr-defined]  # this was one


def _leave_to_the_api() -> None:
    import psycopg

    raw = connection.connection
    if raw is not None:
        with suppress(psycopg.Error):  # a lost one is made anew, and the API sets its limit on it
            limit_connection(raw, settings.COMMERCE_API_STATEMENT_SECONDS)


@contextmanager
def all_within(seconds: float) -> Iterator[None]:
    """All that the block asks takes at most so many seconds together, waiting for locks included, for what is rolled
    back: raises ``TimeIsOverError``. No statement begins after that, and one that runs is ended.
    """
    ends_at = time.monotonic() + seconds
    with _sqlite_ends(ends_at), connection.execute_wrapper(_limited_until(ends_at)):
        try:
            yield
        except DatabaseError as error:
            if time.monotonic() >= ends_at and not isinstance(error, TimeIsOverError):
                raise TimeIsOverError from error
            raise


@contextmanager
def _sqlite_ends(ends_at: float) -> Iterator[None]:
    """SQLite: statements of this thread end by then, as waits for its one writer do."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    raw = connection.connection
    patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    left = max(ends_at - time.monotonic(), 0)
    raw.execute(f"PRAGMA busy_timeout = {min(math.ceil(left * 1000), patience)}")
    _here.block_until = ends_at
    try:
        yield
    finally:
        _here.block_until = None
        raw.execute(f"PRAGMA busy_timeout = {patience}")


def _limited_until(ends_at: float) -> Callable[..., Any]:
    """What runs each statement of a block, unless its time is over."""
    told: float | None = None

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
        nonlocal told
        left = ends_at - time.monotonic()
        if left <= 0:
            raise TimeIsOverError
        database = context["connection"]
        if database.vendor == "sqlite" or not database.in_atomic_block:
            return execute(sql, params, many, context)
        if told is None or told - left > _SLACK:
            limit = str(math.ceil(left * 1000))
            database.connection.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            told = left
        if str(sql).startswith("ROLLBACK"):  # to a savepoint, and with it to the limit of then
            told = None
        try:
            return execute(sql, params, many, context)
        except DatabaseError:
            told = None
            raise

    return run
