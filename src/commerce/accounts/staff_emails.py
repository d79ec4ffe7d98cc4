"""Mails to staff about the installation's own work (notifications.md 3)."""

from commerce.accounts.data_export.actions import MAKE_DATA_EXPORT
from commerce.accounts.data_export.jobs import fail_export_of_parked_job
from commerce.accounts.recipients import tell_staff
from commerce.accounts.staff_rules import permission_for_job
from commerce.events.publish import at_event_time
from commerce.jobs.events import JobParked, RemoteRested
from commerce.jobs.handlers import job_type_of
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.jobs.words import words_of_job
from commerce.kit.context import Context


@at_event_time
def tell_of_parked_job(event: JobParked, ctx: Context) -> None:
    """A job waits for staff: each that a person does is told of; of what failed at most one mail an hour for each
    server or registrar, where all may park at once.

    Work that asks none of them is told of by its kind.
    """
    job = Job.objects.get(pk=event.job_id)
    if job.status != JobStatus.PARKED:
        return
    if job.action == MAKE_DATA_EXPORT:  # that has a mail of its own
        fail_export_of_parked_job(job, ctx.at)
        return
    words = words_of_job(job)
    remote = job_type_of(job.action).remote(job.subject_id) or job.action
    tell_staff(
        permission=permission_for_job(job.subject_kind),
        event="task_to_do" if job.is_to_do else "job_parked",
        idempotency_key=f"{job.pk} {ctx.at.isoformat()}"
        if job.is_to_do
        else f"{remote} {ctx.at:%Y-%m-%dT%H}",
        page=f"jobs/{job.pk}",
        values={
            "what": words.what,
            **({"details": words.details} if job.is_to_do else {"error": job.error}),
        },
        client=words.client,
        at=ctx.at,
        about=("job", job.pk),
    )


@at_event_time
def tell_of_silent_remote(event: RemoteRested, ctx: Context) -> None:
    """A server or registrar gives no answer, or refuses our credentials, and its jobs wait: one mail for each time that
    this begins.
    """
    noun, _, name = event.name.partition(" ")
    is_server = noun == "server"
    tell_staff(
        permission="services.provision" if is_server else "domains.manage",
        event="remote_refuses" if event.cause == "refused" else "remote_silent",
        idempotency_key=f"{event.name} {ctx.at:%Y-%m-%dT%H:%M}",
        page="servers" if is_server else f"registrars/{name}",
        values={"remote": name},
        at=ctx.at,
    )
