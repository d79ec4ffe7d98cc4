"""What staff do with a job: try again, drop, or say that it is done."""

from collections.abc import Mapping

from django.db import transaction

from commerce.jobs.handlers import JobRun, job_type_of
from commerce.jobs.job_states import move_job
from commerce.jobs.models import Job
from commerce.jobs.remotes import forget_silences
from commerce.jobs.rules import JobStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@transaction.atomic
def retry_job(*, job: Job, ctx: Context) -> None:
    """Let a parked job try again at once, with all its tries. Raises ``StateConflict`` unless it is parked."""
    forget_silences(remote=job.remote)
    move_job(
        job,
        JobStatus.QUEUED,
        ctx=ctx,
        tries=0,
        lost_runs=0,
        waiting_since=None,
        claim="",
    )


@transaction.atomic
def drop_job(*, job: Job, reason: str, ctx: Context) -> None:
    """It shall not be done. Raises ``StateConflict`` for a job that runs or has ended, ``BusinessError`` for one that
    cannot be dropped.
    """
    if not job_type_of(job.action).can_be_dropped:
        raise BusinessError("job.not_droppable")
    reason = _required(reason)
    job_type_of(job.action).on_drop(JobRun.of(job, ctx.at), ctx.actor)
    move_job(job, JobStatus.DROPPED, ctx=ctx, reason=reason)


@transaction.atomic
def finish_manually(
    *,
    job: Job,
    reason: str,
    ctx: Context,
    answers: Mapping[str, str] | None = None,
) -> None:
    """A person has done what a parked job could not; its handler writes what follows from ``answers``.

    Raises ``StateConflict`` unless it is parked, and ``BusinessError`` for what is missing or wrong.
    """
    reason = _required(reason)
    job_type_of(job.action).on_manual_completion(JobRun.of(job, ctx.at), answers or {}, ctx.actor)
    move_job(job, JobStatus.SUCCEEDED, ctx=ctx, reason=reason)


def _required(reason: str) -> str:
    if not reason.strip():
        raise BusinessError("reason.missing", field="reason")
    return reason.strip()
