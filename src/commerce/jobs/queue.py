"""Asking for work, and taking back what has lost its point."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from commerce.db.fast_paths import insert_if_new, insert_rows
from commerce.db.later_rows import write_rows
from commerce.db.retention import delete_in_bites
from commerce.jobs.engine_calls import tell_engine
from commerce.jobs.handlers import job_type_of
from commerce.jobs.job_states import move_job
from commerce.jobs.models import Job
from commerce.jobs.rules import JobPriority, JobStatus
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.kit.json_log import current_request_id


def enqueue(
    subject: tuple[str, int],
    action: str,
    idempotency_key: str,
    at: datetime,
    args: Mapping[str, Any] | None = None,
    *,
    priority: JobPriority | None = None,
) -> None:
    """Have ``action`` done after commit; call it in the transaction of its cause (invariants.md O1).

    The same subject, action and key again changes nothing, whatever became of the first (U10). ``args`` are JSON.
    ``priority`` is that of the action, if none is given.
    """
    enqueue_each(subject, [action], idempotency_key, at, args, priority=priority)


@transaction.atomic(savepoint=False)
def enqueue_each(
    subject: tuple[str, int],
    actions: Sequence[str],
    idempotency_key: str,
    at: datetime,
    args: Mapping[str, Any] | None = None,
    *,
    priority: JobPriority | None = None,
) -> None:
    """Have several actions done about one subject, as ``enqueue`` does, each in a job of its own."""
    jobs = [
        Job(
            subject_kind=subject[0],
            subject_id=subject[1],
            action=action,
            idempotency_key=idempotency_key,
            args=dict(args or {}),
            one_at_a_time=job_type_of(action).one_at_a_time,
            asks_remote=job_type_of(action).asks_remote,
            priority=job_type_of(action).priority if priority is None else priority,
            request_id=current_request_id.get(),
            created_at=at,
        )
        for action in actions
    ]
    write_rows(_insert, jobs)


def _insert(jobs: Sequence[Job]) -> None:
    """Make what is new of these jobs."""
    if not settings.COMMERCE_TASKS:
        insert_rows(*jobs, ignore_conflicts=True)
    elif new := [job.pk for job in jobs if insert_if_new(job)]:
        tell_engine(new)


@transaction.atomic
def drop_obsolete(
    subject: tuple[str, int],
    actions: Sequence[str],
    *,
    at: datetime,
    reason: str,
    args: Mapping[str, Any] | None = None,
    without_arg: str = "",
) -> int:
    """Drop what is queued, waiting or parked of these actions; how many. A job that runs now finds out by itself.

    ``args``: only jobs that have these among theirs; ``without_arg``: only those without this one.
    """
    dropped, wanted_args = 0, (args or {}).items()
    states = [JobStatus.QUEUED, JobStatus.WAITING, JobStatus.PARKED]
    found = Job.objects.of(subject).filter(action__in=actions, status__in=states)
    for job in found.order_by("pk"):
        if any(job.args.get(name) != value for name, value in wanted_args):
            continue
        if without_arg in job.args:
            continue
        try:
            move_job(job, JobStatus.DROPPED, ctx=Context(at, SYSTEM), reason=reason, error=reason)
        except StateConflict:  # a worker has just taken it
            continue
        dropped += 1
    return dropped


def delete_ended_jobs(*, before: datetime) -> int:
    """Remove jobs that ended ``before``; how many."""
    return delete_in_bites(Job.objects.filter(ended_at__lt=before))
