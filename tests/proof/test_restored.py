"""O4: a backup made as the manual says, while business goes on, holds every row when restored, and passes the proof."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction

from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference
from commerce.proof import CHECKS
from tests.cli.serving import call, environment
from tests.house.source import ROOT
from tests.killed.stage import admin
from tests.make.contents import contents
from tests.make.world import LATER, make_world

pytestmark = pytest.mark.django_db(transaction=True)
LITE = connection.vendor == "sqlite"

LOOK = """
import json, sys
from commerce.cli import ready; ready.django()
from click.testing import CliRunner
from commerce.cli.prove import prove
from commerce.kit import clock
from tests.make.world import LATER
from tests.make.contents import contents
with clock.frozen(LATER):
    done = CliRunner().invoke(prove, [])
json.dump([done.exit_code, done.output, contents()], sys.stdout)
"""
LOSE = (
    "DELETE FROM billing_settlemententry WHERE id = (SELECT min(id) FROM billing_settlemententry)"
)


class Restored:
    """An installation with the restored database and nothing else of the old one."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.url = folder, url

    def migrate(self) -> None:
        done = call(self.folder, "migrate", COMMERCE_DATABASE_URL=self.url)
        assert done.returncode == 0, done.stderr

    def look(self) -> tuple[int, str, dict[str, str]]:
        """What ``commerce prove`` ends with and says there, and what is there."""
        done = subprocess.run(
            [sys.executable, "-c", LOOK],
            env=environment(self.folder, COMMERCE_DATABASE_URL=self.url),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        code, said, there = json.loads(done.stdout)
        return code, said, there

    def lose_a_row(self) -> None:
        """As in a backup that was not whole: the guards, of which a restore knows nothing, are away."""
        if LITE:
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as there:
                names = there.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for (name,) in names.fetchall():
                    there.execute(f'DROP TRIGGER "{name}"')
                there.execute(LOSE)
                there.commit()
            return
        import psycopg

        with psycopg.connect(self.url) as there:
            there.execute("ALTER TABLE billing_settlemententry DISABLE TRIGGER ALL")
            there.execute(LOSE.encode())


@contextmanager
def while_somebody_writes() -> Iterator[None]:
    """What is not committed when the backup is made is not in it."""
    with transaction.atomic():
        set_preference(key="company.name", value="Half written", at=LATER, actor=SYSTEM)
        yield
        transaction.set_rollback(True)


@contextmanager
def restored(folder: Path) -> Iterator[Restored]:
    """The database of this test, backed up and restored with the manual's commands (docs/operations.md)."""
    if LITE:
        live, copy = folder / "live.sqlite3", folder / "copy.sqlite3"
        with closing(sqlite3.connect(live)) as file:
            connection.connection.backup(file)  # that of the tests is in memory
        manual = (ROOT / "docs" / "operations.md").read_text("utf-8")
        [line] = [one for one in manual.splitlines() if ".backup(" in one and "python3 -c" in one]
        command = line.partition('"')[2].rstrip('"')
        command = command.replace("var/commerce.sqlite3", str(live))
        command = command.replace("/backup/commerce.sqlite3", str(copy))
        with closing(sqlite3.connect(live, isolation_level=None)) as writer:
            writer.execute("PRAGMA journal_mode = wal")
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM preferences_setting")
            writer.execute("CREATE TABLE half_written (id integer)")
            subprocess.run([sys.executable, "-c", command], check=True)
            writer.execute("ROLLBACK")
        yield Restored(folder / "new", f"sqlite:///{copy}")
        return
    at = connection.settings_dict
    name, dump = f"{at['NAME']}_restored", folder / "commerce.dump"
    who = ["-h", at["HOST"], "-U", at["USER"]]
    with while_somebody_writes():
        subprocess.run([tool("pg_dump"), "-Fc", *who, "-f", str(dump), str(at["NAME"])], check=True)
    admin(f'CREATE DATABASE "{name}"')
    try:
        subprocess.run([tool("pg_restore"), *who, "-d", name, str(dump)], check=True)
        url = urlsplit(os.environ["COMMERCE_DATABASE_URL"])._replace(path=f"/{name}").geturl()
        yield Restored(folder / "new", url)
    finally:
        admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def tool(name: str) -> str:
    """A program of PostgreSQL, of the server's version if there are several."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found: Any = beside[0] if beside else shutil.which(name)
    assert found, f"{name} is not on this machine"
    return str(found)


def test_a_restored_backup_holds_every_row_and_passes_the_proof(tmp_path: Path) -> None:
    make_world()
    there = contents()
    with restored(tmp_path) as copy:
        code, said, copied = copy.look()
        assert (code, copied) == (0, there), said
        assert f"All {len(CHECKS)} checks hold" in said
        copy.lose_a_row()
        code, said, _there = copy.look()
        assert code == 1
        assert "M8: " in said
        assert "M13: " in said
        copy.migrate()
        assert "M13: " not in copy.look()[1]
