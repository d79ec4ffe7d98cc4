"""Mails to staff about the installation's own work (notifications.md 3)."""

from commerce.accounts.data_export.actions import MAKE_DATA_EXPORT
from commerce.accounts.data_export.jobs import fail_export_of_parked_job
from commerce.accounts.recipients import tell_staff
from commerce.accounts.staff_rules import permission_for_job
from commerce.events.publish import at_event_time
from commerce.jobs.events import JobParked, RemoteRested
from commerce.jobs.handlers import job_type_of
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.rules import JobStatus, RestCause
from commerce.jobs.words import words_of_job
from commerce.kit.context import Context

PERMISSION_OF_REMOTE = {
    "server": "services.provision",
    "gateway": "settings.manage",
}
"""The permission of those who can mend a remote, by the first word of its name; names have ``domains.manage``."""


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
    """A server, registrar or gateway gives no answer, refuses our credentials or is another one, and its jobs wait: one
    mail for each time that this begins.
    """
    noun, _, name = event.name.partition(" ")
    kinds: dict[str, str] = {RestCause.REFUSED: "remote_refuses", RestCause.MOVED: "server_moved"}
    kind, values = kinds.get(event.cause, "remote_silent"), {"remote": name}
    if noun == "gateway" and event.cause == RestCause.REFUSED:
        kind, values = "gateway_key_refused", {"gateway": name}
    if event.cause == RestCause.MOVED:
        state = RemoteState.objects.filter(pk=event.state_id).first()
        values["problem"] = state.problem if state else ""
    tell_staff(
        permission=PERMISSION_OF_REMOTE.get(noun, "domains.manage"),
        event=kind,
        idempotency_key=f"{event.name} {ctx.at:%Y-%m-%dT%H:%M}",
        page="servers"
        if noun == "server"
        else "settings/dns"
        if noun == "dns"
        else f"gateways/{name}"
        if noun == "gateway"
        else f"registrars/{name}",
        values=values,
        at=ctx.at,
    )
