"""One database, made once and copied: by each process of a run of tests, and by each installation that they start.

To run all migrations takes five seconds of a core, to copy what they made takes none. The file is kept from run to run
beside pytest's own cache, under a name that says from which code it was made.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.cli.serving import call

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
    KEPT.mkdir(parents=True, exist_ok=True)
    path = KEPT / f"{_of_this_code()}.sqlite3"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            for old in KEPT.glob("*.sqlite3*"):
                old.unlink()
            with tempfile.TemporaryDirectory() as folder:
                done = call(Path(folder), "migrate")
                assert done.returncode == 0, done.stderr
                shutil.copy(Path(folder) / "commerce.sqlite3", path)
    return path


def copied(create: Callable[..., str]) -> Callable[..., str]:
    """Instead of Django's ``create_test_db``: a copy, in memory on SQLite; of the first worker's on PostgreSQL."""
    return (_on_sqlite if connection.vendor == "sqlite" else _on_postgresql)(create)


def _on_sqlite(create: Callable[..., str]) -> Callable[..., str]:
    @wraps(create)
    def copy(*_: Any, **__: Any) -> str:
        connection.close()
        name = connection.creation._get_test_db_name()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
        connection.ensure_connection()
        with closing(sqlite3.connect(f"file:{migrated()}?immutable=1", uri=True)) as file:
            file.backup(connection.connection)
        return str(name)

    return copy


def _on_postgresql(create: Callable[..., str]) -> Callable[..., str]:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    if not run:
        return create
    template = f"commerce_{run}"

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


def forget_template() -> None:
    """At the end of a run on PostgreSQL, by its first worker."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    if connection.vendor == "postgresql" and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "commerce_{run}"')
        with suppress(FileNotFoundError):
            (Path(tempfile.gettempdir()) / f"commerce_{run}.lock").unlink()
