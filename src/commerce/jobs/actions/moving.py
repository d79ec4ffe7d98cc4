"""The moves of a job along its table."""

from datetime import datetime
from typing import Any

from commerce.audit.states import move
from commerce.jobs.models import Job
from commerce.jobs.registry import kind_of
from commerce.jobs.rules import ENDED, JOB_MOVES
from commerce.kit.actor import SYSTEM, Actor


def move_job(
    job: Job, to: str, *, at: datetime, actor: Actor = SYSTEM, reason: str = "", **changes: Any
) -> None:
    """Move a job along its table. Raises ``Moved``.

    What a worker does all day is not in the audit log, unless the kind says so.
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
