"""The life of a job under a worker: claimed, renewed, ended, put off, put back, failed, lost."""

import math
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import BigAutoField, Q

from commerce.audit.states import move
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.db.locks import lock
from commerce.jobs.events import JobParked
from commerce.jobs.handlers import RetryLater, job_type_of
from commerce.jobs.models import Job, JobQuerySet, RemoteState
from commerce.jobs.remotes import places_of
from commerce.jobs.rules import (
    CLOCK_SKEW_SECONDS,
    ENDED_STATES,
    JOB_MOVES,
    MAX_LOST_RUNS,
    OPEN_STATES,
    REMOTE_PLACES,
    SILENT_HOURS,
    JobStatus,
    retry_seconds,
)
from commerce.jobs.time_limits import run_milliseconds
from commerce.kit import ids
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict

LEASE = timedelta(minutes=10)
"""The longest."""
_AT_ONCE = 500

_when_parked: list[Callable[..., None]] = []


def when_parked(publish: Callable[..., None]) -> None:
    """Have ``publish(JobParked(…), at=…, client_id=None)`` called in the transaction that parks a job.

    Events lie above jobs.
    """
    _when_parked[:] = [publish]


def move_job(
    job: Job,
    to: JobStatus,
    *,
    ctx: Context,
    reason: str = "",
    stored_state: JobStatus | None = None,
    **changes: Any,
) -> None:
    """Move a job along its table, from ``stored_state`` where the caller holds its row. Raises ``StateConflict``.

    What a worker does all day is not in the audit log, unless its ``JobType`` says so.
    """
    if to in ENDED_STATES:
        changes |= {"ended_at": ctx.at}
    silent = ctx.actor is SYSTEM and to != JobStatus.PARKED and not job_type_of(job.action).audited
    move(
        job,
        to,
        allowed=JOB_MOVES,
        ctx=ctx,
        client_id=None,
        reason=reason,
        without_audit=silent,
        stored_state=stored_state,
        **changes,
    )


@transaction.atomic
def claim_job(*, job: Job, at: datetime, places: int = REMOTE_PLACES) -> bool:
    """Take a due job for this run, for 10 minutes at most; False when it is not its turn, or another was first.

    Nor is it its turn while ``places`` others ask its server or registrar, or that one rests.
    """
    if job.status not in (JobStatus.QUEUED, JobStatus.WAITING):
        return False
    if job.status == JobStatus.WAITING and job.next_try_at and job.next_try_at > at:
        return False
    if job.one_at_a_time and jobs_before(job).exists():
        return False
    remote = job_type_of(job.action).remote(job.subject_id)
    free = places_of(remote, at, most=places) if remote else [0]
    if not free:
        Job.objects.filter(pk=job.pk).update(
            remote=remote
        )  # nobody looks at it until there is a place
        return False
    try:
        with transaction.atomic():
            move_job(
                job,
                JobStatus.RUNNING,
                ctx=Context(at, SYSTEM),
                claim=ids.random_key(),
                lease_until=at + lease_of(job),
                remote=remote,
                remote_place=free[0],
            )
    except (StateConflict, IntegrityError):
        return False
    return True


def lease_of(job: Job) -> timedelta:
    """What a run may take, and a minute: by then its process has ended."""
    return timedelta(seconds=job_type_of(job.action).limit_seconds + 60)


def jobs_before(job: Job) -> JobQuerySet:
    """Those of the same subject that must end first."""
    earlier = Job.objects.of((job.subject_kind, job.subject_id)).filter(pk__lt=job.pk)
    return earlier.filter(one_at_a_time=True, status__in=OPEN_STATES)


@transaction.atomic
def succeed_job(*, job: Job, at: datetime) -> None:
    """Done. Raises ``StateConflict`` when this run had lost the job: then its transaction must not stand either."""
    _hold(job)
    _move_held(job, JobStatus.SUCCEEDED, at, error="")


@transaction.atomic
def postpone_job(*, job: Job, retry: RetryLater, at: datetime) -> None:
    """Wait without using up a try, or park when it has waited too long."""
    _hold(job)
    is_patient = math.isinf(retry.max_seconds)  # what comes after it has its own time
    since = at if is_patient else job.waiting_since or at
    if (at - since).total_seconds() >= retry.max_seconds:
        _park(job, str(retry), at)
    else:
        _wait(job, at + timedelta(seconds=retry.seconds), at, error=str(retry), waiting_since=since)


@transaction.atomic
def fail_job(*, job: Job, text: str, at: datetime) -> None:
    """A try failed: the next one comes after a pause, and after the last one the job parks."""
    _hold(job)
    tries = job.tries + 1
    if tries >= job_type_of(job.action).tries:
        _park(job, text, at, tries=tries)
        return
    pause = retry_seconds(tries, secrets.randbelow(1000), job_type_of(job.action).pauses)
    _wait(job, at + timedelta(seconds=pause), at, error=text, tries=tries)


@transaction.atomic
def park_or_drop_job(
    *, job: Job, text: str, at: datetime, obsolete: bool = False, is_to_do: bool = False
) -> None:
    """Park a job that trying again does not help, or that a person does; or drop one whose reason is gone."""
    _hold(job)
    if not obsolete:
        _park(job, text, at, is_to_do=is_to_do)
        return
    _put_back(job, at)
    move_job(job, JobStatus.DROPPED, ctx=Context(at, SYSTEM), reason=text, error=text)


@transaction.atomic
def requeue_job(*, job: Job, at: datetime) -> None:
    """There was no room for it: it is queued again, in its old place. Raises ``StateConflict``."""
    _hold(job)
    _put_back(job, at)


def _put_back(job: Job, at: datetime) -> None:
    _move_held(job, JobStatus.QUEUED, at, claim="")


def requeue_lost_jobs(*, at: datetime) -> int:
    """Jobs whose worker gave no sign of life until their lease ended are queued again; how many.

    So are those of a worker whose clock was ahead: their lease would end long after it.
    """
    ended = Q(lease_until__lt=at) | Q(lease_until__gt=_latest(at))
    lost = Job.objects.filter(ended, status=JobStatus.RUNNING).order_by("id")[:_AT_ONCE]
    return _each(lost, lambda job: _give_back(job, at))


def park_jobs_of_silent_remotes(*, at: datetime) -> int:
    """Jobs whose server or registrar has given no answer for six hours park; how many."""
    since = at - timedelta(hours=SILENT_HOURS)
    silent = RemoteState.objects.filter(silent_since__lte=since, rests_until__gt=at)
    waiting = Job.objects.filter(
        remote__in=silent.values("name"),
        status__in=[JobStatus.QUEUED, JobStatus.WAITING],
        created_at__lte=since,
    )
    return _each(waiting.order_by("id")[:_AT_ONCE], lambda job: _give_up(job, at))


def _give_up(job: Job, at: datetime) -> bool:
    remote = job.remote  # told again at its end: a running one would need a place there
    try:
        with transaction.atomic():
            move_job(
                job,
                JobStatus.RUNNING,
                ctx=Context(at, SYSTEM),
                claim=ids.random_key(),
                lease_until=at + LEASE,
                remote="",
            )
            text = f"No answer for {SILENT_HOURS} hours."
            _park(job, text, at, remote=remote)
    except (StateConflict, IntegrityError):
        return False
    return True


def _latest(at: datetime) -> datetime:
    """Until when a lease may run, by a clock that is right."""
    return at + LEASE + timedelta(seconds=CLOCK_SKEW_SECONDS)


def _give_back(job: Job, at: datetime) -> bool:
    row = lock(job)
    if row.status != JobStatus.RUNNING or row.claim != job.claim or row.lease_until is None:
        return False
    if at <= row.lease_until <= _latest(at):
        return False
    _count_lost_run(row, at)
    return True


@transaction.atomic
def requeue_dead_job(*, job: Job, at: datetime) -> None:
    """A job whose process is known to be gone is queued again before its lease has ended."""
    row = lock(job)
    if row.status == JobStatus.RUNNING and row.claim == job.claim:
        _count_lost_run(row, at)


def _count_lost_run(row: Job, at: datetime) -> None:
    lost_runs = row.lost_runs + 1
    if lost_runs >= MAX_LOST_RUNS:
        _park(row, f"{lost_runs} workers ended while they ran this job.", at, lost_runs=lost_runs)
        return
    _move_held(row, JobStatus.QUEUED, at, claim="", lost_runs=lost_runs)


def _each(jobs: Iterable[Job], act: Callable[[Job], bool]) -> int:
    """Each job in a transaction of its own; how many were dealt with."""
    done = 0
    for job in jobs:
        with transaction.atomic():
            done += act(job)
    return done


def _hold(job: Job) -> None:
    """Lock the row, and make sure that the job still belongs to this run."""
    if _HELD.tuples(pk=job.pk) != [(JobStatus.RUNNING, job.claim)]:
        raise StateConflict("job.taken")


_HELD: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: (
        Job.objects.select_for_update()
        .filter(pk=QueryParam("pk", BigAutoField()))
        .values_list("status", "claim")
    )
)


def _move_held(job: Job, to: JobStatus, at: datetime, **changes: Any) -> None:
    """End a run whose row this transaction has locked."""
    ctx = Context(at, SYSTEM)
    held = JobStatus.RUNNING
    changes |= {"lease_until": None, "run_ms": run_milliseconds(job)}
    move_job(job, to, ctx=ctx, stored_state=held, **changes)


def _park(job: Job, text: str, at: datetime, **changes: Any) -> None:
    _move_held(job, JobStatus.PARKED, at, reason=text, error=text, **changes)
    if job.subject_kind != JobParked.__name__:  # of that one nobody could be told this way
        for tell in _when_parked:
            tell(JobParked(job.pk), at=at, client_id=None)


def _wait(job: Job, until: datetime, at: datetime, **changes: Any) -> None:
    _move_held(job, JobStatus.WAITING, at, next_try_at=until, **changes)
