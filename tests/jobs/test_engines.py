"""Our own worker and Procrastinate over the same handlers: one suite for both, with real processes on PostgreSQL.

Whatever becomes of the engine's rows (its carriers), each job has its one effect, in the order of its subject.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from commerce.jobs.rules import MAIL_THREADS
from tests import databases
from tests.server.running import environment

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not DATABASE.startswith("postgres"), reason="no PostgreSQL here")

ENGINES = ("", "procrastinate")
HANDLERS = """
import os, time
from commerce.jobs.handlers import RateLimitReached, RetryLater, job_handler
from commerce.jobs.rules import JobPriority
from commerce.jobs import time_limits
from commerce.site_settings.models import SiteSetting
time_limits.WAY_OUT_SECONDS = 1

def effect(run):
    if run.args.get("hangs") and run.lost_runs == 0:
        time.sleep(600)
    if run.args.get("kills") and run.lost_runs == 0:
        os.kill(os.getpid(), 9)
    if run.args.get("fails") and run.tries == 0:
        raise ValueError("The first try fails.")
    if run.args.get("waits") and run.at < run.created_at + timedelta(seconds=1):
        raise RetryLater(1, "later")
    SiteSetting.objects.create(key=f"effect {run.job_id} {time.time_ns()}", value=run.subject_id)

from datetime import timedelta
quick = dict(in_transaction=True, pauses=(1,))
job_handler("thing.do", one_at_a_time=True, **quick)(effect)
job_handler("thing.hang", one_at_a_time=True, limit_seconds=1, **quick)(effect)
job_handler("thing.haste", one_at_a_time=True, priority=JobPriority.URGENT, **quick)(effect)
job_handler("thing.file", priority=JobPriority.BULK, **quick)(effect)
ask = job_handler("thing.ask", one_at_a_time=True, pauses=(1,), remote=lambda n: f"server {n % 2}")
ask(lambda run: lambda: effect(run))
full = []
@job_handler("thing.mail", priority=JobPriority.MAIL, **quick)
def mail(run):
    if not full:
        full.append(run.job_id)
        raise RateLimitReached(1)
    effect(run)
@job_handler("thing.slow_mail", priority=JobPriority.MAIL)
def slow_mail(run):
    while not os.path.exists("answers"):
        time.sleep(0.05)
    return lambda: effect(run)
"""
LOAD = """
import sys, time
from datetime import timedelta
from commerce.config.console import load_django; load_django()
import handlers
from commerce.jobs.engine_calls import mend_engine
from commerce.jobs.job_states import requeue_lost_jobs
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobPriority
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from django.db import connection, transaction
def make(action, subject, key, **args):
    enqueue(("thing", subject), action, key, clock.now(), args)
"""
MAKE = """
with transaction.atomic():
    for number in range(12):
        make("thing.do", number % 3, f"{number}", fails=number == 4, waits=number == 2)
        make("thing.ask", 10 + number % 4, f"{number}", fails=number == 1)
        make("thing.file", 20 + number, f"{number}")
        make("thing.mail", 40 + number, f"{number}")
    make("thing.haste", 0, "haste")
    make("thing.do", 0, "last")
    make("thing.do", 0, "last")
"""
IN_ORDER = (
    "WITH effects AS (SELECT value AS subject, split_part(key, ' ', 2)::bigint AS job, split_part(key, ' ', 3) AS at"
    " FROM site_settings_sitesetting WHERE key LIKE 'effect %')"
    " SELECT count(*) FROM effects a JOIN effects b USING (subject) WHERE a.job < b.job AND a.at > b.at"
)
EFFECTS = "SELECT count(*) FROM site_settings_sitesetting WHERE key LIKE 'effect %'"
JOBS_WITH_EFFECT = EFFECTS.replace("count(*)", "count(DISTINCT split_part(key, ' ', 2))")
OPEN = "SELECT count(*) FROM jobs_job WHERE subject_kind = 'thing' AND ended_at IS NULL"
CARRIERS = "SELECT count(*) FROM procrastinate_jobs"


class EngineInstallation:
    """A database, and processes with one engine or the other on it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database, self.engine = folder, database, ""
        (folder / "handlers.py").write_text(HANDLERS)

    def process(self, code: str) -> subprocess.Popen[str]:
        variables = environment(
            self.folder / "data",
            COMMERCE_DATABASE_URL=self.database,
            COMMERCE_TASKS=self.engine,
            PYTHONPATH=str(self.folder),
        )
        return subprocess.Popen(
            [sys.executable, "-c", LOAD + code],
            env=variables,
            cwd=self.folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str) -> None:
        process = self.process(code)
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error

    @contextmanager
    def workers(self, number: int = 1, options: str = "") -> Iterator[list[subprocess.Popen[str]]]:
        code = (
            f"from commerce.cli import main; sys.argv[1:] = ['worker', *{options.split()}]; main()"
        )
        started = [self.process(code) for _ in range(number)]
        try:
            yield started
        finally:
            for worker in started:
                worker.send_signal(signal.SIGTERM)
            for worker in started:
                worker.communicate(timeout=60)

    def one(self, statement: str) -> int:
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0

    def do(self, statement: str) -> None:
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def wait_for(self, statement: str, value: int, seconds: float = 120) -> None:
        ends = time.monotonic() + seconds
        while (found := self.one(statement)) != value:
            assert time.monotonic() < ends, (statement, found, value)
            time.sleep(0.1)


@pytest.fixture(scope="module")
def database(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineInstallation]:
    """One for both: the tables of the engine are of no concern to our own worker."""
    name = f"engine_{secrets.token_hex(6)}"
    with psycopg.connect(DATABASE, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{databases.template()}"')
        made = EngineInstallation(
            tmp_path_factory.mktemp("engine"),
            urlsplit(DATABASE)._replace(path=f"/{name}").geturl(),
        )
        made.engine = "procrastinate"
        made.run(
            "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
            "from commerce.jobs.models import ScheduleState; from commerce.timetable import PERIODIC_WORK\n"
            "later = clock.now() + timedelta(hours=1)\n"
            "[ScheduleState.objects.create(name=e.name, next_at=later) for e in PERIODIC_WORK]"
        )
        yield made
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def installed(database: EngineInstallation) -> EngineInstallation:
    database.engine = "procrastinate"
    database.do("DELETE FROM jobs_job WHERE subject_kind = 'thing'")
    database.do("DELETE FROM site_settings_sitesetting WHERE key LIKE 'effect %'")
    database.do("DELETE FROM procrastinate_jobs")
    return database


@pytest.mark.parametrize("engine", ENGINES, ids=["own", "procrastinate"])
def test_each_job_has_one_effect_in_the_order_of_its_subject(
    installed: EngineInstallation, engine: str
) -> None:
    installed.engine = engine
    installed.run(MAKE)
    assert installed.one(CARRIERS) == (50 if engine else 0)
    with installed.workers(2):
        installed.wait_for(OPEN, 0)
        installed.wait_for(CARRIERS, 0)
    assert (installed.one(EFFECTS), installed.one(JOBS_WITH_EFFECT)) == (50, 50)
    assert installed.one(IN_ORDER) == 0


@pytest.mark.parametrize(
    ("first", "code"),
    [("'thing.do', 1, 'a', kills=True", -9), ("'thing.hang', 1, 'a', hangs=True", 70)],
    ids=["killed", "stuck"],
)
@pytest.mark.parametrize("engine", ENGINES, ids=["own", "procrastinate"])
def test_a_job_of_an_ended_worker_runs_again_and_what_comes_after_it_waits(
    installed: EngineInstallation, engine: str, first: str, code: int
) -> None:
    """One that a handler killed, or that ended itself since the handler was stuck."""
    installed.engine = engine
    installed.run(f"make({first}); make('thing.do', 1, 'b')")
    with installed.workers() as (worker,):
        assert worker.wait(60) == code
    assert installed.one(EFFECTS) == 0
    installed.do("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    installed.run(
        "assert requeue_lost_jobs(at=clock.now()) == 0\n"
        "assert requeue_lost_jobs(at=clock.now() + timedelta(minutes=11)) == 1\n"
        "mend_engine()"
    )
    with installed.workers():
        installed.wait_for(OPEN, 0)
    assert (installed.one(EFFECTS), installed.one(IN_ORDER)) == (2, 0)


@pytest.mark.parametrize("engine", ENGINES, ids=["own", "procrastinate"])
def test_a_silent_mail_server_holds_up_neither_a_link_nor_other_work(
    installed: EngineInstallation, engine: str
) -> None:
    installed.engine = engine
    answers = installed.folder / "answers"
    answers.unlink(missing_ok=True)
    installed.run("for n in range(9): make('thing.slow_mail', n, 'a')")
    with installed.workers():
        installed.wait_for(f"{OPEN} AND status = 'running'", MAIL_THREADS)
        installed.run(
            "for n in range(9): make('thing.do', 20 + n, 'a')\n"
            "enqueue(('thing', 40), 'thing.slow_mail', 'a', clock.now(), priority=JobPriority.URGENT)"
        )
        installed.wait_for(EFFECTS, 9)
        installed.wait_for(f"{OPEN} AND status = 'running'", MAIL_THREADS + 1)
        answers.touch()
        installed.wait_for(OPEN, 0)
    assert (installed.one(EFFECTS), installed.one(JOBS_WITH_EFFECT)) == (19, 19)


def test_carriers_that_are_lost_doubled_or_turned_round_change_nothing(
    installed: EngineInstallation,
) -> None:
    installed.run(
        "for n in range(3): make('thing.do', 1, f'{n}')\n"
        "first, *_ = Job.objects.filter(action='thing.do').order_by('id')\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"DELETE FROM procrastinate_jobs WHERE queueing_lock = 'job ' || %s\", [first.pk])\n"
        "mend_engine(); mend_engine()\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute('INSERT INTO procrastinate_jobs (queue_name, task_name, args)'\n"
        "        ' SELECT queue_name, task_name, args FROM procrastinate_jobs')\n"
    )
    assert installed.one(CARRIERS) == 6
    with installed.workers():
        # The carrier of the second job stands before that of the first, and goes; what the timetable does each minute:
        installed.wait_for(EFFECTS, 1)
        installed.wait_for(CARRIERS, 0)
        installed.run("mend_engine()")
        installed.wait_for(OPEN, 0)
    assert (installed.one(EFFECTS), installed.one(IN_ORDER)) == (3, 0)


def test_what_is_rolled_back_has_no_carrier_and_what_staff_retry_has_one_at_once(
    installed: EngineInstallation,
) -> None:
    installed.run(
        "try:\n"
        "    with transaction.atomic():\n"
        "        make('thing.do', 1, 'a'); raise ValueError\n"
        "except ValueError: pass\n"
        "assert not Job.objects.exists()\n"
        "from commerce.jobs.manual import retry_job\n"
        "make('thing.do', 2, 'b'); job = Job.objects.get()\n"
        "Job.objects.update(status='parked')\n"
        "connection.cursor().execute('DELETE FROM procrastinate_jobs')\n"
        "retry_job(job=job, ctx=Context(clock.now(), SYSTEM))\n"
    )
    assert installed.one(CARRIERS + " WHERE status = 'todo' AND lock = 'thing 2'") == 1


def test_a_worker_takes_jobs_of_its_queues_alone(installed: EngineInstallation) -> None:
    installed.run(MAKE)
    with installed.workers(options="--queues documents,mails --threads 1"):
        installed.wait_for(EFFECTS, 24)
    assert installed.one(CARRIERS + " WHERE queue_name IN ('documents', 'mails')") == 0
    assert installed.one(CARRIERS) == 26
