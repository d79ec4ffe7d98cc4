"""``bench.jobs --trouble``: workers and PostgreSQL are killed while jobs are done, and somebody waits for a mail."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import psycopg

from bench import contestants
from bench.daily_run import log_progress
from bench.jobs_run import LOAD, MAKE_JOBS, JobsRun, prepared_run

PROBE_SECONDS = 3
KILLS = 3
"""Of a worker, and as many of PostgreSQL."""
PROBE = """
import sys, threading, time
from django.db import DatabaseError, connection
from commerce.jobs.queue import enqueue
from commerce.kit import clock
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
number = 0
while not ended.wait(0.5):
    number += 1
    try:
        enqueue(("probe", number), "bench.security", f"probe {number}", clock.now())
    except DatabaseError:
        connection.close()
"""
DELAYS = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY delay), percentile_cont(0.95) WITHIN GROUP (ORDER BY delay),
    max(delay), count(*), count(*) FILTER (WHERE delay > 2) FROM (
    SELECT extract(epoch FROM at - created_at) AS delay FROM bench_effect
    WHERE subject_kind = 'probe' AND NOT EXISTS (
        SELECT FROM unnest(%s::timestamptz[]) AS killed
            WHERE created_at BETWEEN killed - interval '1 s' AND killed + interval '10 s')
) AS each
"""


def kill_postgres(address: str) -> None:
    """End a process of it as the machine does that is out of memory: it ends all others, and recovers from its log."""
    with suppress(psycopg.OperationalError), psycopg.connect(address) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)


class JobTrouble:
    """Kills a worker and PostgreSQL in turn, each when so much more is done, and starts again each worker that ended,
    as systemd would.
    """

    def __init__(self, run: JobsRun, workers: list[subprocess.Popen[bytes]], jobs: int) -> None:
        self._run, self._workers, self._jobs = run, workers, jobs
        self.killed_at: list[float] = []
        self.restarts = 0

    def turn(self) -> None:
        """What is due now."""
        for place, worker in enumerate(self._workers):
            if worker.poll() is not None:
                self.restarts += 1
                self._workers[place] = self._run.start_worker(place)
        number = len(self.killed_at)
        done = 1 - self._run.open_jobs() / self._jobs
        if number < 2 * KILLS and done > (number + 1) / (2 * KILLS + 2):
            self.killed_at.append(time.time())
            log_progress(f"killed {'PostgreSQL' if number % 2 else 'a worker'}")
            if number % 2:
                kill_postgres(self._run.stores.postgres)
            else:
                self._workers[number % len(self._workers)].kill()


def endure(engine: str, jobs: int, workers: int) -> str:
    """Have so many jobs done in trouble, and check them; what it took, in words."""
    with prepared_run(engine) as run:
        run.python(MAKE_JOBS, str(jobs), "trouble")
        with run.workers(workers) as started:
            run.until_ready()
            trouble, began = JobTrouble(run, started, jobs), time.monotonic()
            with probing(run.variables):
                run.wait(trouble.turn)
            seconds = time.monotonic() - began
            time.sleep(PROBE_SECONDS)
        run.check(jobs)
        lost = run.one("SELECT coalesce(sum(lost_runs), 0) FROM jobs_job")
        median, p95, longest, number, late = probe_delays(run.stores.postgres, trouble.killed_at)
    return (
        f"{engine}: {jobs} jobs by {workers} workers in {seconds:.0f} s, {len(trouble.killed_at)} kills,"
        f" {trouble.restarts} workers started again, {lost} runs lost; each job with one effect, in order."
        f" {number} security mails after {median:.2f} s (median), {p95:.2f} s (95 %), {longest:.2f} s at most;"
        f" {late} after more than 2 s."
    )


@contextmanager
def probing(variables: Mapping[str, str]) -> Iterator[None]:
    """Meanwhile a security mail twice a second."""
    command = [sys.executable, "-P", "-c", LOAD + PROBE]
    probe = subprocess.Popen(
        command, env=dict(variables), cwd=contestants.ROOT, stdin=subprocess.PIPE
    )
    try:
        yield
    finally:
        probe.communicate()


def probe_delays(address: str, killed_at: list[float]) -> tuple[float, float, float, int, int]:
    """Of security mails, seconds from the commit to the effect: median, 95 %, longest; how many, and how many took more
    than two. Without those made within 10 s of a kill."""
    stamps = [time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime(at)) for at in killed_at]
    with psycopg.connect(address, autocommit=True) as connection:
        row = connection.execute(DELAYS, [stamps]).fetchone()
    assert row
    median, p95, longest, number, late = row
    return float(median), float(p95), float(longest), number, late
