"""Running a job: the only way from its row to its handler."""

import logging
import math
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from django.db import transaction
from django.db.models import DateTimeField

from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, prepared_statements
from commerce.jobs.handlers import (
    JobRun,
    ManualWork,
    Obsolete,
    PermanentFailure,
    RateLimitReached,
    RemoteSilent,
    RetryLater,
    job_type_of,
)
from commerce.jobs.job_states import (
    claim_job,
    fail_job,
    park_or_drop_job,
    postpone_job,
    requeue_job,
    succeed_job,
)
from commerce.jobs.models import Job
from commerce.jobs.remotes import (
    forget_silences,
    note_silence,
    rest_remote,
    unavailable_remotes,
)
from commerce.jobs.rules import REMOTE_PLACES, JobPriority, JobStatus, RestCause
from commerce.jobs.time_limits import time_limit
from commerce.kit import json_log
from commerce.kit.errors import StateConflict
from commerce.kit.json_log import redact
from commerce.kit.remote.pauses import heeding_pauses

log = logging.getLogger(__name__)

_AT_ONCE = 100
_LOOK_EVERY = timedelta(seconds=1)


type PausedPriorities = dict[int, datetime]
"""Until when there is no room for work of a priority."""


def run_due_jobs(
    *,
    at: datetime,
    limit: int = 1000,
    paused: PausedPriorities | None = None,
    asking_remotes: bool = True,
) -> list[Job]:
    """Run what is due, the most urgent first, and what becomes due by it; the jobs that were run, at most ``limit``.

    ``paused`` carries over to the next call what there is no room for; it is changed here. Without
    ``asking_remotes`` those that ask a server or registrar are left to others.
    """
    ran: list[Job] = []
    paused = {} if paused is None else paused
    kinds = (False, True) if asking_remotes else (False,)
    while len(ran) < limit:
        batch = _run_some(_due(at, paused, kinds), at, paused, limit - len(ran))
        if not batch:
            break
        ran += batch
    return ran


class JobFeed:
    """The due jobs of some priorities that ask no remote, for several threads: looked for once a second, or when all
    were taken.

    A look reads a hundred rows. When each job had a look of its own, that was half of what PostgreSQL did for it. One
    that led to no run is not repeated at once.
    """

    def __init__(self, priorities: Sequence[JobPriority] = tuple(JobPriority)) -> None:
        self._priorities = priorities
        self.paused: PausedPriorities = {}
        self._jobs: Iterator[Job] = iter(())
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self._has_run = True
        self._one_looks = threading.Lock()

    def next_job(self, at: datetime) -> Job | None:
        """The most urgent one that was not given yet. Another process may have it: who claims it is told."""
        with self._one_looks, prepared_statements():
            is_fresh = timedelta(0) <= at - self._looked_at < _LOOK_EVERY
            job = self._first(at) if is_fresh else None
            if job is None and (self._has_run or not is_fresh):
                self._looked_at, self._has_run = at, False
                self._jobs = _due(at, self.paused, (False,), self._priorities)
                job = self._first(at)
            return job

    def _first(self, at: datetime) -> Job | None:
        jobs = (job for job in self._jobs if self.paused.get(job.priority, at) <= at)
        return next(jobs, None)

    def run_next(self, at: datetime) -> bool:
        """Run the next job, if there is one; whether there was."""
        job = self.next_job(at)
        if job is None:
            return False
        try:
            self._has_run |= run_job(job, at=at)
        except RateLimitReached as full:
            self.paused[job.priority] = at + timedelta(seconds=full.seconds)
        return True


def claim_remote_job(*, at: datetime, places: int = REMOTE_PLACES) -> Job | None:
    """The most urgent due job that asks a server or registrar, claimed; at most ``places`` ask the same one."""
    for job in _due(at, {}, (True,), places=places):
        if claim_job(job=job, at=at, places=places):
            return job
    return None


def _due(
    at: datetime,
    paused: PausedPriorities,
    kinds: Sequence[bool],
    priorities: Sequence[JobPriority] = tuple(JobPriority),
    *,
    places: int = REMOTE_PLACES,
) -> Iterator[Job]:
    """Jobs in the order in which they are to be run, read as far as they are asked for."""
    unavailable: list[str] | None = None
    for priority in priorities:
        if paused.get(priority, at) > at:
            continue
        for asks_remote in kinds:
            if asks_remote and unavailable is None:
                unavailable = unavailable_remotes(at, most=places)
            if asks_remote and unavailable:
                jobs = Job.objects.in_turn().asking_none_of(unavailable)
                yield from jobs.retries_due(priority, at, asks_remote=True)[:_AT_ONCE]
                yield from jobs.queued(priority, asks_remote=True)[:_AT_ONCE]
            else:
                yield from _retries_due(priority, asks_remote=asks_remote).instances(at=at)
                yield from _queued(priority, asks_remote=asks_remote).instances()


# Sixteen statements for each look, most of which find nothing: 1 ms in place of 24.
@cache
def _retries_due(priority: JobPriority, *, asks_remote: bool) -> CompiledQuerySet[Job]:
    at = QueryParam("at", DateTimeField())
    return CompiledQuerySet(
        lambda: Job.objects.in_turn().retries_due(priority, at, asks_remote=asks_remote)[:_AT_ONCE]
    )


@cache
def _queued(priority: JobPriority, *, asks_remote: bool) -> CompiledQuerySet[Job]:
    return CompiledQuerySet(
        lambda: Job.objects.in_turn().queued(priority, asks_remote=asks_remote)[:_AT_ONCE]
    )


def _run_some(jobs: Iterator[Job], at: datetime, paused: PausedPriorities, limit: int) -> list[Job]:
    """Run those of ``jobs`` that nobody else has, until a more urgent one may have come by it."""
    ran: list[Job] = []
    for job in jobs:
        if len(ran) >= limit or (ran and job.priority > ran[0].priority):
            break
        if paused.get(job.priority, at) > at:
            continue
        try:
            if run_job(job, at=at):
                ran.append(job)
        except RateLimitReached as full:
            paused[job.priority] = at + timedelta(seconds=full.seconds)
    return ran


def run_job(job: Job, *, at: datetime, places: int = REMOTE_PLACES) -> bool:
    """Claim the job, do it, and record what came of it; False when it was not ours to run.

    Raises ``RateLimitReached`` when there is none for it now.
    """
    if not claim_job(job=job, at=at, places=places):
        return False
    run_claimed_job(job, at=at)
    return True


def run_claimed_job(job: Job, *, at: datetime) -> None:
    """Do a job that ``claim_remote_job`` gave, and record what came of it."""
    with (
        json_log.of_request(job.request_id),
        json_log.log_context(job_id=job.pk),
        time_limit(job, job_type_of(job.action).limit_seconds),
    ):
        _run(job, at=at)


def _run(job: Job, *, at: datetime) -> None:
    with heeding_pauses() as pause:
        try:
            _do(job, JobRun.of(job, at))
        except StateConflict as conflict:
            if _lost(job):
                log.warning("The run of job %s was too slow: another worker has it.", job.pk)
            else:
                _failed(job, conflict, at, pause.seconds)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the outcome of this try
            _failed(job, error, at, pause.seconds)


def _do(job: Job, run: JobRun) -> None:
    job_type = job_type_of(job.action)
    if job_type.in_transaction:
        with transaction.atomic():
            job_type.handler(run)
            succeed_job(job=job, at=run.at)
        return
    effect = job_type.handler(run)
    forget_silences(remote=job.remote)
    with transaction.atomic():
        if effect is not None:
            effect()
        succeed_job(job=job, at=run.at)


def _lost(job: Job) -> bool:
    return not Job.objects.filter(pk=job.pk, claim=job.claim, status=JobStatus.RUNNING).exists()


def _failed(job: Job, error: Exception, at: datetime, pause: int) -> None:
    # `succeed_job` may have refreshed the object before its transaction was undone.
    claim = job.claim
    job.refresh_from_db()
    if job.claim != claim:
        return
    if not isinstance(error, (RetryLater, Obsolete)):  # these may not have asked
        forget_silences(remote=job.remote)
    if pause:
        rest_remote(remote=job.remote, until=at + timedelta(seconds=pause), at=at)
    _end_try(job, error, at, pause)


def _end_try(job: Job, error: Exception, at: datetime, pause: int) -> None:
    """Whatever a handler raised, as the state of its job."""
    match error:
        case RateLimitReached():
            requeue_job(job=job, at=at)
            raise error
        case RemoteSilent():
            rests_until = note_silence(
                remote=job.remote,
                at=at,
                cause=error.cause,
                is_certain=error.is_certain,
                problem=redact(str(error)),
            )
            if rests_until:
                error.seconds = max(error.seconds, (rests_until - at).total_seconds())
                if error.cause != RestCause.SILENCE:
                    error.max_seconds = math.inf
            _postpone(job, error, at, pause)
        case RetryLater():
            _postpone(job, error, at, pause)
        case Obsolete() | PermanentFailure():
            park_or_drop_job(
                job=job,
                text=str(error),
                at=at,
                obsolete=isinstance(error, Obsolete),
                is_to_do=isinstance(error, ManualWork),
            )
        case _:
            text = redact(f"{type(error).__name__}: {error}")[:2000]
            if pause:  # it was asked to come later: no try is used up
                _postpone(job, RetryLater(pause, text), at, pause)
                return
            log.error("Job %s (%s) failed.", job.pk, job, exc_info=error)
            fail_job(job=job, text=text, at=at)


def _postpone(job: Job, retry: RetryLater, at: datetime, pause: int) -> None:
    retry.seconds = max(retry.seconds, pause)
    postpone_job(job=job, retry=retry, at=at)
