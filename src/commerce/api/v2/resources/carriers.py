"""What carries operations on, and how each says that it stands (decision 142)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat

from commerce.domains.models import DomainChange
from commerce.domains.rules import ChangeStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus

DOMAIN_CHANGE = "domain_change"
"""The kind of carrier that is a change asked of a registrar."""


class OperationState(NamedTuple):
    """How an operation stands: ``error`` is the code of one that failed, ``next_url`` where a person goes on."""

    status: str
    error: str = ""
    ended_at: datetime | None = None
    next_url: str = ""


@dataclass(frozen=True, eq=False)
class OperationCarrier:
    """Rows of a kind that carry operations on: ``columns`` are read of the one of an operation, and ``state`` says of
    these how it stands. Nothing but the end of the row itself is ``failed``: silence, or a job that is parked or lost,
    never is.
    """

    kind: str
    columns: tuple[Any, ...]
    state: Callable[..., OperationState]


_CHANGES = DomainChange.objects.filter(pk=OuterRef("carrier_id"))
_JOBS_OF_CHANGE = Job.objects.filter(
    subject_kind="domain",
    subject_id=OuterRef("record_id"),
    idempotency_key=Concat(Value("change "), Cast(OuterRef("carrier_id"), CharField())),
)
_BY_JOB = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "running",
    JobStatus.WAITING: "running",
}


def status_by_job(job: str | None) -> str:
    """How what is still open stands, by the job that sees to it: without one that goes on, staff have it."""
    return _BY_JOB.get(JobStatus(job), "waiting") if job else "waiting"


def _state_of_change(
    status: str, problem: str, ended_at: datetime | None, job: str | None
) -> OperationState:
    if status == ChangeStatus.DONE:
        return OperationState("succeeded", ended_at=ended_at)
    if status == ChangeStatus.FAILED:
        return OperationState("failed", f"{DOMAIN_CHANGE}.{problem or 'refused'}", ended_at)
    return OperationState(status_by_job(job))


CARRIERS = {
    one.kind: one
    for one in (
        OperationCarrier(
            DOMAIN_CHANGE,
            (
                *(Subquery(_CHANGES.values(name)) for name in ("status", "problem", "ended_at")),
                Subquery(_JOBS_OF_CHANGE.order_by().values("status")[:1]),
            ),
            _state_of_change,
        ),
    )
}
"""By kind."""
