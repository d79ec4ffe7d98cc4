"""Jobs through Procrastinate: each open job has a carrier in its tables, which brings the job's number to a worker.

Our row stays what is true: who claims it runs it, and when its carrier comes back follows from the row alone. So a
carrier that is lost, doubled, stalled or early changes nothing. Loaded with ``COMMERCE_TASKS=procrastinate`` only.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job as Carrier
from procrastinate.manager import JobManager

from commerce.db import outages
from commerce.jobs.engine_calls import JobEngine, use_engine
from commerce.jobs.handlers import RateLimitReached
from commerce.jobs.job_states import jobs_before
from commerce.jobs.models import Job
from commerce.jobs.rules import REMOTE_PLACES, REMOTE_THREADS, JobPriority, JobStatus
from commerce.jobs.runner import run_job
from commerce.kit import clock

log = logging.getLogger(__name__)

TASK = "commerce.job"
_MOST_SECONDS = 30
"""Between two looks whether there is a place at a remote."""

_DEFER = f"""
SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
    CASE WHEN asks_remote THEN 'remote' ELSE CASE priority
        WHEN {JobPriority.URGENT:d} THEN 'security' WHEN {JobPriority.BULK:d} THEN 'documents'
        WHEN {JobPriority.MAIL:d} THEN 'mails' ELSE 'default' END END,
    '{TASK}', -priority,
    CASE WHEN one_at_a_time AND priority = {JobPriority.NORMAL:d}
        THEN subject_kind || ' ' || subject_id END,
    'job ' || id, jsonb_build_object('job_id', id),
    CASE status WHEN 'waiting' THEN next_try_at END
)::procrastinate_job_to_defer_v1 ORDER BY id)) FROM jobs_job
WHERE status IN ('queued', 'waiting') AND {{}} HAVING count(*) > 0
"""  # noqa: S608 - of constants
# The lock is the order within a subject: of those with the usual priority, since with it the engine has the urgent one
# first. What is urgent or in bulk finds out from the row whether it is its turn.
_LACKS_CARRIER = """
    NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = 'job ' || jobs_job.id)
    AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND queueing_lock = 'job ' || jobs_job.id)
"""
_HASTEN = """
UPDATE procrastinate_jobs SET scheduled_at = NULL FROM jobs_job
WHERE procrastinate_jobs.status = 'todo' AND queueing_lock = 'job ' || jobs_job.id
    AND scheduled_at > %s AND {}
    AND (jobs_job.status = 'queued' OR jobs_job.status = 'waiting' AND next_try_at < scheduled_at)
"""


class CarrierReturns(Exception):
    """The job is still open: its carrier comes back then."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"It is looked at again at {at:%H:%M:%S}.")
        self.at = at


class ReturnWhenDue(BaseRetryStrategy):
    """A carrier comes back when its job's row says; after a defect or an outage in a minute."""

    def get_retry_decision(self, *, exception: BaseException, job: Carrier) -> RetryDecision:
        """As Procrastinate asks for it."""
        del job
        if isinstance(exception, CarrierReturns):
            return RetryDecision(retry_at=exception.at)
        return RetryDecision(retry_in={"minutes": 1})


def defer_carriers(job_ids: Sequence[int]) -> None:
    """Give new jobs their carriers, in the transaction that makes them."""
    with connection.cursor() as cursor:
        cursor.execute(_DEFER.format("id = ANY(%s)"), [list(job_ids)])


@transaction.atomic
def restore_carriers(job_ids: Sequence[int] | None = None) -> None:
    """Give open jobs the carriers that they lack, and have those at once whose job is due before them.

    ``job_ids``: of these alone; of all otherwise.
    """
    of_these, ids = ("TRUE", []) if job_ids is None else ("jobs_job.id = ANY(%s)", [list(job_ids)])
    soon = clock.now() + timedelta(seconds=_MOST_SECONDS if job_ids is None else 0)
    with connection.cursor() as cursor:
        cursor.execute(_HASTEN.format(of_these), [soon, *ids])
        cursor.execute(_DEFER.format(f"{_LACKS_CARRIER} AND {of_these}"), ids)


def give_back_stalled_carriers() -> int:
    """Those whose worker is gone are fetched by another; how many."""
    manager = JobManager(DjangoConnector())  # that of a worker belongs to its event loop
    stalled = list(async_to_sync(manager.get_stalled_jobs)(task_name=TASK))
    for carrier in stalled:
        async_to_sync(manager.retry_job)(carrier)
    return len(stalled)


def mend_carriers() -> None:
    """What the timetable does each minute."""
    give_back_stalled_carriers()
    restore_carriers()


def use_carriers() -> None:
    """Have each job told to Procrastinate."""
    use_engine(JobEngine(defer_carriers, restore_carriers, mend_carriers))


class RemoteRuns:
    """How many jobs of this process ask a remote now: once half of the threads do, no remote gets a second one."""

    def __init__(self) -> None:
        self.number = 0
        self._mutex = threading.Lock()

    @property
    def places(self) -> int:
        """How many jobs may ask one remote, were this process to run one more."""
        return REMOTE_PLACES if self.number <= REMOTE_THREADS // 2 else 1

    def __enter__(self) -> None:
        with self._mutex:
            self.number += 1

    def __exit__(self, *_error: object) -> None:
        with self._mutex:
            self.number -= 1


_remote_runs = RemoteRuns()
stopping = threading.Event()
"""Set when this process is to end: nobody sleeps on."""


@app.task(name=TASK, retry=ReturnWhenDue(), pass_context=True)
def carry_job(context: JobContext, *, job_id: int) -> None:
    """Run the job if it is its turn. Raises ``CarrierReturns`` while it is open."""
    try:
        _carry(context.job, job_id)
    except CarrierReturns:
        raise
    except Exception as error:
        outages.log_failure(log, error, f"Job {job_id} could not be run.")
        raise


def _carry(carrier: Carrier, job_id: int) -> None:
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return
    try:
        with _remote_runs if job.asks_remote else nullcontext():
            has_run = run_job(job, at=clock.now(), places=_remote_runs.places)
    except RateLimitReached as full:  # threads of their own have these: nobody else waits
        stopping.wait(full.seconds)
        raise CarrierReturns(clock.now()) from full
    if not has_run:
        job.refresh_from_db()
    if next_look := _next_look(job, carrier):
        raise CarrierReturns(next_look)


def _next_look(job: Job, carrier: Carrier) -> datetime | None:
    """When an open job is to be looked at again."""
    match job.status:
        case JobStatus.WAITING:
            return job.next_try_at
        case JobStatus.RUNNING:
            return job.lease_until
        case JobStatus.QUEUED if carrier.lock is None or not _holds_up_another(job):
            return clock.now() + timedelta(
                seconds=min(2 ** min(carrier.attempts, 5), _MOST_SECONDS)
            )
        case _:
            return None  # ended; or the timetable gives it another carrier, after that which it holds up


def _holds_up_another(job: Job) -> bool:
    """Whether its lock keeps one that is to end first from a worker: the carrier of that one came later."""
    return jobs_before(job).filter(priority=JobPriority.NORMAL).exists()
