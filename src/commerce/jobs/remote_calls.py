"""Calls to registrars and name servers, kept for staff to read (domains.md 6, services-and-provisioning.md 8)."""

from collections.abc import Iterable
from typing import Any

from commerce.db.retention import delete_in_bites
from commerce.db.triggers import allow_retention
from commerce.jobs.models import RemoteCall
from commerce.kit.json_log import context_fields
from commerce.kit.remote.calls import CallNote, NoteCall
from commerce.kit.text import storable


def running_job_id() -> int | None:
    """The job that is being run here; none outside of one."""
    found: int | None = context_fields.get().get("job_id")
    return found


def record_calls(remote: str, about: str = "") -> NoteCall:
    """Keeps each call at once, with the job that makes it: a worker that dies leaves what it asked."""

    def note(call: CallNote) -> None:
        RemoteCall.objects.create(
            remote=remote,
            about=about,
            job_id=running_job_id(),
            at=call.at,
            method=call.method,
            path=storable(call.path)[:500],
            request=storable(call.request),
            status=call.status,
            answer=storable(call.answer),
            milliseconds=call.milliseconds,
        )

    return note


def erase_calls_about(names: Iterable[str], erased: str) -> int:
    """Empty what was asked and answered of these, which may be personal; how many there are."""
    calls = RemoteCall.objects.filter(about__in=list(names))
    return calls.update(path=erased, request="", answer="")


def delete_old_calls(model: Any, *, before: object) -> int:
    """Retention of a log of calls; how many."""
    return delete_in_bites(model.objects.filter(at__lt=before), transaction_of_bite=allow_retention)
