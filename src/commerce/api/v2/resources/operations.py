"""``GET /operations`` and ``GET /operations/{id}``: acts that take time, and how they stand (decision 142)."""

from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat
from msgspec import Meta, Struct

from commerce.accounts.models import ApiOperation
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Id, Instant, whole_second, whole_second_or_null
from commerce.api.v2.problems import PROBLEMS, problem_page
from commerce.api.v2.reading.filters import TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.domains.models import DomainChange
from commerce.domains.rules import ChangeStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus

DOMAIN_CHANGE = "domain_change"
"""The kind of carrier that is a change asked of a registrar."""

_CHANGES = DomainChange.objects.filter(pk=OuterRef("carrier_id"))
_KEY_OF_JOB = Concat(Value("change "), Cast(OuterRef("carrier_id"), CharField()))
_JOBS = Job.objects.filter(
    subject_kind="domain", subject_id=OuterRef("record_id"), idempotency_key=_KEY_OF_JOB
)
CHANGE_STATUS, CHANGE_PROBLEM, CHANGE_ENDED_AT = (
    Subquery(_CHANGES.values(column)) for column in ("status", "problem", "ended_at")
)
JOB_STATUS = Subquery(_JOBS.order_by().values("status")[:1])

_BY_JOB = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "running",
    JobStatus.WAITING: "running",
}


def operation_status(change: str | None, job: str | None) -> str:
    """How a change at a registrar stands for a program: nothing but its own end says that it is over.

    Where there is none, nothing was to be done.
    """
    if change is None or change == ChangeStatus.DONE:
        return "succeeded"
    if change == ChangeStatus.FAILED:
        return "failed"
    return _BY_JOB.get(JobStatus(job), "waiting") if job else "waiting"


class OperationError(Struct, frozen=True):
    """Why an operation failed: nothing more will be done."""

    type: Annotated[
        str,
        Meta(
            description="The page of the code, for people.",
            examples=["https://billing.example.com/api/docs/errors/domain_change.refused"],
        ),
    ]
    code: Annotated[
        str, Meta(description="The reason, for programs.", examples=["domain_change.refused"])
    ]
    title: Annotated[
        str, Meta(description="What the code means.", examples=["The registrar refused"])
    ]
    detail: Annotated[
        str,
        Meta(
            description="The same in one sentence.", examples=["The registrar refused the change."]
        ),
    ]


class OperationRecord(Struct, frozen=True):
    """What an operation is about."""

    kind: Annotated[str, Meta(description="Kind of record.", examples=["domain"])]
    id: Id
    url: Annotated[
        str,
        Meta(
            description="Where this API has it.",
            examples=["https://billing.example.com/api/v2/domains/88"],
        ),
    ]


def _finished_at(
    ended_at: datetime | None, carrier_id: int | None, created_at: datetime
) -> datetime | None:
    return whole_second_or_null(created_at if carrier_id is None else ended_at)


def _error(status: str | None, problem: str | None) -> OperationError | None:
    if status != ChangeStatus.FAILED:
        return None
    code = f"{DOMAIN_CHANGE}.{problem or 'refused'}"
    words = PROBLEMS[code]
    return OperationError(problem_page(code), code, words.title, words.meaning)


def _record(kind: str, record_id: int) -> OperationRecord:
    return OperationRecord(kind, record_id, f"{settings.COMMERCE_URL}/api/v2/{kind}s/{record_id}")


class Operation(Struct, frozen=True):
    """An act that was accepted and takes time."""

    id: Annotated[
        str | None,
        api_field(
            "key",
            story=["k3v9x0q2m7p4s8t1w6y5z3ab"],
            description="Identifier: random, of digits and small letters; null in the answer of a dry run.",
            examples=["k3v9x0q2m7p4s8t1w6y5z3ab"],
        ),
    ]
    act: Annotated[
        str,
        api_field(
            "act",
            story=["domain.unlock"],
            description="What was asked for: the kind of record and the verb.",
            examples=["domain.unlock"],
        ),
    ]
    status: Annotated[
        Literal[
            "pending", "running", "requires_action", "waiting", "succeeded", "failed", "partly"
        ],
        api_field(
            CHANGE_STATUS,
            JOB_STATUS,
            show=operation_status,
            story=["succeeded"],
            description="How it stands. `waiting`: the company's staff have it; do not do it again elsewhere. `failed` "
            "is final: nothing was or will be done, but where the page of the error's code says otherwise.",
        ),
    ]
    resource: Annotated[
        OperationRecord,
        api_field(
            "record_kind",
            "record_id",
            show=_record,
            story=[
                {"kind": "domain", "id": 88, "url": "https://billing.example.com/api/v2/domains/88"}
            ],
            description="What it is about.",
        ),
    ]
    error: Annotated[
        OperationError | None,
        api_field(
            CHANGE_STATUS,
            CHANGE_PROBLEM,
            show=_error,
            story=[None],
            description="Why it failed; null unless it did.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-09T08:02:45Z"],
            description="When it was accepted.",
        ),
    ]
    finished_at: Annotated[
        Instant | None,
        api_field(
            CHANGE_ENDED_AT,
            "carrier_id",
            "created_at",
            show=_finished_at,
            story=["2026-04-09T08:02:47Z"],
            description="When it succeeded or failed; null before that.",
        ),
    ]


OPERATIONS = Resource(
    path="/api/v2/operations",
    scope="domains:read",
    name="operations",
    queryset=lambda: ApiOperation.objects.for_client(TOKEN_CLIENT),
    list_struct=Operation,
    row_struct=Operation,
    own_filters={"act": TextFilter("act", "Only those of these acts.")},
    is_versioned=False,
    key_column="key",
)
