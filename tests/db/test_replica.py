"""Staff read lists and reports from a real standby; what it lacks is told, and it is done without if it fails."""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from commerce.audit.models import AuditEntry
from commerce.config import env
from commerce.config.env import ConfigurationError
from commerce.db import reads
from commerce.server import metrics
from tests.make.people import make_client
from tests.make.staff import staff_browser
from tests.make.staff_pages import text_of
from tools.servers import account, postgres, program

POSTGRESQL = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="no PostgreSQL here")


class Standby:
    """A copy of this PostgreSQL that follows it."""

    def __init__(self, folder: Path) -> None:
        self.running = ExitStack()
        owner = account()
        if owner:
            shutil.chown(folder, owner, owner)
        basebackup = program("pg_basebackup", folders="usr/lib/postgresql/*/bin")
        place = str(connection.settings_dict["HOST"])
        subprocess.run(
            [
                *(basebackup, "-D", folder / "data", "-R", "-c", "fast", "-N"),
                *("-h", place, "-U", "commerce"),
            ],
            check=True,
            cwd="/",
            user=owner,
            group=owner,
        )
        self.running.enter_context(postgres(folder))
        self.connection = connection.copy(reads.REPLICA)
        self.connection.settings_dict["HOST"] = str(folder)
        options = {"options": "-c default_transaction_read_only=on"}
        self.connection.settings_dict["OPTIONS"] |= options

    def follows(self, *, on: bool) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_wal_replay_{'resume' if on else 'pause'}()")

    @contextmanager
    def of_another_database(self) -> Iterator[None]:
        """Where the address names another database of the same server."""
        settings = self.connection.settings_dict
        name = settings["NAME"]
        self.connection.close()
        settings["NAME"] = "postgres"
        yield
        self.connection.close()
        settings["NAME"] = name


@pytest.fixture
def standby(transactional_db: None) -> Iterator[Standby]:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the servers of tests have it off
    with tempfile.TemporaryDirectory(prefix="commerce-") as name:
        made = Standby(Path(name))
        router = ["commerce.db.reads.ReplicaRouter"]
        connections[reads.REPLICA] = made.connection
        with (
            made.running,
            override_settings(DATABASE_ROUTERS=router),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(reads, "has_replica", lambda: True)
            patch.setattr(metrics, "has_replica", lambda: True)
            yield made
            made.connection.close()
        del connections[reads.REPLICA]
        reads._asked_again_at = 0.0


@POSTGRESQL
def test_staff_read_from_it_and_learn_what_it_lacks(
    standby: Standby, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_client(company="First Ltd")
    web = staff_browser()
    pages = ("clients", "clients.csv", "reports/revenue", "search?q=First")
    for page in pages:
        with (
            CaptureQueriesContext(standby.connection) as there,
            CaptureQueriesContext(connection) as here,
        ):
            answer = web.get(f"/admin/{page}")
            content = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200, page
        assert b"First Ltd" in content or page == "reports/revenue", page
        assert len(there) > 2, page
        assert not [one for one in here if 'FROM "accounts_client" ' in one["sql"]], page
    assert AuditEntry.objects.filter(action="list.exported").count() == 1
    with CaptureQueriesContext(standby.connection) as there:
        assert web.get(f"/admin/clients/{first.pk}").status_code == 200
    assert len(there) == 0

    standby.follows(on=False)
    make_client(company="Second Ltd")
    time.sleep(1)
    shown = text_of(web.get("/admin/clients"))
    assert "Second Ltd" not in shown
    assert re.search(r"This page may be \d+ seconds old\.", shown)
    monkeypatch.setattr(reads, "MOST_SECONDS_BEHIND", 1)
    shown = text_of(web.get("/admin/clients"))
    assert "Second Ltd" in shown
    assert "seconds old" not in shown
    told = {one.name: one.samples[0].value for one in metrics._replica()}
    assert told["commerce_replica_up"] == 1
    assert told["commerce_replica_behind_seconds"] > 1
    monkeypatch.undo()
    standby.follows(on=True)
    assert "Second Ltd" in text_of(web.get("/admin/clients"))

    with standby.of_another_database():
        assert "Second Ltd" in text_of(web.get("/admin/clients"))
        assert [one.samples[0].value for one in metrics._replica()] == [0]

    standby.running.close()
    assert "Second Ltd" in text_of(web.get("/admin/clients"))
    began = time.monotonic()
    assert "Second Ltd" in text_of(web.get("/admin/clients"))
    assert time.monotonic() - began < 1, "it is not asked again"
    assert [one.samples[0].value for one in metrics._replica()] == [0]


def test_it_is_one_of_a_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert list(env.databases(tmp_path)) == ["default"]
    monkeypatch.setenv("COMMERCE_REPLICA_URL", "postgresql://commerce@standby.internal/commerce")
    monkeypatch.delenv("COMMERCE_DATABASE_URL", raising=False)
    with pytest.raises(ConfigurationError, match="COMMERCE_REPLICA_URL is a standby"):
        env.databases(tmp_path)
    monkeypatch.setenv("COMMERCE_DATABASE_URL", "postgresql://commerce@db.internal/commerce")
    replica = env.databases(tmp_path)["replica"]
    assert replica["HOST"] == "standby.internal"
    assert replica["OPTIONS"]["options"] == "-c default_transaction_read_only=on"
