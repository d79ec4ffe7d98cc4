"""Jobs through another engine: Celery over Valkey, by its backend of Django's task framework, with real processes.

Runs where the tests have PostgreSQL and Valkey (`make test-postgres`). The engine is set up as docs/operations.md says.
"""

import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.house.source import ROOT
from tests.server.running import COMMAND, environment
from tools.servers import free_port

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
SHARED = os.environ.get("COMMERCE_COUNTERS", "")
pytestmark = pytest.mark.skipif(
    not (DATABASE.startswith("postgres") and SHARED.startswith("valkey")),
    reason="no PostgreSQL and Valkey here",
)

HANDLERS = """
import os, sys, time
from pathlib import Path
from commerce.jobs.handlers import job_handler
from commerce.site_settings.models import SiteSetting

@job_handler("thing.do", in_transaction=True)
def do(run):
    who = {"process": os.getpid(), "program": "celery" if "celery" in sys.argv[0] else sys.argv[0]}
    SiteSetting.objects.create(key=f"effect of {run.subject_id} at {time.time()}", value=who)
    mark = Path(__file__).with_name("mark")
    if run.args.get("killed") and not mark.exists():
        mark.touch()
        time.sleep(60)
    time.sleep(0.1)  # so that one process does not run them all before another comes
"""
DOES = """
import sys, time
from datetime import timedelta
from commerce.config.console import load_django; load_django()
import handlers
from commerce.jobs import tasks
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.queue import enqueue
from commerce.kit import clock
from django.db import transaction
"""


class InstallationWithEngine:
    """A data folder, a database and the environment of an installation whose jobs Celery runs."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        self.folder, self.database = folder, database
        text = (ROOT / "docs" / "operations.md").read_text("utf-8")
        block = re.search(r"```python\n(# engine\.py\n.*?)```", text, re.DOTALL)
        assert block
        (folder / "engine.py").write_text(block[1] + "import handlers\n")
        (folder / "handlers.py").write_text(HANDLERS)
        self.environment = environment(
            folder / "data",
            COMMERCE_DATABASE_URL=database,
            COMMERCE_TASKS="django_tasks_celery.CeleryBackend",
            CELERY_BROKER_URL=broker,
            PYTHONPATH=str(folder),
        )

    def run(self, code: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", DOES + code],
            env=self.environment | more,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]

    def wait_for(self, statement: str, value: object, seconds: float = 180) -> None:
        ends = time.monotonic() + seconds
        while (found := self.rows(statement)[0][0]) != value:
            assert time.monotonic() < ends, (statement, found, value, self.log())
            time.sleep(0.1)

    def log(self) -> str:
        return (self.folder / "engine.log").read_text(errors="replace")[-4000:]

    def engine(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Celery's worker with two processes."""
        return self.started([sys.executable, "-m", "celery", "-A", "engine", "worker", "-c", "2"])

    @contextmanager
    def started(self, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
        """A program, ended with its children: those of a killed parent would go on."""
        with (self.folder / "engine.log").open("ab") as out:
            process = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InstallationWithEngine]:
    name, folder = f"engine_{secrets.token_hex(6)}", tmp_path_factory.mktemp("engine")
    server = urlsplit(SHARED)
    broker = f"redis://{server.hostname}:{server.port}/7"
    with psycopg.connect(DATABASE, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        database = urlsplit(DATABASE)._replace(path=f"/{name}").geturl()
        made = InstallationWithEngine(folder, database, broker)
        made.run(
            "from django.core.management import call_command; call_command('migrate', verbosity=0)"
        )
        yield made
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


EFFECTS = "SELECT count(*) FROM site_settings_sitesetting WHERE key LIKE 'effect of {}%'"
PROCESSES = EFFECTS.replace("count(*)", "count(DISTINCT value->>'process')")
RUN_BY = EFFECTS.replace("count(*)", "DISTINCT value->>'program'")
DONE = "SELECT count(*) FROM jobs_job WHERE status = 'succeeded' AND idempotency_key = '{}'"


def test_jobs_run_once_each_by_the_engine_alone(installed: InstallationWithEngine) -> None:
    with installed.engine():
        # The engine is told once for each: whoever comes first may take all, and the others find what is left.
        installed.run(
            "with transaction.atomic():\n"
            "    for number in range(100, 120):\n"
            "        enqueue(('thing', number), 'thing.do', 'once', clock.now())\n"
        )
        installed.wait_for(DONE.format("once"), 20)
    assert installed.rows(EFFECTS.format("1"))[0][0] == 20
    assert installed.rows(PROCESSES.format("1"))[0][0] == 2


def test_a_job_of_a_killed_engine_runs_again_and_has_one_effect(
    installed: InstallationWithEngine,
) -> None:
    with installed.engine() as engine:
        installed.run(
            "enqueue(('thing', 200), 'thing.do', 'killed', clock.now(), {'killed': True})"
        )
        installed.wait_for(
            "SELECT status FROM jobs_job WHERE idempotency_key = 'killed'", "running"
        )
        os.killpg(engine.pid, signal.SIGKILL)
        engine.wait(60)
    assert installed.rows(EFFECTS.format("200"))[0][0] == 0
    with installed.engine():
        installed.run(
            "later = clock.now() + timedelta(minutes=11)\n"
            "assert requeue_lost_jobs(at=clock.now()) == 0\n"
            "assert requeue_lost_jobs(at=later) == 1\n"
            "tasks.tell_engine_of_due_jobs(at=clock.now())\n"
        )
        installed.wait_for(DONE.format("killed"), 1)
    assert installed.rows(EFFECTS.format("200"))[0][0] == 1


def test_an_engine_that_is_away_holds_nobody_up_and_is_told_by_the_timetable(
    installed: InstallationWithEngine,
) -> None:
    told = installed.run(
        "began = time.monotonic()\n"
        "enqueue(('thing', 300), 'thing.do', 'away', clock.now())\n"
        "enqueue(('thing', 301), 'thing.do', 'away', clock.now())\n"
        "print(time.monotonic() - began)\n",
        CELERY_BROKER_URL=f"redis://127.0.0.1:{free_port()}/0",
    )
    assert float(told) < 10
    log = (installed.folder / "data" / "log").glob("app-*.log")
    assert sum(path.read_text().count("could not be told") for path in log) == 1
    # The worker of the timetable is there first, and runs no job itself.
    with installed.started([*COMMAND, "worker"]), installed.engine():
        installed.wait_for(DONE.format("away"), 2)
    own = {process for (process,) in installed.rows(RUN_BY.format("3"))}
    assert own == {"celery"}
