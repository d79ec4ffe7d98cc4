"""Running a job: the only way from its row to its handler."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from commerce.jobs.actions import (
    claim_job,
    fail_job,
    give_up_job,
    put_back_job,
    put_off_job,
    succeed_job,
)
from commerce.jobs.models import Job
from commerce.jobs.registry import Hopeless, Later, NoRoom, Pointless, Work, kind_of
from commerce.jobs.rules import Priority
from commerce.jobs.working import work_of
from commerce.kit import journal
from commerce.kit.errors import Moved
from commerce.kit.journal import redact

log = logging.getLogger(__name__)

_AT_ONCE = 100


def run(subject: tuple[str, int], action: str, cause: str, *, at: datetime) -> bool:
    """Run this job if it is due and nobody has it; whether it was run."""
    job = Job.objects.of(subject).filter(action=action, cause=cause).first()
    return job is not None and run_one(job, at=at)


type Rests = dict[int, datetime]
"""Until when there is no room for work of a priority."""


def run_due(*, at: datetime, limit: int = 1000, rests: Rests | None = None) -> list[Job]:
    """Run what is due, the most urgent first, and what becomes due by it; the jobs that were run, at most ``limit``.

    ``rests`` keeps from one call to the next for what there is no room, and is written here.
    """
    ran: list[Job] = []
    rests = {} if rests is None else rests
    while len(ran) < limit:
        found = _run_some(_due(at, rests), at, rests, limit - len(ran))
        if not found:
            break
        ran += found
    return ran


def _due(at: datetime, rests: Rests) -> Iterator[Job]:
    """Jobs in the order in which they are to be run, read as far as they are asked for."""
    for priority in Priority:
        if rests.get(priority, at) <= at:
            jobs = Job.objects.in_turn()
            yield from jobs.waited(priority, at)[:_AT_ONCE]
            yield from jobs.queued(priority)[:_AT_ONCE]


def _run_some(jobs: Iterator[Job], at: datetime, rests: Rests, most: int) -> list[Job]:
    """Run those of ``jobs`` that nobody else has, until a more urgent one may have come by it."""
    ran: list[Job] = []
    for job in jobs:
        if len(ran) >= most or (ran and job.priority > ran[0].priority):
            break
        if rests.get(job.priority, at) > at:
            continue
        try:
            if run_one(job, at=at):
                ran.append(job)
        except NoRoom as no_room:
            rests[job.priority] = at + timedelta(seconds=no_room.seconds)
    return ran


def run_one(job: Job, *, at: datetime) -> bool:
    """Claim the job, do it, and keep what came of it; False when it was not ours to run.

    Raises ``NoRoom`` when there is none for it now.
    """
    if not claim_job(job=job, at=at):
        return False
    with journal.working_on(job_id=job.pk):
        _run(job, at=at)
    return True


def _run(job: Job, *, at: datetime) -> None:
    try:
        _do(job, work_of(job, at))
    except Moved as moved:
        if _lost(job):
            log.warning("The run of job %s was too slow: another worker has it.", job.pk)
        else:
            _failed(job, moved, at)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the outcome of this try
        _failed(job, error, at)


def _do(job: Job, work: Work) -> None:
    kind = kind_of(job.action)
    if kind.in_transaction:
        with transaction.atomic():
            kind.handler(work)
            succeed_job(job=job, at=work.at)
        return
    effect = kind.handler(work)
    with transaction.atomic():
        if effect is not None:
            effect()
        succeed_job(job=job, at=work.at)


def _lost(job: Job) -> bool:
    return not Job.objects.filter(pk=job.pk, claim=job.claim, status=Job.Status.RUNNING).exists()


def _failed(job: Job, error: Exception, at: datetime) -> None:
    # `succeed_job` may have refreshed the object before its transaction was undone.
    claim = job.claim
    job.refresh_from_db()
    if job.claim != claim:
        return
    match error:
        case NoRoom():
            put_back_job(job=job, at=at)
            raise error
        case Later():
            put_off_job(job=job, later=error, at=at)
        case Pointless():
            give_up_job(job=job, text=str(error), at=at, pointless=True)
        case Hopeless():
            give_up_job(job=job, text=str(error), at=at)
        case _:
            log.error("Job %s (%s) failed.", job.pk, job, exc_info=error)
            text = redact(f"{type(error).__name__}: {error}")[:2000]
            fail_job(job=job, text=text, at=at)
