"""`commerce rehearse`: whether a backup can be restored, updated to this release, and billed tomorrow."""

import json
from datetime import timedelta
from pathlib import Path

import click
from django.db import DatabaseError

from commerce.backoffice.system.rehearsal_words import rehearsal_figures, rehearsal_steps
from commerce.cli.databases.scratch_installation import newest_backup, restored_backup
from commerce.config import console, database_dump
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.presentation.labels import Text
from commerce.runs.backups import record_rehearsal, send_rehearsal_email
from commerce.site_settings.current import business_date


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
    file = newest_backup(file)
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


def _rehearse(file: Path) -> list[Text]:
    """The figures. Raises ``BusinessError`` with what failed."""
    with (
        restored_backup(file) as (manifest, scratch),
        console.print_step("Trying tomorrow's daily run"),
    ):
        tomorrow = business_date(clock.now()) + timedelta(days=1)
        words = ("daily", "--dry-run", "--json", "--on", tomorrow.isoformat())
        report = json.loads(scratch.run(*words))
    return [
        *rehearsal_figures(manifest.totals, database_dump.present_totals()),
        *rehearsal_steps(report["steps"]),
    ]


def _tell(file: Path, lines: list[Text], problem: str) -> None:
    """Keep it and mail it; a database that another release left may refuse both."""
    at = clock.now()
    try:
        record_rehearsal(at=at, problem=problem)
        send_rehearsal_email(file=file.name, lines=lines, failed=bool(problem), at=at)
    except DatabaseError as error:
        console.print_message(f"The result couldn't be recorded: {redact(str(error)).strip()}")
