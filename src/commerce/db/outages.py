"""When the database cannot serve: told from a defect of ours, in one word, and counted."""

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError

RETRY_AFTER_SECONDS = 10
"""Seconds after which to ask again: a restart or a long lock is over by then, or the next answer says so."""

outage_counts: Counter[str] = Counter()
"""How often this process met each kind, for its metrics."""

_SQLITE = {
    "SQLITE_BUSY": "locked",
    "SQLITE_LOCKED": "locked",
    "SQLITE_INTERRUPT": "too slow",
    "SQLITE_READONLY": "read-only",
    "SQLITE_FULL": "full",
    "SQLITE_CANTOPEN": "away",
    "SQLITE_IOERR": "away",
}
"""By SQLite's primary codes; an extended one adds to the name."""

_STATES = {
    "40P01": "locked",
    "40001": "locked",
    "55P03": "locked",
    "57014": "too slow",
    "25006": "read-only",
    "53100": "full",
    "53300": "out of connections",
}
_CLASSES = {"08": "away", "53": "full", "57": "away", "58": "away"}
"""PostgreSQL's SQLSTATE, whole or by its first two characters."""


def outage_kind(error: BaseException | None) -> str | None:
    """Why the database cannot serve now (``away``, ``locked``, ``too slow``, ``read-only``, ``full``, ``out of
    connections``), if that is what an error of it means; None for everything else, which is a defect."""
    import psycopg

    for one in _with_causes(error):
        if isinstance(one, sqlite3.Error):
            name = getattr(one, "sqlite_errorname", "")
            return next((kind for code, kind in _SQLITE.items() if name.startswith(code)), None)
        if isinstance(one, psycopg.Error):
            return _of_postgresql(one)
        if isinstance(one, InterfaceError) and one.__cause__ is None:
            return "away"  # Django's own: the connection is closed
    return None


def _of_postgresql(error: "Exception") -> str | None:
    import psycopg

    state = getattr(error, "sqlstate", None)
    if state:
        return _STATES.get(state) or _CLASSES.get(state[:2])
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    return "out of connections" if "too many" in str(error) else "away"


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ if isinstance(error, DatabaseError | InterfaceError) else None


def log_outage(log: logging.Logger, kind: str, error: BaseException) -> None:
    """Count an outage, and tell it in one line; a traceback would say no more, for each request anew."""
    outage_counts[kind] += 1
    text = " ".join(str(error).split())[:200]
    log.error("The database is %s: %s", kind, text, extra={"outage": kind})


def log_failure(log: logging.Logger, error: BaseException, text: str) -> None:
    """Tell what went wrong in a loop that goes on: an outage in one line each time, a defect with its traceback."""
    if kind := outage_kind(error):
        log_outage(log, kind, error)
    else:
        log.error(text, exc_info=error)
