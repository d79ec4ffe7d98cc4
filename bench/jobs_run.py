"""The jobs of ``bench.jobs``: made by a process of their own, done by real workers, and checked."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from bench import contestants, machine
from bench.daily_run import started_stores

WAIT_SECONDS = 3600
EFFECTS = (
    "CREATE TABLE bench_effect (id bigserial PRIMARY KEY, job_id bigint NOT NULL, subject_kind text NOT NULL,"
    " subject_id bigint NOT NULL, created_at timestamptz NOT NULL, process integer NOT NULL,"
    " at timestamptz NOT NULL DEFAULT clock_timestamp())"
)
LOAD = (
    "from commerce.config.console import load_django; load_django()\n"
    "from bench.job_handlers import KINDS, register_handlers; register_handlers()\n"
)
MAKE_JOBS = f"""
{LOAD}
import json, sys
from django.db import transaction
from commerce.jobs.queue import enqueue
from commerce.kit import clock
number, trouble = int(sys.argv[1]), sys.argv[2] == "trouble"
# In trouble, urgent ones come one by one, from whoever waits for a mail: thousands at once would wait for each other.
kinds = [one for one in KINDS if not (trouble and one == "bench.security")]
for begin in range(0, number, 500):
    with transaction.atomic():
        for n in range(begin, min(begin + 500, number)):
            action = kinds[n % len(kinds)]
            subject = ("bench", n * 7 // 10 * len(kinds) + n % len(kinds))
            args = {{}}
            if trouble:
                args = {{"kills": n % 5003 == 77, "fails": n % 50 == 3, "seconds": 0.5 * (n % 200 == 9)}}
            enqueue(subject, action, f"bench {{n}}", clock.now(), args)
"""
WORK = f"{LOAD}\nfrom commerce.cli import main; main()"


class JobsRun:
    """A filled database and what its workers did with it."""

    def __init__(self, stores: machine.StoreServers, variables: dict[str, str]) -> None:
        self.stores, self.variables = stores, variables

    def python(self, code: str, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            env=self.variables,
            cwd=contestants.ROOT,
            check=True,
        )

    def one(self, statement: str) -> int:
        with psycopg.connect(self.stores.postgres, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return int(row[0]) if row else 0

    def start_worker(self, number: int) -> subprocess.Popen[bytes]:
        """A worker process; every second one is of another node, which has a data folder of its own."""
        folder = f"{self.variables['COMMERCE_DATA_DIR']}{number % 2 or ''}"
        return subprocess.Popen(
            [sys.executable, "-P", "-c", WORK, "worker"],
            env=self.variables | {"COMMERCE_DATA_DIR": folder},
            cwd=contestants.ROOT,
            stdout=subprocess.DEVNULL,
        )

    @contextmanager
    def workers(self, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Worker processes, ended whatever happens."""
        started = [self.start_worker(place) for place in range(number)]
        try:
            yield started
        finally:
            for worker in started:
                worker.terminate()
            for worker in started:
                worker.wait()

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until no job is open; ``meanwhile`` is called over and over."""
        ends = time.monotonic() + WAIT_SECONDS
        while self.open_jobs():
            if time.monotonic() > ends:
                sys.exit("The jobs were not done in time.")
            meanwhile()
            time.sleep(0.2)

    def open_jobs(self) -> int:
        """How many are still to do; all, while PostgreSQL is away."""
        try:
            return self.one(
                "SELECT count(*) FROM jobs_job WHERE subject_kind = 'bench' AND ended_at IS NULL"
            )
        except psycopg.OperationalError:
            return sys.maxsize

    def check(self, number: int) -> None:
        """Each job has one effect, and those of a subject are in order."""
        if (
            self.one("SELECT count(DISTINCT job_id) FROM bench_effect WHERE subject_kind = 'bench'")
            != number
        ):
            sys.exit("A job has no effect.")
        if self.one("SELECT count(*) FROM bench_effect WHERE subject_kind = 'bench'") != number:
            sys.exit("A job has two effects.")
        turned = (
            "SELECT count(*) FROM bench_effect a JOIN bench_effect b USING (subject_kind, subject_id)"
            " JOIN jobs_job j ON j.id = a.job_id AND j.one_at_a_time"
            " JOIN jobs_job k ON k.id = b.job_id AND k.one_at_a_time"
            " WHERE a.job_id < b.job_id AND a.id > b.id"
        )
        if self.one(turned):
            sys.exit("Jobs of a subject took effect in another order.")

    def until_ready(self) -> None:
        """Until a first effect is there: loading is not what is measured."""
        while not self.one("SELECT count(*) FROM bench_effect"):
            time.sleep(0.05)


@contextmanager
def prepared_run(engine: str) -> Iterator[JobsRun]:
    """A fresh database for workers of this engine."""
    with started_stores() as (stores, variables):
        tasks = {"COMMERCE_TASKS": engine} if engine != "embedded" else {}
        run = JobsRun(stores, variables | tasks)
        run.python("from commerce.cli import main; main()", "migrate")
        with psycopg.connect(stores.postgres, autocommit=True) as connection:
            connection.execute(EFFECTS)
        yield run
