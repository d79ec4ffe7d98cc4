"""The database of a backup: whether this release fits it, and bringing it back, up to date and proven."""

from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from commerce import __version__
from commerce.accounts.erasure.actions.erasure import erase_again
from commerce.accounts.erasure.erasure_list import read_erasure_list, write_erasure_list
from commerce.accounts.models import Client, Erasure
from commerce.cli.databases.migrations import apply_migrations
from commerce.config import backup_archive, console, database_dump, encrypted_data
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.proof.books import books_in_words
from commerce.proof.runner import run_proof
from commerce.proof.steps import summarize_verdicts
from commerce.site_settings.current import business_date


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
    if manifest.totals and (
        wrong := database_dump.differing_totals(manifest.totals, database_dump.present_totals())
    ):
        raise BusinessError("backup.totals_differ", differences=", ".join(wrong[:10]))


def check_release(manifest: backup_archive.BackupManifest) -> None:
    """Raise ``BusinessError`` for a backup of a newer release."""
    if newer := database_dump.unknown_migrations(manifest.migrations):
        raise BusinessError(
            "backup.newer_release", newer=manifest.release, release=__version__, migration=newer[-1]
        )


def bring_up_to_date(*, erasures_from: Sequence[Path]) -> bool:
    """Migrate, erase what was erased since, look at the keys, and prove the books; whether all holds.

    ``erasures_from`` are the folders where a list of erasures may be.
    """
    apply_migrations()
    erase_again_from_lists(erasures_from)
    with console.print_step("Checking the data"):
        verdicts = run_proof(at=clock.now())
    console.print_message(
        f"Data checks: {summarize_verdicts(verdicts)}. Checked: {books_in_words()}."
    )
    if lost := encrypted_data.count_undecryptable(check_all=True):
        console.print_message(
            f"No key can decrypt these stored secrets: {encrypted_data.join_kinds(lost)}."
            f" {encrypted_data.LOST_KEY_ADVICE}"
        )
    return not lost and all(verdict.holds for verdict in verdicts)


def erase_again_from_lists(folders: Sequence[Path]) -> None:
    """Erase the clients of each list once more: the backup may be older than their erasure.

    A client who is younger than the erasure of their id is another one.
    """
    listed = {pk: day for folder in folders for pk, day in read_erasure_list(folder).items()}
    clients = Client.objects.filter(pk__in=listed).exclude(erasures__in=Erasure.objects.done())
    for client in clients.order_by("pk"):
        if business_date(client.created_at) <= listed[client.pk]:
            erase_again(client=client, ctx=Context(clock.now(), SYSTEM))
            console.print_message(f"Erased the data of client {client.pk} again.")
    write_erasure_list()
