"""`commerce backup` and `commerce restore`: the whole installation in one file, and back."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

import click

from commerce import __version__
from commerce.config import console, env
from commerce.kit.errors import BusinessError

if TYPE_CHECKING:
    from commerce.config.backup_archive import BackupManifest

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
    console.load_django()
    from commerce.kit import clock

    if str(file) == "-":
        if sys.stdout.isatty():
            raise BusinessError("backup.to_screen")
        _write(sys.stdout.buffer, with_keys=not without_keys)
        return
    folder = file if file.is_dir() else file.parent
    if file.is_dir():
        file /= f"commerce-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz"
    from commerce.config import backup_archive

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
    from django.conf import settings
    from django.db import connection

    from commerce.config import backup_archive, database_dump
    from commerce.kit import clock

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


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Only see whether the backup is whole and fits this release; restore nothing.",
)
def restore(*, file: Path, only_check: bool) -> None:
    """Bring an installation back from a backup.

    FILE is what `commerce backup` wrote; - is standard input. The database goes where COMMERCE_DATABASE_URL says, or
    into the data folder, the keys into the data folder unless they are configured. There must be neither a database
    nor other keys: nothing is overwritten. Every file is compared with its hash first; a database of an older release
    is brought up to date; then the books are proven, and exit code 1 says that they do not add up.
    """
    if only_check:
        _check(file)
        return
    data = env.folder("COMMERCE_DATA_DIR", "var")
    with TemporaryDirectory(dir=data, prefix=".commerce-restore-") as name:
        folder = Path(name)
        with console.print_step("Looking at the backup"):
            manifest = _read(file, folder)
        with _keys(folder, data):
            _restore(manifest, folder)
    holds = _bring_up_to_date()
    console.print_message(f"Restored: {manifest.url} as of {manifest.made_at}.")
    if not holds:
        raise SystemExit(1)


def _check(file: Path) -> None:
    manifest = _read(file, None)
    # What this release knows can be asked without this machine's installation, which need not be there yet.
    with TemporaryDirectory() as name:
        os.environ["COMMERCE_DATA_DIR"] = name
        for variable in ("COMMERCE_DATABASE_URL", "COMMERCE_DATABASE_URL_FILE"):
            os.environ.pop(variable, None)
        console.load_django()
        _must_fit(manifest)
    keys = "with" if len(manifest.files) > 1 else "without"
    click.echo(
        f"Whole: {manifest.url} as of {manifest.made_at}, release {manifest.release}, {manifest.vendor}, {keys} keys."
    )


def _read(file: Path, into: Path | None) -> "BackupManifest":
    from commerce.config import backup_archive

    try:
        if str(file) == "-":
            return backup_archive.read_backup(sys.stdin.buffer, into)
        with file.open("rb") as content:
            return backup_archive.read_backup(content, into)
    except backup_archive.BrokenBackup as error:
        raise BusinessError("backup.not_restorable", path=file, problem=error) from error


@contextmanager
def _keys(folder: Path, data: Path) -> Iterator[None]:
    """Put the keys of the backup where the installation looks for them; what goes wrong afterwards takes them away."""
    from commerce.config import backup_archive, key_files

    placed: list[Path] = []
    try:
        for name, variable in (
            (backup_archive.KEY_RING_FILE, "COMMERCE_KEY_RING"),
            (backup_archive.SECRET_KEY_FILE, "COMMERCE_SECRET_KEY"),
        ):
            if not (folder / name).exists():
                _must_be_given(variable, data / name)
                continue
            wanted = (folder / name).read_text("utf-8")
            if given := env.secret(variable):
                _must_have(given, wanted, variable, name)
                continue
            there = data / name
            if key_files.read_or_create_key(there, wanted).split() != wanted.split():
                raise BusinessError("backup.other_key", path=there)
            if there in key_files.created_key_files:
                placed.append(there)
                key_files.created_key_files.discard(there)
        yield
    except BaseException:
        for path in placed:
            path.unlink(missing_ok=True)
        raise


def _must_be_given(variable: str, path: Path) -> None:
    if path.name == "ring.key" and not (path.exists() or env.secret(variable)):
        raise BusinessError("backup.without_keys", path=path, variable=variable)


def _must_have(given: str, wanted: str, variable: str, name: str) -> None:
    missing = set(wanted.split()) - set(given.replace(",", " ").split())
    if missing and name == "ring.key":
        if len(missing) == 1:
            raise BusinessError("backup.key_missing", variable=variable)
        raise BusinessError("backup.keys_missing", variable=variable)
    if missing:
        console.print_message(
            f"{variable} is another one than the backup's: sessions and links in emails end."
        )


def _restore(manifest: "BackupManifest", folder: Path) -> None:
    console.load_django()
    from django.db import connection

    from commerce.config import backup_archive, database_dump

    if connection.vendor != manifest.vendor:
        raise BusinessError(
            "backup.other_database", backup=manifest.vendor, database=connection.vendor
        )
    _must_fit(manifest)
    database_dump.require_empty_database()
    with console.print_step("Restoring the database"):
        database_dump.load_dump(folder / backup_archive.DATABASE_FILE, manifest)


def _must_fit(manifest: "BackupManifest") -> None:
    from commerce.config import database_dump

    if newer := database_dump.unknown_migrations(manifest.migrations):
        raise BusinessError(
            "backup.newer_release", newer=manifest.release, release=__version__, migration=newer[-1]
        )


def _bring_up_to_date() -> bool:
    """Migrate, look at the keys, and prove the books; whether all holds."""
    from commerce.cli.system.installation import apply_migrations
    from commerce.config import encrypted_data
    from commerce.kit import clock
    from commerce.proof.runner import run_proof
    from commerce.proof.steps import summarize_verdicts

    apply_migrations()
    with console.print_step("Proving the books"):
        verdicts = run_proof(at=clock.now())
    console.print_message(f"The proof: {summarize_verdicts(verdicts)}.")
    if lost := encrypted_data.count_undecryptable(check_all=True):
        console.print_message(
            f"No key opens what is encrypted ({encrypted_data.join_kinds(lost)}). {encrypted_data.LOST_KEY_ADVICE}"
        )
    return not lost and all(verdict.holds for verdict in verdicts)
