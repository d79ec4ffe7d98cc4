"""The database of a backup: whether this release fits it, and bringing it back, up to date and proven."""

from pathlib import Path

from django.db import connection

from commerce import __version__
from commerce.cli.system.database import apply_migrations
from commerce.config import backup_archive, console, database_dump, encrypted_data
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.proof.runner import run_proof
from commerce.proof.steps import summarize_verdicts


def restore_database(manifest: backup_archive.BackupManifest, folder: Path) -> None:
    """Fill the empty database from the files of a backup in ``folder``. Raises ``BusinessError`` if it cannot be."""
    if connection.vendor != manifest.vendor:
        raise BusinessError(
            "backup.other_database", backup=manifest.vendor, database=connection.vendor
        )
    check_release(manifest)
    database_dump.require_empty_database()
    with console.print_step("Restoring the database"):
        database_dump.load_dump(folder / backup_archive.DATABASE_FILE, manifest)


def check_release(manifest: backup_archive.BackupManifest) -> None:
    """Raise ``BusinessError`` for a backup of a newer release."""
    if newer := database_dump.unknown_migrations(manifest.migrations):
        raise BusinessError(
            "backup.newer_release", newer=manifest.release, release=__version__, migration=newer[-1]
        )


def bring_up_to_date() -> bool:
    """Migrate, look at the keys, and prove the books; whether all holds."""
    apply_migrations()
    with console.print_step("Checking the data"):
        verdicts = run_proof(at=clock.now())
    console.print_message(f"Data checks: {summarize_verdicts(verdicts)}.")
    if lost := encrypted_data.count_undecryptable(check_all=True):
        console.print_message(
            f"No key can decrypt these stored secrets: {encrypted_data.join_kinds(lost)}."
            f" {encrypted_data.LOST_KEY_ADVICE}"
        )
    return not lost and all(verdict.holds for verdict in verdicts)
