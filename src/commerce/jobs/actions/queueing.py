"""Asking for work, and taking back what has lost its point."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.inserting import insert
from commerce.jobs.actions.moving import move_job
from commerce.jobs.models import Job
from commerce.jobs.registry import kind_of
from commerce.jobs.rules import Priority
from commerce.kit.errors import Moved


def queue(
    subject: tuple[str, int],
    action: str,
    cause: str,
    at: datetime,
    args: Mapping[str, Any] | None = None,
    *,
    priority: Priority | None = None,
) -> None:
    """Have ``action`` done after commit; call it in the transaction of its cause (invariants.md O1).

    The same subject, action and cause again changes nothing, whatever became of the first (U10). ``args`` are JSON.
    ``priority`` is that of the action, if none is given.
    """
    queue_each(subject, [action], cause, at, args, priority=priority)


@transaction.atomic(savepoint=False)
def queue_each(
    subject: tuple[str, int],
    actions: Sequence[str],
    cause: str,
    at: datetime,
    args: Mapping[str, Any] | None = None,
    *,
    priority: Priority | None = None,
) -> None:
    """Have several actions done about one subject, as ``queue`` does, each in a job of its own."""
    insert(
        *(
            Job(
                subject_kind=subject[0],
                subject_id=subject[1],
                action=action,
                cause=cause,
                args=dict(args or {}),
                in_order=kind_of(action).in_order,
                priority=kind_of(action).priority if priority is None else priority,
                made_at=at,
                woken_at=at,
            )
            for action in actions
        ),
        ignore_conflicts=True,
    )


@transaction.atomic
def drop_pointless(
    subject: tuple[str, int],
    actions: Sequence[str],
    *,
    at: datetime,
    reason: str,
    args: Mapping[str, Any] | None = None,
) -> int:
    """Drop what is queued, waiting or parked of these actions; how many. A job that runs now finds out by itself.

    ``args``: only jobs that have these among theirs.
    """
    dropped, wanted = 0, (args or {}).items()
    jobs = Job.objects.of(subject).filter(
        action__in=actions,
        status__in=[Job.Status.QUEUED, Job.Status.WAITING, Job.Status.PARKED],
    )
    for job in jobs.order_by("id"):
        if any(job.args.get(name) != value for name, value in wanted):
            continue
        try:
            move_job(job, Job.Status.DROPPED, at=at, reason=reason, error=reason)
        except Moved:  # a worker has just taken it
            continue
        dropped += 1
    return dropped
