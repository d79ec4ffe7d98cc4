"""What staff do with a job: try again, drop, or say that it is done."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from commerce.jobs.actions.moving import move_job
from commerce.jobs.models import Job
from commerce.jobs.registry import kind_of
from commerce.jobs.working import work_of
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


@transaction.atomic
def retry_job(*, job: Job, at: datetime, actor: Actor) -> None:
    """Let a parked job try again, with all its tries. Raises ``Moved`` unless it is parked."""
    move_job(
        job,
        Job.Status.QUEUED,
        at=at,
        actor=actor,
        tries=0,
        losses=0,
        waiting_since=None,
        claim="",
    )


@transaction.atomic
def drop_job(*, job: Job, reason: str, at: datetime, actor: Actor) -> None:
    """It shall not be done. Raises ``Moved`` for a job that runs or has ended."""
    move_job(job, Job.Status.DROPPED, at=at, actor=actor, reason=_said(reason))


@transaction.atomic
def finish_by_hand(
    *,
    job: Job,
    reason: str,
    at: datetime,
    actor: Actor,
    typed: Mapping[str, str] | None = None,
) -> None:
    """A person has done what a parked job could not; its kind writes what follows, from what the person ``typed``.

    Raises ``Moved`` unless it is parked, and ``Refused`` for what is missing or wrong.
    """
    reason = _said(reason)
    kind_of(job.action).by_hand(work_of(job, at), typed or {}, actor)
    move_job(job, Job.Status.SUCCEEDED, at=at, actor=actor, reason=reason)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    return reason.strip()
