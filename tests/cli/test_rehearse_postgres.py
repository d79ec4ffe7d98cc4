"""`commerce backup` and `commerce rehearse` on PostgreSQL: nobody else's database is dropped."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.server.running import run_command

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not DATABASE.startswith("postgres"), reason="no PostgreSQL here")


def test_the_scratch_database_is_one_that_a_rehearsal_made(tmp_path: Path) -> None:
    name, data, backups = f"books_{secrets.token_hex(6)}", tmp_path / "data", tmp_path / "backups"
    backups.mkdir()
    url = urlsplit(DATABASE)._replace(path=f"/{name}").geturl()
    with psycopg.connect(DATABASE, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        server.execute(f"CREATE DATABASE {name}_rehearsal")
        for words in (("migrate",), ("backup", str(backups))):
            done = run_command(data, *words, COMMERCE_DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
        refused = run_command(data, "rehearse", str(backups), COMMERCE_DATABASE_URL=url)
        assert (refused.returncode, "no rehearsal created it" in refused.stderr) == (1, True)

        server.execute(f"COMMENT ON DATABASE {name}_rehearsal IS 'Rehearsal of {name}.'")
        done = run_command(data, "rehearse", str(backups), COMMERCE_DATABASE_URL=url)
        assert (done.returncode, "Clients: 0 → 0" in done.stdout) == (0, True), done.stderr
        left = server.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{name}%"])
        assert left.fetchall() == [(name,)]
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
