"""Several workers on PostgreSQL and Valkey: an exact limit, revocation, and what happens when either goes away.

Runs where the tests have both (`make test-postgres`). The database and the Valkey are this file's own: they are
filled, stopped and cut off without regard for others. R32 and R34 of invariants.md.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.api.raw_requests import log_lines
from tests.house.source import ROOT
from tests.server.running import (
    HttpReply,
    RunningServer,
    environment,
    http_get,
    run_command,
    running_server,
)
from tools.servers import accepts, free_port, program

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
SHARED = os.environ.get("COMMERCE_COUNTERS", "")
pytestmark = pytest.mark.skipif(
    not (DATABASE.startswith("postgres") and SHARED.startswith("valkey")),
    reason="no PostgreSQL and Valkey here",
)
QUOTA = 80


class ValkeyProcess:
    """A Valkey on a port of its own that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [program("valkey-server", "redis-server", folders="usr/bin"), "--save", ""]
        command += ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while not accepts(self.port):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    made = ValkeyProcess(tmp_path_factory.mktemp("valkey"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a new, empty database; it is gone afterwards."""
    name = f"live_{secrets.token_hex(6)}"
    with psycopg.connect(DATABASE, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield urlsplit(DATABASE)._replace(path=f"/{name}").geturl()
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, database: str, valkey: ValkeyProcess
) -> Iterator[RunningServer]:
    """Four workers, ready to answer; ``made`` has the tokens."""
    folder = tmp_path_factory.mktemp("shared")
    where = {
        "COMMERCE_DATABASE_URL": database,
        "COMMERCE_COUNTERS": f"valkey://127.0.0.1:{valkey.port}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.installation"],
        cwd=ROOT,
        env=environment(folder, **where),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "made.json").write_text(done.stdout)
    rates = {
        "COMMERCE_API_RATE": f"{QUOTA}/60s",
        "COMMERCE_API_AUTH_FAILURE_RATE": "100000/60s",
    }
    words = ("serve", "--workers", "4", "--no-worker")
    with running_server(folder, *words, plain=False, **where, **rates) as server:
        assert len(server.workers()) == 4
        yield server


@pytest.fixture(scope="module")
def made(shared: RunningServer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared.data / "made.json").read_text())
    return found


def fresh_token(shared: RunningServer, database: str, name: str) -> tuple[str, str]:
    """A token of Alice whose window has not begun: its id and its header's value."""
    done = run_command(
        shared.data, "token", "create", "1", "--name", name, COMMERCE_DATABASE_URL=database
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.split("Token ")[1].split(",")[0], f"Bearer {done.stdout.strip()}"


def ask(shared: RunningServer, token: str, path: str = "/api/v1/services") -> HttpReply:
    """One request on a connection of its own, which any of the workers takes."""
    return shared.ask(path, headers={"Authorization": token})


def failures(shared: RunningServer) -> int:
    """How often a worker did without the store of counters."""
    told = [one for one in log_lines(shared.data, "app") if "store of counters" in one["message"]]
    assert all(one["level"] == "error" for one in told)
    return len(told)


def rush(shared: RunningServer, database: str, name: str) -> tuple[list[HttpReply], list[int]]:
    """Fifty callers at once: four replies to each, and one status more after the token was revoked."""
    number, token = fresh_token(shared, database, name)
    everybody = threading.Barrier(50)

    def calls(_: int) -> tuple[list[HttpReply], int]:
        connection = shared.connection()
        try:
            # Shaking hands costs most and is over before it counts.
            http_get(connection, "/api/v1/me", headers={"Authorization": "Bearer none"})
            everybody.wait(60)
            sent = {"Authorization": token}
            found = [http_get(connection, "/api/v1/services", headers=sent) for _ in range(4)]
            if everybody.wait(60) == 0:
                words = ("token", "revoke", number, "--reason", "Leaked", "--yes")
                assert (
                    run_command(shared.data, *words, COMMERCE_DATABASE_URL=database).returncode == 0
                )
            everybody.wait(60)
            return found, http_get(connection, "/api/v1/services", headers=sent).status
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as callers:
        answers = list(callers.map(calls, range(50)))
    return [reply for found, _ in answers for reply in found], [status for _, status in answers]


def test_fifty_callers_get_the_quota_to_the_unit_and_all_see_a_revocation(
    shared: RunningServer, database: str
) -> None:
    for turn in range(4):
        before = failures(shared)
        replies, after = rush(shared, database, f"rush {turn}")
        assert Counter(after) == {401: 50}
        counted = [
            int(r.headers["x-ratelimit-remaining"])
            for r in replies
            if r.status == 200 and "x-ratelimit-remaining" in r.headers
        ]
        # Each unit was taken by one: the numbers that are left are all different.
        assert len(set(counted)) == len(counted) <= QUOTA
        assert all(int(r.headers["retry-after"]) >= 1 for r in replies if r.status == 429)
        if failures(shared) == before:
            break  # else this machine was too busy: the store has 50 ms, and requests are served without it (R34)
    assert Counter(reply.status for reply in replies) == {200: QUOTA, 429: 200 - QUOTA}
    assert sorted(counted) == list(range(QUOTA))


def test_a_lost_connection_to_the_database_costs_no_request(
    shared: RunningServer, database: str, made: dict[str, Any]
) -> None:
    _, token = fresh_token(shared, database, "cut")
    for _ in range(12):
        assert ask(shared, token).status == 200
    with psycopg.connect(database, autocommit=True) as admin:
        for _ in range(4):
            cut = admin.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
            assert cut is not None
            replies = [ask(shared, token) for _ in range(8)]
            assert [reply.status for reply in replies] == [200] * 8
    body = json.loads(replies[-1].body)
    assert [row["id"] for row in body["data"]] == made["services"][:15]


def test_without_the_store_it_is_served_without_the_limit_and_later_with_it_again(
    shared: RunningServer, database: str, valkey: ValkeyProcess
) -> None:
    _, token = fresh_token(shared, database, "store")
    assert ask(shared, token).headers["ratelimit"] == f'"default";r={QUOTA - 1};t=60'
    before = failures(shared)
    valkey.stop()
    replies = [ask(shared, token) for _ in range(QUOTA + 20)]
    assert {reply.status for reply in replies} == {200}
    for reply in replies:
        assert not [name for name in reply.headers if "ratelimit" in name]
        assert "etag" in reply.headers
    assert ask(shared, "Bearer nonsense").status == 401
    assert failures(shared) > before
    valkey.start()
    deadline = time.monotonic() + 60
    while not all("ratelimit" in ask(shared, token).headers for _ in range(8)):
        assert time.monotonic() < deadline, "the limit did not come back"
        time.sleep(0.3)


def test_a_member_who_lost_a_right_loses_it_on_every_worker_at_once(
    shared: RunningServer, database: str
) -> None:
    """T5: rights are read on each request."""
    _, token = fresh_token(shared, database, "rights")
    with psycopg.connect(database, autocommit=True) as admin:
        for role, rights, status in (
            ("technical", '["services.view"]', 200),
            ("technical", "[]", 403),
            ("owner", "[]", 200),
        ):
            admin.execute(
                "UPDATE accounts_membership SET role = %s, rights = %s WHERE client_id = 1",
                (role, rights),
            )
            assert {ask(shared, token).status for _ in range(8)} == {status}
