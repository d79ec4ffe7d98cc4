"""``python -m bench.jobs``: jobs of five kinds by real workers on PostgreSQL, with the processor time of each.

Three subjects in ten have more than one job, which must take effect in the order in which they were made. With
``--trouble`` some fail once, some take half a second, and some end their worker.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg

from bench import contestants, machine, report
from bench.daily_run import log_progress, started_stores

PAGE = contestants.ROOT / "docs" / "performance.md"
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
for begin in range(0, number, 500):
    with transaction.atomic():
        for n in range(begin, min(begin + 500, number)):
            action = list(KINDS)[n % len(KINDS)]
            subject = ("bench", n * 7 // 10 * len(KINDS) + n % len(KINDS))
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
            row = connection.execute(statement).fetchone()  # type: ignore[arg-type]
        return int(row[0]) if row else 0

    @contextmanager
    def workers(
        self, number: int, options: Sequence[str]
    ) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Worker processes, ended whatever happens."""
        command = [sys.executable, "-P", "-c", WORK, "worker", *options]
        started = [
            subprocess.Popen(
                command, env=self.variables, cwd=contestants.ROOT, stdout=subprocess.DEVNULL
            )
            for _ in range(number)
        ]
        try:
            yield started
        finally:
            for worker in started:
                worker.terminate()
            for worker in started:
                worker.wait()

    def wait(self) -> None:
        """Until no job is open."""
        open_jobs = (
            "SELECT count(*) FROM jobs_job WHERE subject_kind = 'bench' AND ended_at IS NULL"
        )
        ends = time.monotonic() + WAIT_SECONDS
        while self.one(open_jobs):
            if time.monotonic() > ends:
                sys.exit("The jobs were not done in time.")
            time.sleep(0.2)

    def check(self, number: int) -> None:
        """Each job has one effect, and those of a subject are in order."""
        if self.one("SELECT count(DISTINCT job_id) FROM bench_effect") != number:
            sys.exit("A job has no effect.")
        if self.one("SELECT count(*) FROM bench_effect") != number:
            sys.exit("A job has two effects.")
        turned = (
            "SELECT count(*) FROM bench_effect a JOIN bench_effect b USING (subject_id)"
            " JOIN jobs_job j ON j.id = a.job_id AND j.one_at_a_time"
            " JOIN jobs_job k ON k.id = b.job_id AND k.one_at_a_time"
            " WHERE a.job_id < b.job_id AND a.id > b.id"
        )
        if self.one(turned):
            sys.exit("Jobs of a subject took effect in another order.")


def measure(engine: str, jobs: int, workers: int, *, trouble: bool) -> dict[str, float]:
    """Make so many jobs, have them done, and check what came of them."""
    with started_stores() as (stores, variables):
        tasks = {"COMMERCE_TASKS": engine} if engine != "embedded" else {}
        run = JobsRun(stores, variables | tasks)
        run.python("from commerce.cli import main; main()", "migrate")
        with psycopg.connect(stores.postgres, autocommit=True) as connection:
            connection.execute(EFFECTS)
        postgres, began = machine.cpu_ms(stores.pids["postgres"]), time.monotonic()
        run.python(MAKE_JOBS, str(jobs), "trouble" if trouble else "")
        made = time.monotonic() - began
        made_postgres = machine.cpu_ms(stores.pids["postgres"]) - postgres
        connections = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with run.workers(workers, []) as started:
            _until_ready(run)
            before = machine.cpu_ms(stores.pids["postgres"])
            used = sum(machine.cpu_ms(worker.pid) for worker in started)
            began = time.monotonic()
            log_progress(f"{engine}: {jobs} jobs, {workers} workers")
            run.wait()
            seconds = time.monotonic() - began
            python = sum(machine.cpu_ms(worker.pid) for worker in started) - used
            postgres = machine.cpu_ms(stores.pids["postgres"]) - before
            open_connections = run.one(connections) - 1
        run.check(jobs)
    return {
        "seconds": seconds,
        "made_ms": made / jobs * 1000,
        "made_postgres": made_postgres / jobs,
        "python": python / jobs,
        "postgres": postgres / jobs,
        "connections": open_connections,
    }


def _until_ready(run: JobsRun) -> None:
    """Until a first effect is there: loading is not what is measured."""
    while not run.one("SELECT count(*) FROM bench_effect"):
        time.sleep(0.05)


def main() -> None:
    """Measure each engine that was asked for, and print the table; ``--record`` puts it into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    parser.add_argument("--engines", nargs="+", default=["embedded"], metavar="ENGINE")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--trouble", action="store_true", help="poison, slow and failing jobs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    found = {
        engine: measure(engine, asked.jobs, asked.workers, trouble=asked.trouble)
        for engine in asked.engines
    }
    if asked.json:
        print(json.dumps(found))
    rows: list[Sequence[str]] = [
        ("Engine", "jobs a second", "Python", "PG", "PG to make one", "connections")
    ]
    for engine, row in found.items():
        rows.append(
            (
                engine,
                f"{asked.jobs / row['seconds']:.0f}",
                *(f"{row[name]:.1f} ms" for name in ("python", "postgres", "made_postgres")),
                *(f"{row[name]:.0f}" for name in ("connections",)),
            )
        )
    text = (
        f"{machine.machine_sentence()}; {asked.jobs} jobs of five kinds, {asked.workers} processes.\n\n"
        f"{report.markdown(rows)}"
    )
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="jobs")


if __name__ == "__main__":
    main()
