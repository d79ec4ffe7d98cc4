"""`commerce backup`: the whole installation in one file."""

import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import click
from django.conf import settings
from django.db import DatabaseError, connection

from commerce import __version__
from commerce.accounts.erasure import erasure_list
from commerce.config import backup_archive, console, database_dump
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.runs.backups import record_backup

BACKUP_PATTERN = "commerce-????????T??????Z.tar.gz"
"""Names of backups in a folder: the newest is the last one in order."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--without-keys", is_flag=True, help="Exclude the key ring and the secret key.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="When FILE is a folder, keep only the newest N backups in it.",
)
def backup(*, file: Path, without_keys: bool, keep: int | None) -> None:
    """Back up the whole installation to a single file.

    Contains a consistent snapshot of the database, including all documents and images, and the keys. Safe to run while
    the system is in use. FILE must not exist; in a folder, the file is named after the current time; use - for standard
    output. Prints the name of the file. The list of erasures, ids and dates only, is kept beside it as `erasures.txt`:
    a restore erases again what was erased since.

    Protect the file like the installation itself: with the keys, all encrypted data can be read. Encrypt it before it
    leaves the machine, or use --without-keys and store the keys elsewhere.
    """
    if keep and not file.is_dir():
        raise click.UsageError("--keep requires a folder.")
    if str(file) == "-":
        if sys.stdout.isatty():
            raise BusinessError("backup.to_screen")
        _record(*_write(sys.stdout.buffer, with_keys=not without_keys))
        return
    folder = file if file.is_dir() else file.parent
    if file.is_dir():
        file /= f"commerce-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"
    try:
        with backup_archive.new_whole_file(file) as out:
            made_at, size = _write(out, with_keys=not without_keys, beside=folder)
        erasure_list.write_erasure_list(folder)
    except FileExistsError as error:
        raise BusinessError("backup.exists", problem=error) from error
    except OSError as error:
        raise BusinessError("backup.not_writable", path=file, problem=error.strerror) from error
    _record(made_at, size)
    click.echo(file)
    for old in sorted(folder.glob(BACKUP_PATTERN))[:-keep] if keep else ():
        old.unlink()
        console.print_message(f"Deleted {old}.")


def _record(made_at: datetime, size: int) -> None:
    """The backup is there whatever the database says of it: a standby, or one of another release, keeps no note."""
    try:
        record_backup(at=made_at, size=size)
    except DatabaseError as error:
        console.print_message(f"The backup couldn't be recorded: {redact(str(error)).strip()}")


def _write(out: IO[bytes], *, with_keys: bool, beside: Path | None = None) -> tuple[datetime, int]:
    """Write a backup; as of when it is, and its size in bytes."""
    seen, made_at = database_dump.applied_migrations(), clock.now()
    # Where the backup goes there must be room for it; the data folder is the place for one that goes elsewhere.
    with TemporaryDirectory(
        dir=beside or settings.COMMERCE_DATA_DIR, prefix=".commerce-backup-"
    ) as name:
        folder = Path(name)
        parts = {backup_archive.DATABASE_FILE: folder / backup_archive.DATABASE_FILE}
        with console.print_step("Copying the database"):
            tool, totals = database_dump.dump_database(parts[backup_archive.DATABASE_FILE])
        if with_keys:
            for key, text in (
                (backup_archive.KEY_RING_FILE, "\n".join(settings.COMMERCE_KEY_RING)),
                (backup_archive.SECRET_KEY_FILE, settings.SECRET_KEY),
            ):
                parts[key] = folder / key
                parts[key].write_text(f"{text}\n", "utf-8")
        manifest = backup_archive.BackupManifest(
            release=__version__,
            made_at=f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
            url=settings.COMMERCE_URL,
            vendor=connection.vendor,  # type: ignore[arg-type]
            tool=tool,
            migrations=seen,
            totals=totals,
        )
        with console.print_step("Writing the backup"):
            size = backup_archive.write_backup(out, manifest, parts)
    return made_at, size
