"""Mails to staff about the installation's own work (notifications.md 3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from commerce.accounts.data_export.actions import MAKE_DATA_EXPORT
from commerce.accounts.data_export.jobs import fail_export_of_parked_job
from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_rules import permission_for_job
from commerce.events.publish import at_event_time
from commerce.jobs.events import JobParked, RemoteRested
from commerce.jobs.handlers import job_type_of
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.rules import JobStatus, RestCause
from commerce.jobs.words import RemoteWords, words_of_job, words_of_remote
from commerce.kit.context import Context
from commerce.presentation.silences import problem_words

_WHO_WAITS = {"server": "services.provision", "gateway": "settings.manage"}
"""The permission of those whose work a remote holds up, by the first word of its name; of others ``domains.manage``."""
_WHO_MENDS = {"server": "servers.manage"}
"""The permission of those who save its credentials; of others ``settings.manage``."""
_EVENTS: dict[str, str] = {
    RestCause.REFUSED: "remote_refuses",
    RestCause.MOVED: "server_moved",
}


@at_event_time
def send_job_parked_email(event: JobParked, ctx: Context) -> None:
    """A job waits for staff: each that a person does is told of, in one mail with others like it for the client; of
    what failed at most one mail an hour for each server or registrar, where all may park at once.

    Work that asks none of them is told of by its kind.
    """
    job = Job.objects.get(pk=event.job_id)
    if job.status != JobStatus.PARKED:
        return
    if job.action == MAKE_DATA_EXPORT:  # that has a mail of its own
        fail_export_of_parked_job(job, ctx.at)
        return
    words = words_of_job(job)
    shared: dict[str, Any] = {
        "permission": permission_for_job(job.subject_kind),
        "client": words.client,
        "at": ctx.at,
        "about": ("job", job.pk),
    }
    if job.is_to_do:
        item = {"description": words.what, "amount": "", "id": job.pk, "action": job.action}
        told = {"items": [item], "single": words.what, "count": None}
        send_staff_email(
            event="task_to_do",
            page=f"jobs/{job.pk}",
            idempotency_key=f"{job.pk} {ctx.at.isoformat()}",
            values={"what": words.what, "details": words.details, **told},
            merge=_merged,
            **shared,
        )
        return
    remote = job_type_of(job.action).remote(job.subject_id) or job.action
    send_staff_email(
        event="job_parked",
        page=f"jobs/{job.pk}",
        idempotency_key=f"{remote} {ctx.at:%Y-%m-%dT%H}",
        values={"what": words.what, "error": problem_words(job.error)},
        **shared,
    )


def _merged(told: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any] | None:
    """A mail about several tasks; none if this one is of another kind, or about another client."""
    one, other = told["items"][0], more["items"][0]
    if told["client_id"] is None or told["client_id"] != more["client_id"]:
        return None
    if one["action"] != other["action"]:
        return None
    if other["id"] in [item["id"] for item in told["items"]]:
        return dict(told)
    items = [*told["items"], other]
    return {
        **told,
        "items": items,
        "count": len(items),
        "single": "",
        "what": "; ".join(item["description"] for item in items),
        "details": [*told["details"], *more["details"]],
        "task_url": f"{settings.COMMERCE_URL}/admin/jobs?status=parked",
    }


GATHERING = timedelta(minutes=1)


def to_do_gathering_seconds(job_id: int, created_at: datetime, at: datetime) -> int:
    """How long the mail about a task waits for others that came with it."""
    job, age = Job.objects.filter(pk=job_id).first(), at - created_at
    if job is None or age >= GATHERING:
        return 0
    near = (job.created_at - GATHERING, job.created_at + GATHERING)
    others = Job.objects.filter(action=job.action, created_at__range=near).exclude(pk=job.pk)
    return 1 + (GATHERING - age) // timedelta(seconds=1) if others.exists() else 0


@at_event_time
def send_remote_silent_email(event: RemoteRested, ctx: Context) -> None:
    """A server, registrar or gateway gives no answer, refuses our credentials or is another one, and its jobs wait: one
    mail for each time that this begins.
    """
    noun, _space, name = event.name.partition(" ")
    if noun == "mail":  # it would be told once it is over
        return
    found = words_of_remote(event.name) or RemoteWords(name, "dashboard", "dashboard")
    is_refusal = event.cause == RestCause.REFUSED
    kind, values = _EVENTS.get(event.cause, "remote_silent"), {"remote": found.name}
    permission = _WHO_WAITS.get(noun, "domains.manage")
    if is_refusal:
        permission = _WHO_MENDS.get(noun, "settings.manage")
    if is_refusal and noun == "gateway":
        kind, values = "gateway_key_refused", {"gateway": found.name}
    if event.cause == RestCause.MOVED:
        state = RemoteState.objects.filter(pk=event.state_id).first()
        values["problem"] = problem_words(state.problem) if state else ""
    send_staff_email(
        permission=permission,
        event=kind,
        idempotency_key=f"{event.name} {ctx.at:%Y-%m-%dT%H:%M}",
        page=found.credentials_page if is_refusal else found.page,
        values=values,
        at=ctx.at,
    )
