"""``GET /operations`` and ``GET /operations/{id}``: acts that take time, and how they stand (decision 142)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Value
from django.db.models.lookups import Exact
from msgspec import Meta, Struct

from commerce.accounts.models import ApiOperation, ApiToken
from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT, TOKEN_HASH
from commerce.api.v1.field_types import Id, Instant, whole_second, whole_second_or_null
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.problems import problem_page
from commerce.api.v2.reading.bound import unbound
from commerce.api.v2.reading.filters import TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.carriers import CARRIERS, ORDER, OperationState
from commerce.api.v2.resources.orders import Unit
from commerce.billing.models import CreditNote
from commerce.domains.rules import DomainStatus
from commerce.hosting.rules import ServiceStatus
from commerce.orders.models import OrderUnit

COLUMNS_OF_STATE = (
    *("carrier_kind", "carrier_id", "created_at"),
    *(column for carrier in CARRIERS.values() for column in carrier.columns),
)


def operation_state(
    kind: str, carrier_id: int | None, created_at: datetime, *values: Any
) -> OperationState:
    """How an operation stands, by ``COLUMNS_OF_STATE``. Without a carrier nothing was to be done: it was so already."""
    if carrier_id is None:
        return OperationState("succeeded", ended_at=created_at)
    first = 0
    for carrier in CARRIERS.values():
        if carrier.kind == kind:
            return carrier.state(*values[first : first + len(carrier.columns)])
        first += len(carrier.columns)
    raise KeyError(kind)


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
    id: Annotated[Id | None, Meta(description="Null where a dry run would make it.", examples=[88])]
    url: Annotated[
        str | None,
        Meta(
            description="Where this API has it; null where a dry run would make it.",
            examples=["https://billing.example.com/api/v2/domains/88"],
        ),
    ]


class NextAction(Struct, frozen=True):
    """What a person has to do, for an operation that waits for them."""

    url: Annotated[
        str,
        Meta(
            description="The page where the account's holder goes on, signed in.",
            examples=["https://billing.example.com/client/invoices/5117/pay"],
        ),
    ]


def _status(*values: Any) -> str:
    return operation_state(*values).status


def _finished_at(*values: Any) -> datetime | None:
    return whole_second_or_null(operation_state(*values).ended_at)


def _error(*values: Any) -> OperationError | None:
    code = operation_state(*values).error
    if not code:
        return None
    words = PROBLEMS[code]
    return OperationError(problem_page(code), code, words.title, words.meaning)


def _next_action(*values: Any) -> NextAction | None:
    url = operation_state(*values).next_url
    return NextAction(f"{settings.COMMERCE_URL}{url}") if url else None


def _result(*values: Any) -> OperationRecord | None:
    made = operation_state(*values).made
    return _record(*made) if made else None


def _record(kind: str, record_id: int) -> OperationRecord:
    path = kind if kind == "account" else f"{kind.replace('_', '-')}s/{record_id}"
    return OperationRecord(kind, record_id, f"{settings.COMMERCE_URL}/api/v2/{path}")


_OF_ORDER = Exact(OuterRef("carrier_kind"), Value(ORDER))
"""Ids of carriers are those of orders for some operations alone."""


def _unit_state(
    service: str | None, activated_on: Any, domain: str | None, registered_on: Any
) -> str:
    if activated_on or registered_on:
        return "delivered"
    if service == ServiceStatus.PENDING or domain in _DOMAINS_TO_COME:
        return "open"
    is_lost = ServiceStatus.CANCELLED in (service, domain)
    return "not_delivered" if is_lost else "delivered"


_DOMAINS_TO_COME = (DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER, DomainStatus.FRAUD)


class OperationUnit(Unit, frozen=True):
    """What became of one unit of a position of an order."""

    status: Annotated[
        Literal["open", "delivered", "not_delivered"],
        api_field(
            "service__status",
            "service__activated_on",
            "domain__status",
            "domain__registration_date",
            show=_unit_state,
            story=["delivered", "not_delivered"],
            description="`open`: it may still come; do not order it elsewhere. `not_delivered` is final, and so is "
            "`delivered`, whatever becomes of it later.",
        ),
    ]


class GivenBack(Struct, frozen=True):
    """What was given back of an order."""

    credit_note_id: Annotated[
        Id, api_field("pk", story=[17], description="The credit note.", examples=[17])
    ]
    amount: Annotated[
        int,
        api_field("total", story=[1200], description="Its total, in minor units.", examples=[1200]),
    ]
    currency_code: Annotated[
        str,
        api_field("currency_id", story=["EUR"], description="ISO 4217 code.", examples=["EUR"]),
    ]


class Operation(Struct, frozen=True):
    """An act that was accepted and takes time."""

    id: Annotated[
        str | None,
        api_field(
            "key",
            description="Identifier: random, of digits and small letters; null in the answer of a dry run.",
            examples=["k3v9x0q2m7p4s8t1w6y5z3ab"],
        ),
    ]
    act: Annotated[
        str,
        api_field(
            "act",
            description="What was asked for: the kind of record and the verb.",
            examples=["domain.unlock"],
        ),
    ]
    status: Annotated[
        Literal[
            "pending", "running", "requires_action", "waiting", "succeeded", "failed", "partly"
        ],
        api_field(
            *COLUMNS_OF_STATE,
            show=_status,
            story=["succeeded"],
            description="How it stands. `waiting`: the company's staff have it; do not do it again elsewhere. `failed` "
            "is final: nothing was or will be done, but where the page of the error's code says otherwise. `partly` is "
            "final, too: `units` says what of an order came.",
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
    result: Annotated[
        OperationRecord | None,
        api_field(
            *COLUMNS_OF_STATE,
            show=_result,
            story=[None],
            description="What it brought, if that is another record; null before that.",
        ),
    ]
    error: Annotated[
        OperationError | None,
        api_field(
            *COLUMNS_OF_STATE,
            show=_error,
            story=[None],
            description="Why it failed; null unless it did.",
        ),
    ]
    next_action: Annotated[
        NextAction | None,
        api_field(
            *COLUMNS_OF_STATE,
            show=_next_action,
            story=[None],
            description="Where a person goes on while the status is `requires_action`; null otherwise.",
        ),
    ]
    units: Annotated[
        list[OperationUnit],
        api_rows(
            OperationUnit,
            OrderUnit.objects.filter(_OF_ORDER, item__order=OuterRef("carrier_id")),
            parent="item__order",
            order="pk",
            story=[0],
            description="Of an order: what became of each service and domain of it. Otherwise empty.",
        ),
    ]
    given_back: Annotated[
        list[GivenBack],
        api_rows(
            GivenBack,
            CreditNote.objects.filter(
                _OF_ORDER,
                invoice__order=OuterRef("carrier_id"),
                invoice__paid_at__isnull=False,
            ),
            parent="invoice__order",
            order="pk",
            story=[0],
            description="Of an order: what was given back of its invoice, which was paid. Otherwise empty.",
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
            *COLUMNS_OF_STATE,
            show=_finished_at,
            story=["2026-04-09T08:02:47Z"],
            description="When it ended; null before that.",
        ),
    ]


def _own_rows() -> QuerySet[ApiOperation]:
    """Those of the token that asks, whatever it may read: what others do is not its business."""
    own = ApiToken.objects.by_hash(TOKEN_HASH).values("pk")
    return ApiOperation.objects.for_client(TOKEN_CLIENT).filter(token__in=own)


OPERATIONS = Resource(
    path="/api/v2/operations",
    scope="",
    name="operations",
    queryset=_own_rows,
    list_struct=Operation,
    row_struct=Operation,
    own_filters={"act": TextFilter("act", "Only those of these acts.")},
    is_versioned=False,
    key_column="key",
    bound=unbound,
)
