"""`commerce move-database`: from SQLite to PostgreSQL, or back."""

from pathlib import Path

import click
from django.db import connection

from commerce.config import console, database_move, env
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.proof.books import books_in_words

_VARIABLE = "COMMERCE_NEW_DATABASE_URL"


@click.command("move-database")
@click.argument("url", default="")
def move_database(*, url: str) -> None:
    """Copy everything into another database: SQLite or PostgreSQL.

    URL is an empty database, written as in COMMERCE_DATABASE_URL. A URL with a password is better kept in
    COMMERCE_NEW_DATABASE_URL, or in the file that COMMERCE_NEW_DATABASE_URL_FILE names, since others see the words of a
    command. Stop the server and all workers first. The old database is locked until the end, and isn't changed.

    Compares every row of both databases, then checks the data. If it was interrupted, run it again: what is there
    already and the same is kept. An SQLite file that was moved gets `.moved` and the time added to its name, so that
    nothing starts on it by mistake.
    """
    url = url or env.secret(_VARIABLE)
    if not url:
        raise click.UsageError(f"Specify URL, or set {_VARIABLE}.")
    target = database_move.open_target(url, name="URL")
    with database_move.locked_source():
        with console.print_step("Preparing the new database"):
            database_move.prepare_target(target, url)
        with console.print_progress("Copying") as tell:
            move = database_move.copy_all(target, tell)
        with console.print_step("Adding triggers and statistics"):
            database_move.end_move(target)
    console.print_message(
        f"{move.kept + move.copied} tables with {move.rows:,} rows are equal in both databases"
        f" ({books_in_words(using=database_move.TARGET)})."
    )
    if move.left_out:
        console.print_message(
            f"Tables that aren't part of Commerce weren't copied: {', '.join(move.left_out)}."
        )
    with console.print_step("Checking the data"):
        database_move.run_on_target(url, "prove")
    _set_old_aside()
    console.print_message("Set COMMERCE_DATABASE_URL to the new database, then start the server.")


def _set_old_aside() -> None:
    """Nothing starts on the former database by mistake: charges and mails would go out twice."""
    if connection.vendor != "sqlite":
        console.print_message("Don't start anything on the old database.")
        return
    path = Path(connection.settings_dict["NAME"])
    connection.close()
    aside = path.with_name(f"{path.name}.moved-{clock.now():%Y%m%dT%H%M%SZ}")
    try:
        path.rename(aside)
    except OSError as error:
        raise BusinessError("backup.not_writable", path=aside, problem=error.strerror) from error
    console.print_message(f"The old database is kept as {aside.name}.")
