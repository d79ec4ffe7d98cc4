"""The life of a job under a worker: claimed, renewed, ended, put off, put back, failed, lost."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from commerce.jobs.actions.moving import move_job
from commerce.jobs.models import Job
from commerce.jobs.registry import Later, kind_of
from commerce.jobs.rules import CLOCKS_DIFFER, LOSSES, OPEN, pause_after
from commerce.kit import ids
from commerce.kit.errors import Moved

LEASE = timedelta(minutes=10)
_AT_ONCE = 500


@transaction.atomic
def claim_job(*, job: Job, at: datetime) -> bool:
    """Take a due job for this run, for 10 minutes; False when it is not its turn, or another was first."""
    if job.status not in (Job.Status.QUEUED, Job.Status.WAITING):
        return False
    if job.status == Job.Status.WAITING and job.next_try_at and job.next_try_at > at:
        return False
    if job.in_order and _before(job).exists():
        return False
    try:
        with transaction.atomic():
            move_job(job, Job.Status.RUNNING, at=at, claim=ids.random_key(), lease_until=at + LEASE)
    except (Moved, IntegrityError):
        return False
    return True


def _before(job: Job) -> QuerySet[Job]:
    """Jobs of the same subject that must end first."""
    return Job.objects.of(job.subject).filter(in_order=True, pk__lt=job.pk, status__in=OPEN)


def renew_lease(*, job_id: int, claim: str, at: datetime) -> None:
    """Ten more minutes for this run. Raises ``Moved`` when the job is no longer its own."""
    held = Job.objects.filter(pk=job_id, claim=claim, status=Job.Status.RUNNING)
    if not held.update(lease_until=at + LEASE):
        raise Moved("Another worker has this job now.")


@transaction.atomic
def succeed_job(*, job: Job, at: datetime) -> None:
    """Done. Raises ``Moved`` when this run had lost the job: then its transaction must not stand either."""
    _hold(job)
    move_job(job, Job.Status.SUCCEEDED, at=at, error="", lease_until=None)


@transaction.atomic
def put_off_job(*, job: Job, later: Later, at: datetime) -> None:
    """Wait without using up a try, or park when it has waited too long."""
    _hold(job)
    since = job.waiting_since or at
    if (at - since).total_seconds() >= later.at_most:
        _park(job, str(later), at)
    else:
        _wait(job, at + timedelta(seconds=later.seconds), at, error=str(later), waiting_since=since)


@transaction.atomic
def fail_job(*, job: Job, text: str, at: datetime) -> None:
    """A try failed: the next one comes after a pause, and after the last one the job parks."""
    _hold(job)
    tries = job.tries + 1
    if tries >= kind_of(job.action).tries:
        _park(job, text, at, tries=tries)
        return
    pause = pause_after(tries, secrets.randbelow(1000))
    _wait(job, at + timedelta(seconds=pause), at, error=text, tries=tries)


@transaction.atomic
def give_up_job(*, job: Job, text: str, at: datetime, pointless: bool = False) -> None:
    """Park a job that trying again does not help, or drop one whose reason is gone."""
    _hold(job)
    if not pointless:
        _park(job, text, at)
        return
    _put_back(job, at)
    move_job(job, Job.Status.DROPPED, at=at, reason=text, error=text)


@transaction.atomic
def put_back_job(*, job: Job, at: datetime) -> None:
    """There was no room for it: it is queued again, in its old place. Raises ``Moved``."""
    _hold(job)
    _put_back(job, at)


def _put_back(job: Job, at: datetime) -> None:
    move_job(job, Job.Status.QUEUED, at=at, claim="", lease_until=None)


def give_back_lost(*, at: datetime) -> int:
    """Jobs whose worker gave no sign of life for 10 minutes are queued again; how many.

    So are those of a worker whose clock was ahead: their lease would end long after it.
    """
    running = Job.objects.filter(status=Job.Status.RUNNING)
    lost = running.filter(Q(lease_until__lt=at) | Q(lease_until__gt=_latest(at))).order_by("id")
    return _each(lost, lambda job: _give_back(job, at))


def _latest(at: datetime) -> datetime:
    """Until when a lease may run, by a clock that is right."""
    return at + LEASE + timedelta(seconds=CLOCKS_DIFFER)


def _give_back(job: Job, at: datetime) -> bool:
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.status != Job.Status.RUNNING or row.claim != job.claim or row.lease_until is None:
        return False
    if at <= row.lease_until <= _latest(at):
        return False
    losses = row.losses + 1
    if losses >= LOSSES:
        _park(row, f"{losses} workers ended while they ran this job.", at, losses=losses)
        return True
    move_job(row, Job.Status.QUEUED, at=at, claim="", lease_until=None, losses=losses)
    return True


def _each(jobs: QuerySet[Job], act: Callable[[Job], bool]) -> int:
    """Each job in a transaction of its own, at most 500 of them; how many were dealt with."""
    done = 0
    for job in jobs[:_AT_ONCE]:
        with transaction.atomic():
            done += act(job)
    return done


def _hold(job: Job) -> None:
    """Lock the row, and make sure that the job still belongs to this run."""
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.status != Job.Status.RUNNING or row.claim != job.claim:
        raise Moved("Another worker has this job now.")


def _park(job: Job, text: str, at: datetime, **changes: Any) -> None:
    from commerce.jobs.events import JobParked, publish  # it queues jobs, and so needs this package

    move_job(job, Job.Status.PARKED, at=at, reason=text, error=text, lease_until=None, **changes)
    if job.subject_kind != JobParked.__name__:  # of that one nobody could be told this way
        publish(JobParked(job.pk), at=at)


def _wait(job: Job, until: datetime, at: datetime, **changes: Any) -> None:
    move_job(
        job,
        Job.Status.WAITING,
        at=at,
        next_try_at=until,
        lease_until=None,
        **changes,
    )
