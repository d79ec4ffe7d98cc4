"""The state of the database: what is pending, bringing it up to date, and whether an installation may start on it."""

import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from commerce.config import console, database_dump
from commerce.config.database_move import is_half_moved
from commerce.config.deploy_checks import other_encoding, unreadable_secrets
from commerce.config.test_mode import live_keys_in_test_mode
from commerce.db import triggers
from commerce.db.migration_states import migrate_lazily
from commerce.db.outages import outage_kind
from commerce.kit.errors import BusinessError

LOCK_SECONDS = 3
"""Whoever waits for a table's lock holds up all that come after: better let them pass, and try again."""
LOCK_TRIES = 20
LOCK_PAUSE = 2
"""Seconds, in which the others catch up."""
_MIGRATION_KEY = 0x4D696772
"""The number of PostgreSQL's lock: any that nothing else here uses."""


def pending_migrations() -> list[str]:
    """The migrations that the database has not seen, in the order in which they will run."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def pending_work(pending: list[str] | None = None) -> list[str]:
    """The migrations that will run, and triggers that will be mended; nothing on a database of a newer release."""
    pending = pending_migrations() if pending is None else pending
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    if pending or database_dump.unknown_migrations(applied):
        return pending
    return triggers.trigger_differences()


def require_ready_database() -> None:
    """Refuse to start on a database that is not up to date, on secrets that no key opens, on live keys in test mode."""
    require_whole_database()
    if pending_migrations():
        raise BusinessError("installation.not_up_to_date")
    for message in unreadable_secrets():
        raise BusinessError(
            "installation.secrets_unreadable", problem=message.msg, hint=message.hint
        )
    refuse_live_keys_in_test_mode()


def require_whole_database() -> None:
    """Raises ``BusinessError`` on one into which ``commerce move-database`` has not put everything yet."""
    if is_half_moved():
        raise BusinessError("installation.half_moved")


def refuse_live_keys_in_test_mode() -> None:
    """Raises ``BusinessError`` in test mode while something is stored that would really charge or order."""
    for message in live_keys_in_test_mode():
        raise BusinessError(
            "installation.live_keys_in_test_mode", problem=message.msg, hint=message.hint
        )


class MigrationProgress(io.TextIOBase):
    """What Django says while it applies migrations, told as how many of all of them are done."""

    def __init__(self, tell: Callable[[str], object], total: int) -> None:
        super().__init__()
        self._tell, self._total, self._begun = tell, total, 0

    def write(self, text: str, /) -> int:
        if "Applying " in text:
            self._tell(f"preparing the database, {self._begun * 100 // self._total} %")
            self._begun += 1
        return len(text)


def apply_migrations(*, tell: Callable[[str], object] | None = None) -> bool:
    """Run what is pending, and mend the guards of issued documents; False when nothing was to do.

    Each migration is printed; with ``tell`` that alone is told how far it is. Raises ``BusinessError`` for an empty
    database that could not store every name.
    """
    pending = pending_migrations()
    if not MigrationRecorder(connection).has_table() and (other := other_encoding()):
        raise BusinessError("installation.not_unicode", encoding=other)
    if not pending_work(pending):
        return False
    out = MigrationProgress(tell, len(pending)) if tell else sys.stderr
    with nullcontext() if tell else console.print_step("Preparing the database"):
        _migrate_between_others(lambda: migrate_lazily(interactive=False, stdout=out))
    return True


def _migrate_between_others(run: Callable[[], object]) -> None:
    """Change tables while an installation serves: wait for a lock shortly, step aside, and try again."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    for left in reversed(range(LOCK_TRIES)):
        try:
            with _migration_lock():
                run()
            return
        except OperationalError as error:
            if not left or outage_kind(error) != "locked":
                raise
            console.print_message("A table to be migrated is in use. Retrying …")
            time.sleep(LOCK_PAUSE)


@contextmanager
def _migration_lock() -> Iterator[None]:
    """One node migrates at a time: two would make the same table. It ends with the process."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_KEY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_KEY])
