"""Reads that have to agree with each other, and reads that a replica may answer in place of the database itself."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction

REPLICA = "replica"
"""Django's alias of a standby of the database (``COMMERCE_REPLICA_URL``); without one there is no such alias."""
MOST_SECONDS_BEHIND = 30
"""A replica that is further behind is not read from."""
_REST_SECONDS = 10
"""For which a replica that did not answer is not asked again: nobody waits for it at each page."""
_WAITS = (0.005, 0.01, 0.02, 0.04, 0)
"""Between looks whether it has what was committed before: usually it is there within milliseconds."""
_WHICH = "(SELECT system_identifier FROM pg_control_system()) || ' ' || current_database()"
"""A cluster and its standbys share an identifier; positions in the log of another one say nothing."""

_read_from: ContextVar[str | None] = ContextVar("read_from", default=None)
_asked_again_at = 0.0


class ReplicaRouter:
    """Django's router where there is a replica: it answers what is read within ``from_replica``, and nothing else."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return _read_from.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


@contextmanager
def from_replica(*, statement_seconds: int) -> Iterator[int | None]:
    """Let queries of the block read from the replica, each for so many seconds at most (0: no limit). Gives how many
    seconds it may be behind: 0 if it has all that was committed before the block.

    None, and queries go where they always do: there is no replica, it does not answer, or is too far behind.
    """
    behind = seconds_behind(statement_seconds) if has_replica() else None
    if not _is_read(behind):
        yield None
        return
    token = _read_from.set(REPLICA)
    try:
        yield behind
    finally:
        _read_from.reset(token)


def reading_alias() -> str:
    """Django's alias of the database that a query made here reads from, for rows that are fetched after the block."""
    return _read_from.get() or DEFAULT_DB_ALIAS


def has_replica() -> bool:
    return REPLICA in settings.DATABASES


def is_replica_read() -> bool:
    """Whether it answers and is not too far behind."""
    return _is_read(seconds_behind())


def _is_read(behind: int | None) -> bool:
    return behind is not None and behind <= MOST_SECONDS_BEHIND


def seconds_behind(statement_seconds: int = 0) -> int | None:
    """How far the replica is behind the database, which waits some milliseconds for it; None if it does not answer or
    is no standby of this database.
    """
    global _asked_again_at
    if time.monotonic() < _asked_again_at:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_current_wal_flush_lsn()::text, {_WHICH}")
        committed, which = cursor.fetchone()
    for last_try in (False, True):
        try:
            return _seconds_behind(committed, which, statement_seconds)
        except DatabaseError:  # also a connection that was lost since the last page
            connections[REPLICA].close()
            if last_try:
                _asked_again_at = time.monotonic() + _REST_SECONDS
    return None


def _seconds_behind(committed: str, which: str, statement_seconds: int) -> int | None:
    limit, age = str(statement_seconds * 1000), None
    with connections[REPLICA].cursor() as cursor:
        cursor.execute(f"SELECT set_config('statement_timeout', %s, false), {_WHICH}", [limit])
        if cursor.fetchone()[1] != which:
            return None
        for wait in _WAITS:
            cursor.execute(
                "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn,"
                " extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())",
                [committed],
            )
            has_all, age = cursor.fetchone()
            if has_all:
                return 0
            time.sleep(wait)
    return None if age is None else math.ceil(age)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """A transaction that sees the database as it was when it began, and keeps no writer waiting.

    Inside a transaction of the caller, what that one sees has to do.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # ours begin IMMEDIATE, which would keep writers out
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
