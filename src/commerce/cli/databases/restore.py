"""`commerce restore`: an installation from the file that `commerce backup` wrote.

Keys and environment come first, Django after them: what an installation reads at its start is what is restored.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from commerce.config import backup_archive, console, env, key_files
from commerce.kit.errors import BusinessError


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--check",
    "only_check",
    is_flag=True,
    help="Verify that the backup is complete and compatible without restoring it.",
)
def restore(*, file: Path, only_check: bool) -> None:
    """Restore an installation from a backup.

    FILE is a backup made by `commerce backup`, or - for standard input. Restores the database to COMMERCE_DATABASE_URL
    or the data folder, and the keys to the data folder unless they are configured. Never overwrites a database or other
    keys. Verifies all files first, migrates a database of an older release, erases again what was erased since the
    backup (`erasures.txt` in the data folder or beside FILE), and then checks the data. Exits with 1 if the checks
    fail.
    """
    if only_check:
        _check(file)
        return
    data = env.folder("COMMERCE_DATA_DIR", "var")
    with TemporaryDirectory(dir=data, prefix=".commerce-restore-") as name:
        folder = Path(name)
        with console.print_step("Checking the backup"):
            manifest = _read(file, folder)
        with _keys(folder, data):
            console.load_django()
            from commerce.cli.databases import restore_database

            restore_database.restore_database(manifest, folder)
    holds = restore_database.bring_up_to_date(erasures_from=[data, file.parent])
    console.print_message(f"Restored: {manifest.url} as of {manifest.made_at}.")
    if not holds:
        raise SystemExit(1)


def _check(file: Path) -> None:
    manifest = _read(file, None)
    # What this release knows can be asked without this machine's installation, which need not be there yet.
    with TemporaryDirectory() as name:
        console.load_django_apart(name)
        from commerce.cli.databases import restore_database

        restore_database.check_release(manifest)
    keys = "with" if len(manifest.files) > 1 else "without"
    click.echo(
        f"Complete: {manifest.url} as of {manifest.made_at}, release {manifest.release}, {manifest.vendor},"
        f" {keys} keys."
    )


def _read(file: Path, into: Path | None) -> backup_archive.BackupManifest:
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
            f"{variable} differs from the backup's. Sessions and links in emails are no longer valid."
        )
