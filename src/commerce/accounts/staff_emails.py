"""Mails to staff about the installation's own work (notifications.md 3)."""

from datetime import datetime

from commerce.accounts.recipients import tell_staff
from commerce.jobs.events import JobParked, as_of_event
from commerce.jobs.models import Job
from commerce.jobs.registry import kind_of
from commerce.kit.actor import Actor

WHOSE = {"domain": "domains.manage", "payment": "payments.manage", "attempt": "payments.manage"}
"""The permission of those whose work a job is, by the first word of its action."""


@as_of_event
def tell_of_parked_job(event: JobParked, at: datetime, actor: Actor) -> None:
    """A job waits for staff: at most one mail an hour for each server or registrar, where all may park at once.

    Work that asks none of them is told of by its kind.
    """
    job = Job.objects.get(pk=event.job_id)
    if job.status != Job.Status.PARKED:
        return
    noun = job.action.partition(".")[0]
    tell_staff(
        permission=WHOSE.get(noun, "services.provision"),
        event="task_parked",
        once=f"{kind_of(job.action).place(job.subject_id) or job.action} {at:%Y-%m-%dT%H}",
        values={
            "what": f"{job.action}, {job.subject_kind} {job.subject_id}, job {job.pk}",
            "error": job.error,
        },
        at=at,
        about=("job", job.pk),
    )
