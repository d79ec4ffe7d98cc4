"""An installation for a short while: a folder and an empty database beside those in use, and commands on it."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from commerce.config import env
from commerce.config.database_move import COMMERCE_PROGRAM
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact

_DATABASE, _KEYS = "COMMERCE_DATABASE_URL", ("COMMERCE_KEY_RING", "COMMERCE_SECRET_KEY")


class ScratchInstallation:
    """Where it is, and what its commands see; it has the keys of the backup alone, or ours where that has none."""

    def __init__(self, folder: Path, database_url: str, *, own_keys: bool) -> None:
        ours = {_DATABASE, "COMMERCE_DATA_DIR", *_KEYS}
        dropped = ours | {f"{name}_FILE" for name in ours}
        self.environment = {
            name: value for name, value in os.environ.items() if name not in dropped
        }
        self.environment["COMMERCE_DATA_DIR"] = str(folder)
        if database_url:
            self.environment[_DATABASE] = database_url
        if not own_keys:
            self.environment[_KEYS[0]] = ",".join(settings.COMMERCE_KEY_RING)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of this release there."""
        return subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-P", "-c", COMMERCE_PROGRAM, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )


@contextmanager
def scratch_installation(*, own_keys: bool) -> Iterator[ScratchInstallation]:
    """An empty one, which goes when the block ends; what a killed process left goes first.

    Raises ``BusinessError`` while there is another one.
    """
    folder = settings.COMMERCE_DATA_DIR / "rehearsal"
    with (settings.COMMERCE_DATA_DIR / "rehearsal.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusinessError("rehearsal.in_progress") from error
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            with _database() as url:
                yield ScratchInstallation(folder, url, own_keys=own_keys)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database() -> Iterator[str]:
    """A new database on the same server, by its address; none with SQLite, whose file stands in the folder."""
    if connection.vendor == "sqlite":
        yield ""
        return
    name = f"{connection.settings_dict['NAME'][:50]}_rehearsal"
    drop = f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}"
    create = f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0 ENCODING 'UTF8'"
    _execute(drop, create)
    try:
        yield urlsplit(env.secret(_DATABASE))._replace(path=f"/{quote(name)}").geturl()
    finally:
        _execute(drop)


def _execute(*statements: str) -> None:
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except DatabaseError as error:
        problem = redact(str(error)).strip()
        raise BusinessError("rehearsal.no_database", problem=problem) from error
