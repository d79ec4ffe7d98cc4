"""`commerce rehearse`: whether a backup can be restored, updated to this release, and billed tomorrow."""

import json
import shutil
from datetime import timedelta
from pathlib import Path

import click
from django.conf import settings
from django.db import DatabaseError

from commerce.backoffice.system.rehearsal_words import rehearsal_figures, rehearsal_steps
from commerce.cli.databases.backup import BACKUP_PATTERN
from commerce.cli.databases.scratch_installation import ScratchInstallation, scratch_installation
from commerce.config import backup_archive, console, database_dump
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.presentation.labels import Text
from commerce.runs.backups import record_rehearsal, send_rehearsal_email
from commerce.site_settings.current import business_date

ROOM = 3
"""Times the size of what is in the backup: what is unpacked, restored, and rewritten by migrations."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
def rehearse(*, file: Path) -> None:
    """Restore a backup beside the installation, and run tomorrow on it.

    FILE is a backup, or a folder whose newest backup is used. It is restored into a scratch database, compared with
    what was backed up, updated to this release, and checked. Then tomorrow's daily run is tried on it, and all of it is
    deleted. Nothing is sent or charged. Staff get the result by email. Exits with 1 if something failed.

    To try an update, run it with the new release before you install that. With PostgreSQL, the user of the database
    must be allowed to create one: ALTER ROLE commerce CREATEDB.
    """
    file = _newest(file)
    console.print_message(f"Rehearsing {file}.")
    lines: list[Text] = []
    problem = ""
    try:
        lines = _rehearse(file)
    except BusinessError as error:
        if error.code == "rehearsal.in_progress":
            raise
        problem = str(error)
    _tell(file, lines, problem)
    for line in lines:
        click.echo(line)
    if problem:
        raise BusinessError("rehearsal.failed", path=file, problem=problem)


def _newest(file: Path) -> Path:
    if not file.is_dir():
        return file
    found = sorted(file.glob(BACKUP_PATTERN))
    if not found:
        raise BusinessError("rehearsal.no_backup", path=file)
    return found[-1].resolve()


def _rehearse(file: Path) -> list[Text]:
    """The figures. Raises ``BusinessError`` with what failed."""
    with console.print_step("Checking the backup"):
        manifest = _read(file)
    keyed = any(one.name == backup_archive.KEY_RING_FILE for one in manifest.files)
    with scratch_installation(own_keys=keyed) as scratch:
        with console.print_step("Restoring and updating it"):
            _run(scratch, "restore", str(file))
        with console.print_step("Trying tomorrow's daily run"):
            tomorrow = business_date(clock.now()) + timedelta(days=1)
            words = ("daily", "--dry-run", "--json", "--on", tomorrow.isoformat())
            report = json.loads(_run(scratch, *words))
    return [
        *rehearsal_figures(manifest.totals, database_dump.present_totals()),
        *rehearsal_steps(report["steps"]),
    ]


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


def _run(scratch: ScratchInstallation, *words: str) -> str:
    done = scratch.run(*words)
    if done.returncode:
        output = redact(done.stderr or done.stdout).strip()[-2000:]
        raise BusinessError("rehearsal.step_failed", step=words[0], output=output)
    return done.stdout


def _tell(file: Path, lines: list[Text], problem: str) -> None:
    """Keep it and mail it; a database that another release left may refuse both."""
    at = clock.now()
    try:
        record_rehearsal(at=at, problem=problem)
        send_rehearsal_email(file=file.name, lines=lines, failed=bool(problem), at=at)
    except DatabaseError as error:
        console.print_message(f"The result couldn't be recorded: {redact(str(error)).strip()}")
