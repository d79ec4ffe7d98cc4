"""What staff do with a job: try again, drop, or say that it is done."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.audit.models import AuditEntry
from commerce.audit.reasons import REASON
from commerce.db.locks import lock
from commerce.jobs.engine_calls import tell_engine_what_is_due
from commerce.jobs.handlers import JobRun, job_type_of
from commerce.jobs.job_states import move_job
from commerce.jobs.models import Job
from commerce.jobs.remotes import forget_silences, troubled_remote, wake_remote
from commerce.jobs.rules import ENDED_STATES, JobStatus, permission_to_decide
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day, Line
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def parked_only_blocked_reason(job: Job, ctx: Context) -> StateConflict | None:
    """Why a job can neither be tried again nor counted as done by staff: it is not parked."""
    return None if job.status == JobStatus.PARKED else StateConflict("job.not_parked")


def _permission_of(job: Job) -> str:
    return permission_to_decide(job.subject_kind)


@act(
    "job.retry",
    Job,
    label=_("Retry"),
    done=_("The job is queued."),
    staff="services.view",
    staff_of=_permission_of,
    blocked=parked_only_blocked_reason,
    for_many=True,
)
@transaction.atomic
def retry_job(*, job: Job, ctx: Context) -> None:
    """Let a parked job try again at once, with all its tries. Raises ``StateConflict`` unless it is parked."""
    if blocked := parked_only_blocked_reason(lock(job), ctx):
        raise blocked
    forget_silences(remote=job.remote)
    move_job(
        job,
        JobStatus.QUEUED,
        ctx=ctx,
        tries=0,
        lost_runs=0,
        is_to_do=False,
        waiting_since=None,
        claim="",
    )
    tell_engine_what_is_due([job.pk])


def parked_jobs_of(remote: str, since: datetime | None = None) -> list[Job]:
    """What stopped trying at a server or registrar, since an instant: the oldest first."""
    rows = Job.objects.filter(status=JobStatus.PARKED, asks_remote=True).order_by("pk")
    found = [job for job in rows.filter(remote__in=[remote, ""]) if _asks(job, remote)]
    if since is None:
        return found
    entries = AuditEntry.objects.filter(
        action=f"job.{JobStatus.PARKED}",
        record_kind="job",
        record_id__in=[job.pk for job in found],
        at__gte=since,
    )
    late = set(entries.values_list("record_id", flat=True))
    return [job for job in found if job.pk in late]


def _asks(job: Job, remote: str) -> bool:
    """One that no worker has looked at since it was parked by a former release does not have the name itself."""
    return (job.remote or job_type_of(job.action).remote(job.subject_id)) == remote


def retry_parked_jobs(*, remote: str, ctx: Context, since: datetime | None = None) -> int:
    """Let all that stopped trying at a server or registrar try again, once it is set right; how many."""
    retried = 0
    for job in parked_jobs_of(remote, since):
        with suppress(StateConflict):  # another was first
            retry_job(job=job, ctx=ctx)
            retried += 1
    return retried


@transaction.atomic
def resume_remote(*, remote: str, ctx: Context) -> None:
    """A server, registrar or gateway works again: all that waits for it is tried at once, with what has parked since it
    was silent.
    """
    trouble = troubled_remote(remote)
    wake_remote(remote=remote, at=ctx.at)
    if trouble is not None:
        retry_parked_jobs(remote=remote, since=trouble.since, ctx=ctx)


def drop_job_blocked_reason(job: Job, ctx: Context) -> StateConflict | None:
    """Why a job cannot be dropped now."""
    if job.status in ENDED_STATES:
        return StateConflict("job.ended")
    if job.status == JobStatus.RUNNING:
        return StateConflict("job.running")
    can_be_dropped = job_type_of(job.action).can_be_dropped
    return None if can_be_dropped else StateConflict("job.not_droppable")


@act(
    "job.discard",
    Job,
    label=_("Discard"),
    intro=_("The work won't be done."),
    done=_("The job is discarded."),
    staff="services.view",
    staff_of=_permission_of,
    blocked=drop_job_blocked_reason,
    is_danger=True,
    for_many=True,
)
@transaction.atomic
def drop_job(*, job: Job, reason: Annotated[str, REASON], ctx: Context) -> None:
    """It shall not be done. Raises ``StateConflict`` for a job that runs or has ended, and for one that cannot be
    dropped.
    """
    if blocked := drop_job_blocked_reason(
        Job.objects.get(pk=job.pk), ctx
    ):  # what it is about is locked first
        raise blocked
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
    if blocked := parked_only_blocked_reason(Job.objects.get(pk=job.pk), ctx):  # as above
        raise blocked
    job_type_of(job.action).on_manual_completion(JobRun.of(job, ctx.at), answers or {}, ctx.actor)
    move_job(job, JobStatus.SUCCEEDED, ctx=ctx, reason=reason)


def _is_asked(name: str) -> Callable[[Job], bool]:
    return lambda job: name in job_type_of(job.action).manual_answers


@act(
    "job.done",
    Job,
    label=_("Mark as done"),
    intro=_("For work that someone did by hand, outside of this system."),
    done=_("The job is marked as done."),
    staff="services.view",
    staff_of=_permission_of,
    blocked=parked_only_blocked_reason,
    example='job done 17 --username alice --reason "made in the panel"',
)
@transaction.atomic
def mark_job_done(
    *,
    job: Job,
    reason: Annotated[str, REASON],
    ctx: Context,
    username: Annotated[
        str, Line(_("Username"), most=253, least=0, asked_if=_is_asked("username"))
    ] = "",
    server: Annotated[
        str, Line(_("Server name"), most=100, least=0, asked_if=_is_asked("server"))
    ] = "",
    remote_id: Annotated[
        str,
        Line(
            _("ID in the control panel, at the registrar, or at the payment gateway"),
            most=100,
            least=0,
            asked_if=_is_asked("remote_id"),
        ),
    ] = "",
    expires: Annotated[
        date | None, Day(_("Expiry date"), or_none=True, asked_if=_is_asked("expires"))
    ] = None,
    nameservers: Annotated[
        str,
        Line(
            _("Nameservers"),
            about=_("2 to 4 hostnames, separated by spaces."),
            most=1100,
            least=0,
            asked_if=_is_asked("nameservers"),
        ),
    ] = "",
) -> None:
    """``finish_manually``, with what the person found out; which of it is asked depends on the work."""
    found = {
        "username": username,
        "server": server,
        "remote_id": remote_id,
        "expires": expires and expires.isoformat(),
        "nameservers": nameservers,
    }
    answers = {name: text for name, text in found.items() if text}
    finish_manually(job=job, reason=reason, answers=answers, ctx=ctx)
