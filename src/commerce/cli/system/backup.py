"""`commerce backup`: the whole installation in one file."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import click
from django.conf import settings
from django.db import connection

from commerce import __version__
from commerce.config import backup_archive, console, database_dump
from commerce.kit import clock
from commerce.kit.errors import BusinessError

_PATTERN = "commerce-????????T??????Z.tar.gz"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--without-keys", is_flag=True, help="Leave the key ring and the secret key out.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="With a folder: delete older backups in it but for the newest N.",
)
def backup(*, file: Path, without_keys: bool, keep: int | None) -> None:
    """Write the whole installation into one file.

    The database as of one moment, with all documents and pictures in it, and the keys, while business goes on. FILE
    must not exist yet; in a folder the file is named by its instant; - is standard output. The name is printed.

    The file is as secret as the installation itself: with its keys, all that is encrypted in the database can be
    read. Keep it where nobody else can, encrypt it before it leaves the machine, or take --without-keys and keep the
    keys elsewhere.
    """
    if keep and not file.is_dir():
        raise click.UsageError("--keep goes with a folder.")
    if str(file) == "-":
        if sys.stdout.isatty():
            raise BusinessError("backup.to_screen")
        _write(sys.stdout.buffer, with_keys=not without_keys)
        return
    folder = file if file.is_dir() else file.parent
    if file.is_dir():
        file /= f"commerce-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"
    try:
        with backup_archive.new_whole_file(file) as out:
            _write(out, with_keys=not without_keys, beside=folder)
    except FileExistsError as error:
        raise BusinessError("backup.exists", problem=error) from error
    except OSError as error:
        raise BusinessError("backup.not_writable", path=file, problem=error.strerror) from error
    click.echo(file)
    for old in sorted(folder.glob(_PATTERN))[:-keep] if keep else ():
        old.unlink()
        console.print_message(f"{old} deleted.")


def _write(out: IO[bytes], *, with_keys: bool, beside: Path | None = None) -> None:
    seen = database_dump.applied_migrations()
    # Where the backup goes there must be room for it; the data folder is the place for one that goes elsewhere.
    with TemporaryDirectory(
        dir=beside or settings.COMMERCE_DATA_DIR, prefix=".commerce-backup-"
    ) as name:
        folder = Path(name)
        parts = {backup_archive.DATABASE_FILE: folder / backup_archive.DATABASE_FILE}
        with console.print_step("Copying the database"):
            tool = database_dump.dump_database(parts[backup_archive.DATABASE_FILE])
        if with_keys:
            for key, text in (
                (backup_archive.KEY_RING_FILE, "\n".join(settings.COMMERCE_KEY_RING)),
                (backup_archive.SECRET_KEY_FILE, settings.SECRET_KEY),
            ):
                parts[key] = folder / key
                parts[key].write_text(f"{text}\n", "utf-8")
        manifest = backup_archive.BackupManifest(
            release=__version__,
            made_at=f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
            url=settings.COMMERCE_URL,
            vendor=connection.vendor,  # type: ignore[arg-type]
            tool=tool,
            migrations=seen,
        )
        with console.print_step("Writing the backup"):
            backup_archive.write_backup(out, manifest, parts)
