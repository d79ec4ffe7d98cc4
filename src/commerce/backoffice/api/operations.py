"""Operations: what an act began and jobs go on with, at a registrar, panel or gateway (decision 177)."""

from datetime import datetime
from typing import Annotated

from django.conf import settings
from django.db.models import Q
from msgspec import Meta, Struct
from msgspec.structs import replace

from commerce.api.core import errors
from commerce.api.core.errors import HeaderList
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.v1.field_types import whole_second, whole_second_or_null
from commerce.api.v2.resources.carriers import CARRIERS, JOB
from commerce.api.v2.writing.serve import OPERATION_SECONDS
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.kinds import RecordKind, kind_of_model, kinds_of
from commerce.backoffice.api.lists import is_number_of_row, json_reply, read_query
from commerce.backoffice.base.site import StaffSite
from commerce.billing.tax.jobs import CHECK_VAT
from commerce.jobs.models import Job
from commerce.payments.job_names import CHARGE_SAVED_CARD, REMOVE_SAVED_CARD, SEND_REFUND

_ASKS_REMOTE = Q(asks_remote=True) | Q(
    action__in=(CHARGE_SAVED_CARD, SEND_REFUND, REMOVE_SAVED_CARD, CHECK_VAT)
)
"""What asks a server or registrar, or a payment gateway or tax authority, which jobs do not take turns for. All else is
ours: emails, documents, what follows from events.
"""
PATH = "/api/staff/v1/operations/"


class StaffOperationRecord(Struct, frozen=True):
    """What an operation is about."""

    kind: Annotated[str, Meta(description="Kind of record, as paths have it.")]
    id: int | str
    url: Annotated[str, Meta(description="Where this API has it.")]


class StaffOperation(Struct, frozen=True):
    """Work that an act began and that takes time."""

    id: Annotated[int | None, Meta(description="Its number; null in the answer of a dry run.")]
    job: Annotated[str, Meta(description="What is done.")]
    status: Annotated[
        str,
        Meta(
            extra_json_schema={"enum": ["pending", "running", "waiting", "succeeded", "failed"]},
            description="How it stands. `waiting`: a person decides; do not do it again elsewhere. `failed`: it was "
            "given up.",
        ),
    ]
    resource: Annotated[
        StaffOperationRecord | None,
        Meta(description="What it is about; null if that is no record of this API."),
    ]
    error: Annotated[
        str | None,
        Meta(description="What came of the last try, as staff read it; null if it went well."),
    ]
    created_at: datetime
    finished_at: Annotated[datetime | None, Meta(description="Null before it succeeded or failed.")]


class StaffOperationReply(Struct, frozen=True):
    """How an operation stands."""

    data: StaffOperation


def newest_job() -> int:
    """The number of the newest job: those of an act come behind it."""
    return Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def begun_since(caller: StaffCaller, job_id: int) -> list[StaffOperation]:
    """What the request of a caller has begun since that job was the newest."""
    request_id = caller.ctx.actor.request_id
    jobs = Job.objects.filter(_ASKS_REMOTE, pk__gt=job_id, request_id=request_id)
    return [_shown(caller.site, one) for one in jobs.order_by("pk")]


def going_on(operations: list[StaffOperation]) -> HeaderList:
    """Where, and when, to ask how the first of them stands."""
    where = f"{settings.COMMERCE_URL}{PATH}{operations[0].id}"
    return [("Location", where), ("Retry-After", str(OPERATION_SECONDS))]


def without_ids(operations: list[StaffOperation]) -> list[StaffOperation]:
    """The same as a dry run has them: what was not begun has no number."""
    return [replace(one, id=None) for one in operations]


def serve_operation(request: ApiRequest, caller: StaffCaller, key: str) -> ApiReply:
    """How one stands now, to those who may read jobs, or what it is about; raises ``ApiProblem``."""
    read_query(request, [])
    number = int(key) if is_number_of_row(key) else 0
    job = Job.objects.filter(_ASKS_REMOTE, pk=number).first()
    if job is None:
        raise errors.not_found()
    kind, jobs = _kind_of(caller.site, job), kind_of_model(caller.site, Job)
    if kind is None or not kind.may_read(caller):
        assert jobs is not None
        caller.check_may(jobs.needed)
    return json_reply({"data": _shown(caller.site, job)})


def _kind_of(site: StaffSite, job: Job) -> RecordKind | None:
    kinds = kinds_of(site).values()
    return next(
        (one for one in kinds if one.admin.model._meta.model_name == job.subject_kind), None
    )


def _shown(site: StaffSite, job: Job) -> StaffOperation:
    kind, state = _kind_of(site, job), CARRIERS[JOB].state(job.status, job.ended_at, job.created_at)
    resource = None
    if kind is not None:
        url = f"{settings.COMMERCE_URL}{kind.path_of(job.subject_id)}"
        resource = StaffOperationRecord(kind.name, job.subject_id, url)
    return StaffOperation(
        id=job.pk,
        job=job.action,
        status=state.status,
        resource=resource,
        error=job.error or None,
        created_at=whole_second(job.created_at),
        finished_at=whole_second_or_null(state.ended_at),
    )
