"""Back to the second before a mistake, by the words of `docs/operations.md`, with a real PostgreSQL and pgBackRest."""

import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.server.running import once
from tools.servers import account, postgres

pytestmark = [
    once,
    pytest.mark.skipif(shutil.which("pgbackrest") is None, reason="no pgBackRest here"),
]
SECTION = re.search(
    r"### Point in time\n(.*?)\n## ", Path("docs/operations.md").read_text("utf-8"), re.DOTALL
)


def blocks(language: str) -> list[str]:
    assert SECTION
    return re.findall(rf"```{language}\n(.*?)```", SECTION[1], re.DOTALL)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One in which PostgreSQL's user may work, and which that user can reach."""
    with tempfile.TemporaryDirectory(prefix="commerce-") as name:
        made = Path(name)
        for part in (made, made / "server", made / "repository"):
            part.mkdir(exist_ok=True)
            if owner := account():
                shutil.chown(part, owner, owner)
        yield made


def test_the_second_before_a_mistake_comes_back(folder: Path) -> None:
    configuration, settings = blocks("ini")
    first, back, _prove = blocks("console")
    places = {
        "/var/lib/postgresql/15/main": str(folder / "server" / "data"),
        "/var/lib/pgbackrest": str(folder / "repository"),
    }
    for documented, here in places.items():
        configuration = configuration.replace(documented, here)
    here = f"[global]\nlog-path={folder}\nlock-path={folder}\nlog-level-console=off\n"
    more = f"pg1-socket-path={folder / 'server'}\npg1-user=commerce\n"
    (folder / "conf").write_text(configuration.replace("[global]\n", here) + more)
    program = f"pgbackrest --config={folder / 'conf'}"

    def run(documented: str) -> None:
        words = shlex.split(documented.removeprefix("$ ").replace("pgbackrest", program, 1))
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, user=account(), cwd="/"
        )
        assert done.returncode == 0, done.stdout + done.stderr

    options = dict(re.findall(r"^(\w+) = '?(.*?)'?$", settings, re.MULTILINE))
    options["archive_command"] = options["archive_command"].replace("pgbackrest", program, 1)
    with postgres(folder / "server", options) as url:
        for line in first.strip().split("\n"):
            run(line)
        with psycopg.connect(url, autocommit=True) as there:
            there.execute("CREATE TABLE balance AS SELECT 100 AS amount")
            [before] = (
                there.execute("SELECT date_trunc('second', now()) + interval '1 s'").fetchone()
                or ()
            )
            there.execute("SELECT pg_sleep_until(%s)", [before])
            there.execute("UPDATE balance SET amount = 0")
            there.execute("SELECT pg_switch_wal()")
    run(back.strip().replace("2026-04-08 14:33:09+00", f"{before:%Y-%m-%d %H:%M:%S+00}"))
    with (
        postgres(folder / "server", options) as url,
        psycopg.connect(url, autocommit=True) as there,
    ):
        ends = time.monotonic() + 60
        while there.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            assert time.monotonic() < ends
            time.sleep(0.1)
        assert there.execute("SELECT amount FROM balance").fetchone() == (100,)
