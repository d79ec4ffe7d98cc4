"""One database, made once and copied: by each process of a run of tests, and by each installation that they start.

To run all migrations takes five seconds of a core, to copy what they made takes none. The file is kept from run to run
beside pytest's own cache, under a name that says from which code it was made.
"""

import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from commerce.accounts.models import StaffRole
from commerce.accounts.staff_rules import ShippedRole
from commerce.catalog.actions.editing import create_initial_rows
from commerce.db import triggers
from tests.demo.first_start import start_from_nothing
from tests.server.running import environment, run_command

_KEPT_STATEMENTS = 2000
"""SQLite parses a statement that comes again once. Each savepoint has a name of its own, and soon fills the usual 128:
a seventh of the run."""

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "databases"


def _of_this_code() -> str:
    """A name that changes with anything that could change what ``commerce migrate`` makes."""
    found = hashlib.sha256()
    for path in (*sorted((ROOT / "src").rglob("*.py")), ROOT / "requirements" / "base.txt"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


@cache
def migrated() -> Path:
    """The SQLite file of an installation that is up to date and empty, as ``commerce migrate`` made it."""

    def make(folder: Path) -> None:
        done = run_command(folder, "migrate")
        assert done.returncode == 0, done.stderr

    return _kept("empty", make) / "commerce.sqlite3"


@cache
def demo() -> Path:
    """The data folder of a demo that was made today by ``commerce demo``, to be copied."""
    return _kept(f"demo-{datetime.now(UTC).date()}", start_from_nothing)


LEAP_DAY = "Pacific/Midway", datetime(2028, 3, 1, 10, 30, tzinfo=UTC)
"""Where it is still the day before, at the end of the world: business dates follow the zone."""


@cache
def demo_of_leap_day() -> Path:
    """The data folder of a demo that was made then and there, to be copied."""
    zone, at = LEAP_DAY
    empty = migrated()  # not in ``make``: it holds the lock

    def make(folder: Path) -> None:
        shutil.copy(empty, folder)
        done = subprocess.run(
            [sys.executable, "-m", "tests.demo.own_process", "build", zone, at.isoformat()],
            env=environment(folder, COMMERCE_DEMO="1"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return _kept("demo-of-leap-day", make)


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name as this code makes it; what other code made is thrown away."""
    KEPT.mkdir(parents=True, exist_ok=True)
    code = _of_this_code()
    folder = KEPT / f"{code}-{name}"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in KEPT.iterdir():
                if old.is_dir() and not old.name.startswith(code):
                    shutil.rmtree(old)
            half = Path(tempfile.mkdtemp(dir=KEPT, prefix=f"{code}-half-"))
            make(half)
            half.rename(folder)
    return folder


def copied(create: Callable[..., str]) -> Callable[..., str]:
    """Instead of Django's ``create_test_db``: a copy, in memory on SQLite; of the first worker's on PostgreSQL."""
    return (_on_sqlite if connection.vendor == "sqlite" else _on_postgresql)(create)


def _on_sqlite(create: Callable[..., str]) -> Callable[..., str]:
    @wraps(create)
    def copy(*_: Any, **__: Any) -> str:
        connection.close()
        name = connection.creation._get_test_db_name()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        connection.settings_dict["OPTIONS"]["cached_statements"] = _KEPT_STATEMENTS
        load(migrated())
        return str(name)

    return copy


def load(file: Path) -> None:
    """Let the database of these tests, in memory on SQLite, be as this file is."""
    connection.ensure_connection()
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as rows:
        rows.backup(connection.connection)
    _make_strict(connection.connection)


_STRICT = (
    (
        re.compile(r'(("\w+") varchar\((\d+)\))'),
        r"\1 CHECK (length(\2) <= \3 AND instr(\2, char(0)) = 0)",
    ),
    (
        re.compile(r'(("\w+") text(?: NULL| NOT NULL)? CHECK \(\(JSON_VALID)'),
        r"""\2 text CHECK (instr(\2, '\\u0000') = 0) CHECK ((JSON_VALID""",
    ),
    (re.compile(r'(("\w+") text)\b'), r"\1 CHECK (instr(\2, char(0)) = 0)"),
    (
        re.compile(r'(("\w+") integer(?: unsigned)?)\b(?! NOT NULL PRIMARY KEY)'),
        r"\1 CHECK (\2 BETWEEN -2147483648 AND 2147483647)",
    ),
    (
        re.compile(r'(("\w+") smallint(?: unsigned)?)\b'),
        r"\1 CHECK (\2 BETWEEN -32768 AND 32767)",
    ),
)


def _make_strict(raw: sqlite3.Connection) -> None:
    """Let SQLite refuse what PostgreSQL refuses: too long texts, too large numbers, the character NUL; and give rows in
    the wrong order where none is asked for.

    So the tests that `plan.py` leaves out on PostgreSQL would come out no otherwise there.
    """
    raw.execute("PRAGMA writable_schema = ON")
    found = raw.execute("SELECT rowid, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    for row, made in found:
        sql = made
        for pattern, strict in _STRICT:
            sql = pattern.sub(strict, sql)
        if sql != made:
            raw.execute("UPDATE sqlite_master SET sql = ? WHERE rowid = ?", [sql, row])
    raw.execute("PRAGMA writable_schema = RESET")
    raw.execute("PRAGMA reverse_unordered_selects = ON")


def _template() -> str:
    return f"commerce_{run}" if (run := os.environ.get("PYTEST_XDIST_TESTRUNUID", "")) else ""


def template() -> str:
    """A database that is up to date and empty, once those of this run were made; without workers, an empty one."""
    return _template() or "template1"


def _on_postgresql(create: Callable[..., str]) -> Callable[..., str]:
    template = _template()
    if not template:
        return create

    @wraps(create)
    def copy(*arguments: Any, **options: Any) -> str:
        with (Path(tempfile.gettempdir()) / f"{template}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with connection._nodb_cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", [template])
                is_made = cursor.fetchone() is not None
            if is_made:
                connection.settings_dict["TEST"]["TEMPLATE"] = template
            name = str(create(*arguments, **options))
            if not is_made:
                connection.close()
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{name}"')
        return name

    return copy


@cache
def _which_have_rows() -> str:
    """A statement that names the tables with rows; but for those that ``migrate`` alone fills, and nothing else."""
    names = set(connection.introspection.django_table_names())
    names -= {ContentType._meta.db_table, Permission._meta.db_table}
    quoted = {name: connection.ops.quote_name(name) for name in sorted(names)}
    each = "SELECT '{}' WHERE EXISTS (SELECT 1 FROM {})"
    return " UNION ALL ".join(each.format(*name) for name in quoted.items())


def empty_tables() -> None:
    """As ``migrate`` left them, after a test with transactions of its own. Django's ``flush`` makes each of 120 tables
    with its indexes anew, which takes PostgreSQL more time than the test.
    """
    with triggers.allow_retention(), connection.cursor() as cursor:
        cursor.execute(_which_have_rows())
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
        create_initial_rows()
        StaffRole.objects.bulk_create(StaffRole(key=key.value) for key in ShippedRole)


def ending_sessions(destroy: Callable[..., None]) -> Callable[..., None]:
    """``destroy`` a test's database even where a thread of a test has left a session on it."""

    @wraps(destroy)
    def ending(name: str, verbosity: int) -> None:
        if connection.vendor == "postgresql":
            with connection.creation._nodb_cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [name],
                )
        destroy(name, verbosity)

    return ending


def forget_template() -> None:
    """At the end of a run on PostgreSQL, by its first worker."""
    name = _template()
    if connection.vendor == "postgresql" and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        with suppress(FileNotFoundError):
            (Path(tempfile.gettempdir()) / f"{name}.lock").unlink()
