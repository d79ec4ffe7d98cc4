"""`commerce move-database`: all or nothing, nobody else at it, and the old one kept."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.running import once, run_command

pytestmark = once

RATE = "INSERT INTO site_settings_sitesetting VALUES ('mail.from_name', '\"Æther\"')"


def half_moved(prepared: Path, path: Path) -> str:
    """A database in which a move was begun: its URL."""
    shutil.copy(prepared / "commerce.sqlite3", path)
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE commerce_move (marker integer)")
        file.execute("INSERT INTO site_settings_sitesetting VALUES ('mail.from_name', '\"Half\"')")
        file.commit()
    return f"sqlite:///{path}"


def setting_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as file:
        found = file.execute(
            "SELECT value FROM site_settings_sitesetting WHERE key = 'mail.from_name'"
        )
        return str(found.fetchone()[0])


def test_everything_is_moved_once_nobody_else_is_at_it(
    data: Path, prepared: Path, tmp_path: Path
) -> None:
    old, new = data / "commerce.sqlite3", tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(old)) as file:
        file.execute(RATE)
        file.commit()
    url = half_moved(prepared, new)
    for command in ("serve", "daily"):
        begun = run_command(data, command, COMMERCE_DATABASE_URL=url)
        assert (begun.returncode, "hasn't finished" in begun.stderr) == (1, True)

    with closing(sqlite3.connect(old)) as somebody:
        somebody.execute("SELECT count(*) FROM accounts_client").fetchone()
        done = run_command(data, "move-database", url)
        assert (done.returncode, "in use by another process" in done.stderr) == (1, True)

    done = run_command(data, "move-database", COMMERCE_NEW_DATABASE_URL=url)
    assert done.returncode == 0, done.stderr
    assert "are equal in both databases (0 clients" in done.stderr
    assert not old.exists()
    [kept] = data.glob("commerce.sqlite3.moved-*")
    assert setting_in(new) == setting_in(kept) == '"Æther"'
    proof = run_command(data, "prove", COMMERCE_DATABASE_URL=url)
    assert proof.returncode == 0
    assert "0 invoices" in proof.stdout


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("sqlite:///{data}/commerce.sqlite3", "That is the database in use."),
        ("sqlite:///{data}/other.sqlite3", "isn't empty"),
        ("mysql://somebody:hunter2@localhost/x", "URL must look like postgresql://"),
        ("", "Specify URL"),
    ],
)
def test_what_is_no_empty_database_is_refused(data: Path, url: str, text: str) -> None:
    with closing(sqlite3.connect(data / "other.sqlite3")) as file:
        file.execute("CREATE TABLE somebody_elses (id integer)")
    done = run_command(data, "move-database", url.format(data=data))
    assert done.returncode in (1, 2)
    assert text in done.stderr
    assert "hunter2" not in done.stderr
    assert (data / "commerce.sqlite3").exists()
