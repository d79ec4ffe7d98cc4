"""A consistent copy of the database while business goes on, and its way back into an empty one."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from commerce.billing.models import Invoice
from commerce.config import backup_archive
from commerce.kit import files
from commerce.kit.errors import BusinessError
from commerce.payments.models import Payment

_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")

type Select = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a query; its rows."""

_SUMS = ((Invoice, "total"), (Payment, "amount"))


def applied_migrations(db: BaseDatabaseWrapper = connection) -> list[tuple[str, str]]:
    """The migrations that a database has seen. Raises ``BusinessError`` if it holds no installation."""
    seen = sorted(MigrationRecorder(db).applied_migrations())
    if not seen:
        raise BusinessError("backup.no_installation", database=shown_database(db))
    return seen


def unknown_migrations(applied: list[tuple[str, str]]) -> list[str]:
    """Which of these migrations this release does not have: those of a newer one."""
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update((app, name) for app, name in migration.replaces)
    return [f"{app}.{name}" for app, name in applied if (app, name) not in known]


def dump_database(path: Path) -> tuple[int, dict[str, int]]:
    """Write the whole database as of one moment into this file; the version of the tool that can read it, and how much
    there was.
    """
    if connection.vendor == "sqlite":
        return 0, _copy_sqlite(path)
    tool, version = _tool("pg_dump", _server_version())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")  # both look at the database as of now
        snapshot = f"--snapshot={cursor.fetchone()[0]}"
        totals = present_totals()
        _run([tool, "-Fc", "--no-owner", "--no-privileges", snapshot, "-f", str(path)])
    return version, totals


def present_totals() -> dict[str, int]:
    """How much there is in the database now."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)

        def select(query: str) -> Sequence[Sequence[Any]]:
            cursor.execute(query)
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

        return database_totals(select, tables)


def _copy_sqlite(to: Path) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        if (found := cursor.fetchone()[0]) != "ok":
            raise BusinessError("backup.database_damaged", database=shown_database(), problem=found)
    with closing(sqlite3.connect(to)) as made:
        connection.connection.backup(made)  # in one step, under one look at the database
        made.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
        return database_totals(lambda query: made.execute(query).fetchall(), tables)


def require_empty_database() -> None:
    """Raises ``BusinessError`` when there is a database where one is to be restored."""
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        for found in (path, *(Path(f"{path}{end}") for end in ("-wal", "-shm", "-journal"))):
            if found.exists():
                raise BusinessError("backup.file_in_the_way", path=found)
        return
    with connection.cursor() as cursor:
        tables = connection.introspection.get_table_list(cursor)
    if any(table.type in ("t", "p") for table in tables):
        raise BusinessError("backup.database_not_empty", database=shown_database())


def load_dump(dump: Path, manifest: backup_archive.BackupManifest) -> None:
    """Put the copy in the place of the empty database: all of it or nothing."""
    connection.close()
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        files.chown_to_folder_owner(path.parent, dump)
        backup_archive.move_into_place(dump, path)
        return
    tool, _ = _tool("pg_restore", max(manifest.tool, _server_version()))
    _run(
        [tool, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"],
        str(dump),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # without it a daily run can take ten times as long


def shown_database(db: BaseDatabaseWrapper = connection) -> str:
    """A database as errors name it."""
    name = db.settings_dict["NAME"]
    return str(name) if db.vendor == "sqlite" else f"The database {name}"


def _server_version() -> int:
    connection.ensure_connection()
    version: int = connection.connection.info.server_version
    return version // 10000


def _tool(name: str, least: int) -> tuple[str, int]:
    """The oldest program of PostgreSQL that is new enough, and its version."""
    beside = [path for folder in _FOLDERS for path in Path("/").glob(f"{folder}/{name}")]
    found = [(version, str(path)) for path in beside if (version := _version(str(path))) >= least]
    if not found and (path := shutil.which(name)) and (version := _version(path)) >= least:
        found = [(version, path)]
    if not found:
        raise BusinessError("backup.program_missing", program=name, version=least)
    version, path = min(found)
    return path, version


def _version(path: str) -> int:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a path of ours
    match = re.search(r"\b(\d+)", done.stdout)
    return int(match[1]) if match else 0


def _run(command: list[str], *arguments: str) -> None:
    """Run a program of PostgreSQL on our database; the password is in its environment alone."""
    from psycopg import conninfo, pq

    words = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    params = connection.get_connection_params()
    named = {key: value for key, value in params.items() if key in words}
    environment = {name: value for name, value in os.environ.items() if name[:9] != "COMMERCE_"}
    if password := named.pop("password", ""):
        environment["PGPASSWORD"] = password
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's own
        [*command, "-w", "-d", conninfo.make_conninfo(**named), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BusinessError(
            "backup.program_failed",
            program=Path(command[0]).name,
            output=done.stderr.strip()[-2000:],
        )


def database_totals(select: Select, tables: Sequence[str]) -> dict[str, int]:
    """Rows by the name of their table, and sums in minor units, as ``payments_payment.amount EUR``."""
    totals: dict[str, int] = {}
    for table in sorted(tables):
        [[totals[table]]] = select(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names that the database gave
    for model, column in _SUMS:
        if (table := model._meta.db_table) in totals:
            currency = model._meta.get_field("currency").column
            sums = select(f"SELECT {currency}, sum({column}) FROM {table} GROUP BY 1")  # noqa: S608 - names of ours
            totals |= {f"{table}.{column} {code}": int(total) for code, total in sums}
    return totals


def differing_totals(ours: dict[str, int], theirs: dict[str, int]) -> list[str]:
    """What is not the same in both, in words."""
    return [
        f"{name} {ours.get(name, 0):,} / {theirs.get(name, 0):,}"
        for name in sorted({*ours, *theirs})
        if ours.get(name, 0) != theirs.get(name, 0)
    ]
