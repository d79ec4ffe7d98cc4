"""O4: a backup made while business goes on, holds every row when restored, and passes the proof."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from commerce.kit.context import SYSTEM, Context
from commerce.proof.checks.all_checks import CHECKS
from commerce.site_settings.actions import set_setting
from tests.house.source import ROOT
from tests.killed.processes import admin
from tests.make.company import PROOF_AT, make_company
from tests.make.table_digests import table_digests
from tests.server.running import environment, run_command

pytestmark = pytest.mark.django_db(transaction=True)
LITE = connection.vendor == "sqlite"

LOOK = """
import json, sys
from commerce.config.console import load_django; load_django()
from click.testing import CliRunner
from commerce.cli.system.prove import prove
from commerce.kit import clock
from tests.make.company import PROOF_AT
from tests.make.table_digests import table_digests
with clock.freeze_time(PROOF_AT):
    done = CliRunner().invoke(prove, [])
json.dump([done.exit_code, done.output, table_digests()], sys.stdout)
"""
LOSE = (
    "DELETE FROM billing_settlemententry WHERE id = (SELECT min(id) FROM billing_settlemententry)"
)


class RestoredCopy:
    """An installation with the restored database and nothing else of the old one."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self.folder, self.url = folder, url

    def restore(self, file: Path) -> None:
        said = must(self.folder, "restore", str(file), COMMERCE_DATABASE_URL=self.url)
        assert f"all {len(CHECKS)} checks hold" in said
        assert (self.folder / "ring.key").read_text().split() == settings.COMMERCE_KEY_RING
        again = run_command(self.folder, "restore", str(file), COMMERCE_DATABASE_URL=self.url)
        assert again.returncode == 1
        assert "never overwritten" in again.stderr.lower()

    def migrate(self) -> None:
        done = run_command(self.folder, "migrate", COMMERCE_DATABASE_URL=self.url)
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
        set_setting(key="company.name", value="Half written", ctx=Context(PROOF_AT, SYSTEM))
        yield
        transaction.set_rollback(True)


@contextmanager
def restored(folder: Path) -> Iterator[RestoredCopy]:
    """The database of this test, backed up while somebody writes, and restored on a machine that has nothing else."""
    file = folder / "commerce.tar.gz"
    ring = {"COMMERCE_KEY_RING": " ".join(settings.COMMERCE_KEY_RING)}
    if LITE:
        live = folder / "live.sqlite3"
        with closing(sqlite3.connect(live)) as copy:
            connection.connection.backup(copy)  # that of the tests is in memory
        with closing(sqlite3.connect(live, isolation_level=None)) as writer:
            writer.execute("PRAGMA journal_mode = wal")
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("DELETE FROM site_settings_sitesetting")
            writer.execute("CREATE TABLE half_written (id integer)")
            must(
                folder / "old",
                "backup",
                str(file),
                COMMERCE_DATABASE_URL=f"sqlite:///{live}",
                **ring,
            )
            writer.execute("ROLLBACK")
        new = RestoredCopy(folder / "new", f"sqlite:///{folder / 'new' / 'commerce.sqlite3'}")
        new.restore(file)
        yield new
        return
    name = f"{connection.settings_dict['NAME']}_restored"
    here = urlsplit(os.environ["COMMERCE_DATABASE_URL"])
    url = here._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    with while_somebody_writes():
        must(folder / "old", "backup", str(file), COMMERCE_DATABASE_URL=url, **ring)
    admin(f'CREATE DATABASE "{name}"')
    try:
        new = RestoredCopy(folder / "new", here._replace(path=f"/{name}").geturl())
        new.restore(file)
        yield new
    finally:
        admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def must(data: Path, *words: str, **more: str) -> str:
    """A command that has to succeed; what it said."""
    done = run_command(data, *words, **more)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_restored_backup_holds_every_row_and_passes_the_proof(tmp_path: Path) -> None:
    make_company()
    there = table_digests()
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
