"""All data of this installation in another database, SQLite or PostgreSQL, compared row by row (operations.md)."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from commerce.config import env
from commerce.config.database_dump import applied_migrations, shown_database
from commerce.db import copied_tables as tables_of
from commerce.db.copied_tables import CopiedTable, TableDigest
from commerce.db.triggers import MARKER_TABLE, install_triggers, remove_triggers
from commerce.kit.errors import BusinessError

TARGET = "target"
"""The alias of the connection to the new database."""

MOVE_TABLE = "commerce_move"
"""It stands in a database until all rows are there: nothing starts on it."""

COMMERCE_PROGRAM = "from commerce.cli import main; main()"
"""Python that runs a command of this release."""


@dataclass
class DatabaseMove:
    """What was found in the new database, and what was put there."""

    kept: int = 0
    """Tables that were there and equal."""
    copied: int = 0
    rows: int = 0
    left_out: list[str] = field(default_factory=list)
    """Tables of the old database that are none of the product's."""


def is_half_moved(db: BaseDatabaseWrapper = connection) -> bool:
    """Whether a move into this database was begun and has not ended."""
    return MOVE_TABLE in db.introspection.table_names()


def open_target(url: str, *, name: str) -> BaseDatabaseWrapper:
    """A connection to the new database, which may not be the one in use."""
    new = env.database_of_url(url, name=name)
    if _place(new) == _place(connection.settings_dict):
        raise BusinessError("move.same_database")
    handler = ConnectionHandler({"default": {}, TARGET: new})
    connections.settings[TARGET] = handler.settings[TARGET]
    return connections[TARGET]


def _place(settings: dict[str, Any]) -> tuple[str, ...]:
    name = str(settings["NAME"])
    if "sqlite" in settings["ENGINE"]:
        return (str(Path(name).resolve()),)
    return (name, settings["HOST"], str(settings["PORT"]))


@contextmanager
def locked_source() -> Iterator[None]:
    """Nobody else is connected to the database in use, and nobody changes it. Raises ``BusinessError`` otherwise."""
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 2000")
                cursor.execute("PRAGMA locking_mode = EXCLUSIVE")
        elif _others():
            raise BusinessError("move.in_use")
        try:
            stack.enter_context(transaction.atomic())
            if connection.vendor == "postgresql":
                _lock_tables()
        except OperationalError as error:
            raise BusinessError("move.in_use") from error
        yield


def _others() -> int:
    """How many else are connected to this database of PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _lock_tables() -> None:
    names = ", ".join(f'"{table.name}"' for table in tables_of.copied_tables())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute(f"LOCK TABLE {names} IN SHARE MODE")


def prepare_target(target: BaseDatabaseWrapper, url: str) -> None:
    """Make the tables of this release in the empty database; one in which a move was begun has them.

    A program of its own does so: what migrations and their first rows read and write is the database in use.
    """
    there = target.introspection.table_names()
    if there and MOVE_TABLE not in there:
        raise BusinessError("backup.database_not_empty", database=shown_database(target))
    if not there:
        with target.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {MOVE_TABLE} (marker integer)")
    ours = applied_migrations()
    if "django_migrations" not in there or applied_migrations(target) != ours:
        run_on_target(url, "migrate")
    if applied_migrations(target) != ours:
        raise BusinessError("move.other_release")
    remove_triggers(target)


def run_on_target(url: str, *words: str) -> None:
    """Run a command on the new database. Raises ``BusinessError`` with what it said if it fails."""
    done = subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-P", "-c", COMMERCE_PROGRAM, *words],
        env={**os.environ, "COMMERCE_DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        output = (done.stdout + done.stderr).strip()[-2000:]
        raise BusinessError("move.step_failed", step=words[0], output=output)


def copy_all(target: BaseDatabaseWrapper, tell: Callable[[str], object]) -> DatabaseMove:
    """Copy what the new database does not have yet, and compare all of it. Needs ``locked_source``.

    What was copied stays when it is stopped, and is compared again by the next try.
    """
    tables = tables_of.copied_tables()
    groups = tables_of.whole_groups(tables)
    move = DatabaseMove(left_out=_left_out(tables))
    digests: dict[str, TableDigest] = {}
    missing = _missing_groups(groups, target, digests, tell)
    move.kept = sum(map(len, groups)) - sum(map(len, missing))
    if missing:
        tables_of.clear_tables(target, [table for group in missing for table in group])
    for group in missing:
        with transaction.atomic(using=TARGET):
            for table in group:
                digests[table.name] = _copy(target, table, tell)
                move.copied += 1
    for table in (table for group in missing for table in group):
        tell(f"comparing {table.name}")
        if tables_of.table_digest(target, table) != digests[table.name]:
            raise BusinessError("move.differs", table=table.name)
    tables_of.copy_next_ids(connection, target, tables)
    move.rows = sum(digest.rows for digest in digests.values())
    return move


def _copy(
    target: BaseDatabaseWrapper, table: CopiedTable, tell: Callable[[str], object]
) -> TableDigest:
    return tables_of.copy_table(
        connection, target, table, lambda rows: tell(f"{table.name}: {rows:,} rows")
    )


def _missing_groups(
    groups: Sequence[Sequence[CopiedTable]],
    target: BaseDatabaseWrapper,
    digests: dict[str, TableDigest],
    tell: Callable[[str], object],
) -> list[Sequence[CopiedTable]]:
    """The first group that is not the same on both sides, and all after it, which may point to it."""
    for place, group in enumerate(groups):
        for table in group:
            tell(f"comparing {table.name}")
            there = tables_of.table_digest(target, table)
            digests[table.name] = tables_of.table_digest(connection, table)
            if there != digests[table.name]:
                return list(groups[place:])
    return []


def _left_out(tables: Sequence[CopiedTable]) -> list[str]:
    ours = {"django_migrations", MARKER_TABLE, MOVE_TABLE, "sqlite_sequence"}
    return [name for name in tables_of.unknown_tables(connection, tables) if name not in ours]


def end_move(target: BaseDatabaseWrapper) -> None:
    """Open the new database for use: with its triggers, and what PostgreSQL knows of its tables."""
    install_triggers(target)
    with target.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"DROP TABLE {MOVE_TABLE}")
