"""The moves of a job along its table, and what follows from an end."""

from datetime import datetime
from typing import Any

from commerce.audit.states import move
from commerce.jobs.models import Job
from commerce.jobs.registry import kind_of
from commerce.jobs.rules import ENDED, JOB_MOVES, OPEN
from commerce.jobs.waking import wake
from commerce.kit.actor import SYSTEM, Actor


def move_job(
    job: Job, to: str, *, at: datetime, actor: Actor = SYSTEM, reason: str = "", **changes: Any
) -> None:
    """Move a job along its table; the next one of its subject is woken when this one stands in its way no more.

    Raises ``Moved``. What a worker does all day is not in the audit log, unless the kind says so.
    """
    if to in ENDED:
        changes |= {"ended_at": at}
    silent = actor is SYSTEM and to != Job.Status.PARKED and not kind_of(job.action).audited
    move(
        job,
        to,
        allowed=JOB_MOVES,
        at=at,
        actor=actor,
        client_id=None,
        reason=reason,
        silent=silent,
        **changes,
    )
    if job.in_order and to not in OPEN:
        wake_next(job)


def wake_next(job: Job) -> None:
    """Wake the oldest open job of the same subject that must run in order."""
    after = Job.objects.of(job.subject).filter(in_order=True, status__in=OPEN).order_by("id")
    if following := after.first():
        wake(following.subject, [following.action], following.cause, following.next_try_at)
