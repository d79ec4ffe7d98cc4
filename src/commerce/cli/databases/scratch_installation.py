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
from django.db.backends.utils import CursorWrapper

from commerce.cli.databases.backup import BACKUP_PATTERN
from commerce.config import backup_archive, console, env
from commerce.config.database_move import COMMERCE_PROGRAM
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact

ROOM = 3
"""Times the size of what is in the backup: what is unpacked, restored, and rewritten by migrations."""
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

    def run(self, *words: str) -> str:
        """What a command of this release says there. Raises ``BusinessError`` if it fails."""
        done = subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-P", "-c", COMMERCE_PROGRAM, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            output = redact(done.stderr or done.stdout).strip()[-2000:]
            raise BusinessError("rehearsal.step_failed", step=words[0], output=output)
        return done.stdout


def newest_backup(file: Path) -> Path:
    """The file itself, or the newest backup in a folder."""
    if not file.is_dir():
        return file
    found = sorted(file.glob(BACKUP_PATTERN))
    if not found:
        raise BusinessError("rehearsal.no_backup", path=file)
    return found[-1].resolve()


@contextmanager
def restored_backup(
    file: Path,
) -> Iterator[tuple[backup_archive.BackupManifest, ScratchInstallation]]:
    """A backup with its manifest, restored and brought up to date beside the installation."""
    with console.print_step("Checking the backup"):
        manifest = _read(file)
    keyed = any(one.name == backup_archive.KEY_RING_FILE for one in manifest.files)
    with _scratch_installation(own_keys=keyed) as scratch:
        with console.print_step("Restoring and updating it"):
            scratch.run("restore", str(file))
        yield manifest, scratch


def _read(file: Path) -> backup_archive.BackupManifest:
    try:
        with file.open("rb") as content:
            manifest = backup_archive.read_backup(content, None)
    except (backup_archive.BrokenBackup, OSError) as error:
        raise BusinessError("backup.not_restorable", path=file, problem=error) from error
    needed = ROOM * sum(one.size for one in manifest.files)
    if shutil.disk_usage(settings.COMMERCE_DATA_DIR).free < needed:
        raise BusinessError(
            "rehearsal.no_room", path=settings.COMMERCE_DATA_DIR, megabytes=needed // 1_000_000
        )
    return manifest


@contextmanager
def _scratch_installation(*, own_keys: bool) -> Iterator[ScratchInstallation]:
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
    ours = str(connection.settings_dict["NAME"])
    name, mark = f"{ours[:50]}_rehearsal", f"Rehearsal of {ours}."
    with _telling_why(), connection.cursor() as cursor:
        # The locked file is one node's alone. It goes with the connection, when the command ends.
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('commerce rehearse', 0))")
        if not cursor.fetchone()[0]:
            raise BusinessError("rehearsal.in_progress")
        _drop(cursor, name, mark)
        quoted = connection.ops.quote_name(name)
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
        cursor.execute(f"COMMENT ON DATABASE {quoted} IS %s", [mark])
    try:
        yield urlsplit(env.secret(_DATABASE))._replace(path=f"/{quote(name)}").geturl()
    finally:
        with _telling_why(), connection.cursor() as cursor:
            _drop(cursor, name, mark)


def _drop(cursor: CursorWrapper, name: str, mark: str) -> None:
    """Drop what a rehearsal of this database made. Raises ``BusinessError`` if it is somebody else's."""
    cursor.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    )
    for (found,) in cursor.fetchall():
        if found != mark:
            raise BusinessError("rehearsal.database_exists", name=name)
        cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)}")


@contextmanager
def _telling_why() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        problem = redact(str(error)).strip()
        raise BusinessError("rehearsal.no_database", problem=problem) from error
