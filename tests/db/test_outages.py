"""The database's own ways of not serving are told apart from defects, on either database."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from commerce.cli.databases import migrations as database
from commerce.db import statement_timeouts
from commerce.db.outages import log_outage, outage_counts, outage_kind
from commerce.db.retry import retry_on_deadlock
from commerce.db.statement_timeouts import TimeIsOverError, all_within
from tests.make.outages import IS_SQLITE, LONG_STATEMENT, database_away, in_new_thread

pytestmark = pytest.mark.django_db(transaction=True)


def met(act: Callable[[], object]) -> DatabaseError | InterfaceError:
    """What the database says to it."""
    try:
        act()
    except (DatabaseError, InterfaceError) as error:
        return error
    raise AssertionError("it was done")


def ask(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_database_that_is_not_there_is_away() -> None:
    with database_away():
        assert outage_kind(in_new_thread(lambda: met(connection.ensure_connection))) == "away"


def test_a_mistake_of_ours_is_no_outage() -> None:
    assert outage_kind(met(lambda: ask("SELECT * FROM nothing_of_ours"))) is None
    assert outage_kind(met(lambda: ask("SELEKT"))) is None
    assert (
        outage_kind(OperationalError("ours"))
        is outage_kind(ValueError())
        is outage_kind(None)
        is None
    )


def test_a_statement_ends_when_its_time_is_over() -> None:
    def endless() -> DatabaseError | InterfaceError:
        connection.ensure_connection()
        if IS_SQLITE:
            statement_timeouts.limit_this_thread(1)
        else:
            statement_timeouts.limit_connection(connection.connection, 1)
        return met(lambda: ask(LONG_STATEMENT))

    assert outage_kind(in_new_thread(endless)) == "too slow"


def patience() -> str:
    """How long this connection waits: SQLite for its writer, PostgreSQL for any statement."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout" if IS_SQLITE else "SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_a_block_ends_when_the_time_for_all_of_it_is_over() -> None:
    def endless() -> str:
        with pytest.raises(TimeIsOverError), all_within(0.2), transaction.atomic():
            ask(LONG_STATEMENT)
        with pytest.raises(TimeIsOverError), all_within(0):
            ask("SELECT 1")
        return patience()

    assert in_new_thread(endless) == in_new_thread(patience)


def test_a_block_in_time_says_what_went_wrong_in_it() -> None:
    with pytest.raises(IntegrityError), all_within(600), transaction.atomic():
        raise IntegrityError


@pytest.mark.skipif(IS_SQLITE, reason="the next test")
class TestPostgresql:
    def test_a_session_that_the_server_ended_is_away(self) -> None:
        def ended() -> DatabaseError | InterfaceError:
            return met(lambda: ask("SELECT pg_terminate_backend(pg_backend_pid())"))

        assert outage_kind(in_new_thread(ended)) == "away"

    def test_read_only_is_no_defect(self) -> None:
        def write() -> None:
            with transaction.atomic():
                ask("SET TRANSACTION READ ONLY")
                ask("DELETE FROM audit_auditentry")

        assert outage_kind(met(write)) == "read-only"

    def test_a_lock_is_waited_for_half_as_long(self) -> None:
        def second() -> DatabaseError | InterfaceError:
            connection.ensure_connection()
            statement_timeouts.limit_connection(connection.connection, 1)
            return met(lambda: ask("SELECT 1 FROM audit_auditentry"))

        with transaction.atomic():
            ask("LOCK TABLE audit_auditentry IN ACCESS EXCLUSIVE MODE")
            assert outage_kind(in_new_thread(second)) == "locked"

    def test_a_migration_steps_aside_and_comes_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever waits for a table's lock holds up all that come after him."""
        monkeypatch.setattr(database, "LOCK_SECONDS", 0.05)
        monkeypatch.setattr(database, "LOCK_PAUSE", 0.01)
        tries: list[bool] = []
        twice = threading.Event()

        def run() -> None:
            if len(tries) == 2:
                twice.set()
                time.sleep(0.2)
            tries.append(False)
            ask("SELECT 1 FROM audit_auditentry")
            tries[-1] = True

        def migrate() -> None:
            database._migrate_between_others(run)

        with transaction.atomic():
            ask("LOCK TABLE audit_auditentry IN ACCESS EXCLUSIVE MODE")
            other = threading.Thread(target=lambda: in_new_thread(migrate))
            other.start()
            assert twice.wait(30)
        other.join(30)
        assert tries[:2] == [False, False]
        assert tries[-1]

    def test_one_node_migrates_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database, "LOCK_SECONDS", 0.05)
        monkeypatch.setattr(database, "LOCK_PAUSE", 0.01)
        order: list[str] = []

        def second() -> None:
            database._migrate_between_others(lambda: order.append("second"))

        def first() -> None:
            other.start()
            time.sleep(0.2)
            order.append("first")

        other = threading.Thread(target=lambda: in_new_thread(second))
        database._migrate_between_others(first)
        other.join(30)
        assert order == ["first", "second"]

    def test_no_connection_left_is_told_as_such(self) -> None:
        """The server tells it before there is a session, without a state."""
        ask("CREATE ROLE commerce_crowd LOGIN CONNECTION LIMIT 0")
        try:
            at = connection.settings_dict
            with pytest.raises(psycopg.OperationalError) as refused:
                psycopg.connect(
                    host=at["HOST"], port=at["PORT"], dbname=at["NAME"], user="commerce_crowd"
                )
        finally:
            ask("DROP ROLE commerce_crowd")
        assert outage_kind(refused.value) == "out of connections"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (psycopg.errors.DeadlockDetected(), "locked"),
        (psycopg.errors.SerializationFailure(), "locked"),
        (psycopg.errors.LockNotAvailable(), "locked"),
        (psycopg.errors.QueryCanceled(), "too slow"),
        (psycopg.errors.ReadOnlySqlTransaction(), "read-only"),
        (psycopg.errors.DiskFull(), "full"),
        (psycopg.errors.OutOfMemory(), "full"),
        (psycopg.errors.TooManyConnections(), "out of connections"),
        (psycopg.errors.ConnectionFailure(), "away"),
        (psycopg.errors.CannotConnectNow(), "away"),
        (psycopg.errors.IoError(), "away"),
        (psycopg.errors.UniqueViolation(), None),
        (psycopg.errors.UndefinedTable(), None),
        (psycopg.OperationalError("connection refused"), "away"),
        (psycopg.OperationalError("too many connections for role"), "out of connections"),
        (psycopg.InterfaceError("the connection is closed"), "away"),
        (psycopg.ProgrammingError("no state"), None),
        (InterfaceError("connection already closed"), "away"),
    ],
)
def test_each_state_of_postgresql_has_its_word(fault: Exception, kind: str | None) -> None:
    assert outage_kind(fault) == kind
    for wrapper in (OperationalError(), InterfaceError()):
        wrapper.__cause__ = fault
        assert outage_kind(wrapper) == kind
    ours = ValueError()
    ours.__cause__ = fault
    assert outage_kind(ours) is None


@pytest.mark.skipif(not IS_SQLITE, reason="the test before")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SQLITE_BUSY", "locked"),
        ("SQLITE_LOCKED_SHAREDCACHE", "locked"),
        ("SQLITE_INTERRUPT", "too slow"),
        ("SQLITE_CANTOPEN", "away"),
        ("SQLITE_FULL", "full"),
        ("SQLITE_READONLY", "read-only"),
        ("SQLITE_IOERR_FSYNC", "away"),
        ("SQLITE_CORRUPT", None),
        ("SQLITE_CONSTRAINT", None),
    ],
)
def test_each_code_of_sqlite_has_its_word(code: str, kind: str | None) -> None:
    fault = sqlite3.OperationalError("as SQLite says it")
    fault.sqlite_errorname = code
    wrapped = OperationalError("as Django says it")
    wrapped.__cause__ = fault
    assert outage_kind(wrapped) == kind


def test_it_is_one_line_without_a_traceback_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    before = outage_counts["full"]
    log_outage(logging.getLogger("commerce"), "full", OperationalError("no\nspace   left"))
    [record] = caplog.records
    assert record.getMessage() == "The database is full: no space left"
    assert (record.exc_info, record.outage, outage_counts["full"]) == (None, "full", before + 1)
    log_outage(logging.getLogger("commerce"), "full", OperationalError("x" * 300))
    assert caplog.records[1].getMessage() == f"The database is full: {'x' * 200}"


def test_what_took_its_time_is_not_tried_again() -> None:
    """Four times the limit would be no limit."""
    tries = []

    @retry_on_deadlock
    def slow() -> None:
        tries.append(1)
        cause = psycopg.errors.QueryCanceled() if len(tries) < 9 else None
        raise OperationalError("canceling statement") from cause

    with pytest.raises(OperationalError):
        slow()
    assert len(tries) == 1


def test_a_deadlock_is_tried_again() -> None:
    tries = []

    @retry_on_deadlock
    def unlucky() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("deadlock") from psycopg.errors.DeadlockDetected()
        return "done"

    assert (unlucky(), len(tries)) == ("done", 3)


def test_a_deadlock_is_tried_again_three_times_and_then_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries, pauses = [], []
    monkeypatch.setattr(time, "sleep", pauses.append)

    @retry_on_deadlock
    def unlucky() -> None:
        tries.append(1)
        raise OperationalError("deadlock") from psycopg.errors.DeadlockDetected()

    with pytest.raises(OperationalError):
        unlucky()
    assert (len(tries), pauses) == (4, pytest.approx([0.1, 0.2, 0.3]))


def test_whoever_waited_five_seconds_for_locks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now, tries, waits = [100.0], [], iter([5.0, 0.5, 0.0, 0.0])
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda _: None)

    @retry_on_deadlock
    def waiting() -> None:
        tries.append(1)
        now[0] += next(waits)
        raise OperationalError("lock timeout") from psycopg.errors.LockNotAvailable()

    with pytest.raises(OperationalError):
        waiting()
    assert len(tries) == 2


@pytest.mark.skipif(not IS_SQLITE, reason="PostgreSQL keeps the time itself")
class TestTimeOnSqlite:
    def test_it_is_over_after_the_last_of_its_seconds(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [100.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        try:
            statement_timeouts.limit_this_thread(2)
            now[0] = 102.0
            assert not statement_timeouts._is_over()
            now[0] = 102.1
            assert statement_timeouts._is_over()
        finally:
            statement_timeouts.limit_this_thread(0)
        assert not statement_timeouts._is_over()

    def test_a_page_waits_for_a_lock_half_as_long_as_for_a_statement(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def patience() -> int:
            with connection.cursor() as cursor:
                return int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])

        monkeypatch.setattr(time, "monotonic", lambda: 100.0)
        before = patience()
        settings.COMMERCE_PAGE_STATEMENT_SECONDS = 0
        with statement_timeouts.page_time_limit():
            assert (patience(), getattr(statement_timeouts._here, "until", None)) == (before, None)
        settings.COMMERCE_PAGE_STATEMENT_SECONDS = 3
        with statement_timeouts.page_time_limit():
            assert (patience(), statement_timeouts._here.until) == (1500, 103.0)
        assert statement_timeouts._here.until is None
