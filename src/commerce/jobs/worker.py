"""The worker: threads that run jobs, others for mails and for jobs that ask servers, and one for the timetable."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue

from django.db import DatabaseError, close_old_connections, connections

from commerce.db import outages
from commerce.db.database_clock import follow_database_clock
from commerce.jobs import runner
from commerce.jobs.models import Job
from commerce.jobs.rules import (
    LOCAL_PRIORITIES,
    MAIL_PRIORITIES,
    MAIL_THREADS,
    REMOTE_PLACES,
    REMOTE_THREADS,
    JobPriority,
)
from commerce.jobs.schedule import ScheduleEntry, ScheduleWatcher, run_due_entries
from commerce.jobs.time_limits import watch_time_limits
from commerce.kit import clock

log = logging.getLogger(__name__)

POLL_SECONDS = 1
"""Between two looks of a thread that found no job."""
FAILURE_SECONDS = 5
"""After a failure such as a database that is away."""
STOP_SECONDS = 25
IDLE_SECONDS = 10
"""How long a thread for such jobs keeps its connection when there is none."""

type WorkerLoop = Callable[[threading.Event], None]
"""Works until the event is set."""


class Worker:
    """Runs jobs in ``threads`` threads, and the timetable beside them, until it is told to stop.

    Jobs that ask a server or registrar have 8 threads beside those. Once half of these are taken, no server gets a
    second one: there is room for the others. Mails have 2, and those with links a third one: nothing else waits for a
    mail server that is slow, and they do not wait behind others.

    ``loops`` are what else works until it is told to stop, each in a thread of its own.
    """

    def __init__(
        self, entries: Sequence[ScheduleEntry], *, threads: int, loops: Sequence[WorkerLoop] = ()
    ) -> None:
        self._threads, self._loops = threads, loops
        self._stopping = threading.Event()
        self._watcher = ScheduleWatcher(entries, self._stopping)
        self._claimed: SimpleQueue[Job | None] = SimpleQueue()
        self._remote_jobs = 0
        self._remote_job_ended = threading.Condition()

    def run(self) -> None:
        """Work until ``stop``; then finish what is being run, for at most 25 seconds."""
        local, mails = runner.JobFeed(LOCAL_PRIORITIES), runner.JobFeed(MAIL_PRIORITIES)
        links = runner.JobFeed([JobPriority.URGENT])
        feeds = [local] * self._threads + [mails] * MAIL_THREADS + [links]
        work: list[Callable[[], None]] = [partial(self._run_jobs, feed) for feed in feeds]
        work += [self._hand_out_remote_jobs] + [self._run_remote_jobs] * REMOTE_THREADS
        loops = [partial(loop, self._stopping) for loop in self._loops]
        run_threads([*work, self._watcher.run, *loops], self._stopping)

    def stop(self) -> None:
        """Take nothing new. What must be cut off all the same is queued again when its lease has run out."""
        self._stopping.set()

    def _run_jobs(self, feed: runner.JobFeed) -> None:
        """One job after the other, the most urgent first."""
        while not self._stopping.is_set():
            close_old_connections()
            try:
                ran = feed.run_next(clock.now())
            except Exception as error:  # noqa: BLE001 - told in full
                self._log_failure(error)
                continue
            if not ran:
                self._stopping.wait(POLL_SECONDS)
        connections.close_all()

    def _log_failure(self, error: Exception) -> None:
        outages.log_failure(log, error, "The next job could not be looked for.")
        self._stopping.wait(FAILURE_SECONDS)

    def _hand_out_remote_jobs(self) -> None:
        """Claim jobs that ask a remote, as many as there are threads for them, and have those run them."""
        while not self._stopping.is_set():
            close_old_connections()
            with self._remote_job_ended:
                running = self._remote_jobs
            try:
                job = self._claim_remote_job(running)
            except Exception as error:  # noqa: BLE001 - told in full
                self._log_failure(error)
                continue
            with self._remote_job_ended:
                if job is None:
                    self._remote_job_ended.wait(POLL_SECONDS)
                    continue
                self._remote_jobs += 1
            self._claimed.put(job)
        for _ in range(REMOTE_THREADS):
            self._claimed.put(None)
        connections.close_all()

    def _claim_remote_job(self, running: int) -> Job | None:
        if running >= REMOTE_THREADS:
            return None
        places = REMOTE_PLACES if running < REMOTE_THREADS // 2 else 1
        return runner.claim_remote_job(at=clock.now(), places=places)

    def _run_remote_jobs(self) -> None:
        """What was claimed, with one connection for as long as there is work: a new one costs more than a small job."""
        while True:
            try:
                job = self._claimed.get(timeout=IDLE_SECONDS)
            except Empty:
                connections.close_all()
                continue
            if job is None:
                break
            self._run_remote_job(job)
        connections.close_all()

    def _run_remote_job(self, job: Job) -> None:
        close_old_connections()
        try:
            runner.run_claimed_job(job, at=clock.now())
        except Exception as error:  # noqa: BLE001 - told in full
            outages.log_failure(log, error, f"Job {job.pk} could not be run.")
        finally:
            with self._remote_job_ended:
                self._remote_jobs -= 1
                self._remote_job_ended.notify()


def run_threads(targets: Sequence[Callable[[], None]], stopping: threading.Event) -> None:
    """Run each in a thread until it is said to stop, and let them finish for at most 25 seconds.

    A job that is stuck ends the process: it alone runs here, apart from what serves pages. Nothing is claimed by this
    machine's clock, which may be wrong.
    """
    with suppress(DatabaseError):  # whoever looks at the timetable asks again
        follow_database_clock()
    connections.close_all()
    threads = [threading.Thread(target=target, daemon=True) for target in targets]
    threads.append(threading.Thread(target=watch_time_limits, args=(stopping,), daemon=True))
    for thread in threads:
        thread.start()
    stopping.wait()
    ends = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))


def run_everything_due(entries: Sequence[ScheduleEntry]) -> tuple[int, list[str]]:
    """Run all that is due now, and what becomes due by it: how many jobs, and which entries of the timetable."""
    ran = run_due_entries(entries, at=clock.now())
    jobs = 0
    paused: runner.PausedPriorities = {}
    # One by one, each at its own instant: a lease that begins in the past is soon over.
    while batch := runner.run_due_jobs(at=clock.now(), limit=1, paused=paused):
        jobs += len(batch)
    return jobs, ran
