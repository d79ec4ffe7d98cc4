"""``GET /events``: what changed, in one sequence for the client, to keep a copy in step by (client-api-v2.md 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, override

import msgspec
from django.db.models import Exists, OuterRef, Q
from msgspec import Meta, Struct

from commerce.accounts.models import ApiOperation, ApiTokenBinding, RecordMetadata
from commerce.api.core.auth import ApiCaller, granted_scopes
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.read.query_params import parse_query_integer
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Instant
from commerce.api.v2.reading.files import RecordFile, ReportRoute
from commerce.api.v2.reading.filters import Filter, FilterError, FilterValue
from commerce.api.v2.reading.params import DEFAULT_LIMIT, MAX_LIMIT
from commerce.api.v2.reading.resource import Resource
from commerce.events.client_event_types import CLIENT_EVENT_TYPES, OPERATION, kinds_seen
from commerce.events.client_feed import LOOKED_AT, event_body
from commerce.events.models import ClientEvent, ClientEventQuerySet

_LARGEST = 2**63 - 1


class EventActor(Struct, frozen=True):
    """Who caused a change."""

    kind: Annotated[
        Literal["member", "staff", "system", "token"],
        Meta(
            description="A member, the company's staff, the system itself, or a token.",
            examples=["token"],
        ),
    ]


class EventResource(Struct, frozen=True):
    """What changed."""

    kind: Annotated[str, Meta(description="Kind of resource.", examples=["invoice"])]
    id: Annotated[int | str, Meta(description="Its id: of an operation a text.", examples=[5117])]
    url: Annotated[
        str,
        Meta(
            description="Where this API has it.",
            examples=["https://billing.example.com/api/v2/invoices/5117"],
        ),
    ]
    version: Annotated[
        int | None,
        Meta(description="Its version after the change; null for what has none.", examples=[3]),
    ]
    reference: Annotated[
        str | None,
        Meta(description="Your own reference of it, as it is now.", examples=["order 4711"]),
    ]


class EventData(Struct, frozen=True):
    """What changed, and the few facts that are told with it."""

    resource: Annotated[EventResource, Meta(description="What changed.")]
    changed: Annotated[
        list[str],
        Meta(
            description="Stored fields that changed, or may have; none of something new, or where only derived fields "
            "are others.",
            examples=[["amount_due", "paid_at", "status"]],
        ),
    ]
    facts: Annotated[
        dict[str, str | int | None],
        Meta(
            description="Of what has a status `previous_status`, null of something new, and `status`; and by the kind "
            "its amount, currency, date and number, under the names that the resource has for them.",
            examples=[{"previous_status": "unpaid", "status": "paid", "total": 2352}],
        ),
    ]


class FeedEvent(Struct, frozen=True):
    """One resource changed. Nothing personal is in it: read the resource."""

    id: Annotated[
        str,
        Meta(
            description="The event, the same over all tries to deliver it.",
            examples=["evt_1042_318"],
        ),
    ]
    sequence: Annotated[
        int, Meta(description="Its place among the client's events, without gaps.", examples=[318])
    ]
    type: Annotated[
        str,
        Meta(
            description="What happened. A later version may know more types: ignore those that you do not.",
            examples=["invoice.paid"],
        ),
    ]
    timestamp: Annotated[Instant, Meta(description="When.")]
    client_id: Annotated[int, Meta(description="The client account.", examples=[1042])]
    actor: Annotated[EventActor, Meta(description="Who caused it.")]
    data: Annotated[EventData, Meta(description="What changed of it.")]


class FeedMeta(Struct, frozen=True):
    """Where the feed stands."""

    position: Annotated[
        int,
        Meta(
            description="Go on after this one. It counts events that this token does not see.",
            examples=[318],
        ),
    ]
    has_more: Annotated[bool, Meta(description="Whether there are more behind it.")]
    shared_revision: Annotated[
        int, Meta(description="As in lists: moves when `derived` fields of many may be others.")
    ]


class EventFeed(Struct, frozen=True):
    """Events, the oldest first."""

    data: Annotated[list[FeedEvent], Meta(max_length=MAX_LIMIT, description="The events.")]
    meta: Annotated[FeedMeta, Meta(description="Where the feed stands.")]


@dataclass(frozen=True, eq=False)
class _NumberParam(Filter):
    """A whole number between two."""

    least: int
    most: int

    @override
    def read(self, name: str, text: str) -> FilterValue:
        number = parse_query_integer(text)
        if number is None or not self.least <= number <= self.most:
            raise FilterError(f"It must be a whole number from {self.least} to {self.most}.")
        return FilterValue("", {name: number}, text)

    @override
    def condition(self, name: str, shape: Any) -> Q:
        return Q()

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class _TypesParam(Filter):
    """Types of events, with commas."""

    @override
    def read(self, name: str, text: str) -> FilterValue:
        wanted = tuple(sorted(set(text.split(","))))
        if unknown := [one for one in wanted if one not in CLIENT_EVENT_TYPES]:
            raise FilterError(f"There is no type {unknown[0][:100]}.")
        return FilterValue("", {name: wanted}, text)

    @override
    def condition(self, name: str, shape: Any) -> Q:
        return Q(type__in=shape)

    @property
    @override
    def schema(self) -> dict[str, Any]:
        one = {"type": "string", "enum": list(CLIENT_EVENT_TYPES)}
        return {"type": "array", "items": one, "minItems": 1}


def _seen(caller: ApiCaller) -> ClientEventQuerySet:
    """The events that a token is told of, by its scopes and bound records as they are now, and its operations."""
    scopes = granted_scopes(caller.scopes, caller.role, caller.rights)
    kinds = kinds_seen(scopes, is_bound=caller.is_bound)
    rows = ClientEvent.objects.for_client(caller.client_id)
    operations = ApiOperation.objects.filter(pk=OuterRef("resource_id"), token=caller.token_id)
    own = Q(Exists(operations), resource_kind=OPERATION)
    if not caller.is_bound:
        return rows.filter(own | Q(resource_kind__in=kinds))
    bindings = ApiTokenBinding.objects.for_client(caller.client_id).filter(token=caller.token_id)
    for kind in kinds:
        ids = bindings.filter(kind=kind).values("record_id")
        own |= Q(resource_kind=kind, resource_id__in=ids)
    return rows.filter(own)


def _begins_after(caller: ApiCaller, after: int | None) -> int:
    """The place to go on after, before the oldest event if none is said.

    Raises ``ApiProblem`` 410 for one behind which something is kept no longer, or that there never was.
    """
    kept = ClientEvent.objects.for_client(caller.client_id).order_by("sequence")
    oldest = kept.values_list("sequence", flat=True).first() or 1
    if after is None:
        return oldest - 1
    if not oldest - 1 <= after <= caller.event_sequence:
        raise too_old_problem(oldest, caller.event_sequence)
    return after


def too_old_problem(oldest: int, newest: int) -> ApiProblem:
    """What is answered for another place than that of an event that is kept."""
    text = f"after: Events are kept from {oldest} to {newest}. Begin anew."
    part = ProblemPart("parameter", "after", "too_old", text)
    return ApiProblem(410, Error(text), code="events.too_old", parts=[part])


def _feed(caller: ApiCaller, values: Mapping[str, Any]) -> RecordFile:
    """What was there when the caller was read: what came since is not looked at."""
    newest, limit = caller.event_sequence, values.get("limit", DEFAULT_LIMIT)
    after = _begins_after(caller, values.get("after"))
    looked_at = min(newest, after + LOOKED_AT)
    rows = _seen(caller).after(after).filter(sequence__lte=looked_at)
    if "types" in values:
        rows = rows.filter(type__in=values["types"])
    found = list(rows[:limit])
    position = found[-1].sequence if len(found) == limit else looked_at
    records = {(one.resource_kind, one.resource_id) for one in found}
    references = RecordMetadata.objects.for_client(caller.client_id).references_of(records)
    body = msgspec.json.encode(
        {
            "data": [
                event_body(one, references.get((one.resource_kind, one.resource_id)))
                for one in found
            ],
            "meta": FeedMeta(position, position < newest, caller.shared_revision),
        }
    )
    return RecordFile("", sha256(body).hexdigest(), lambda: body)


_EXAMPLE = EventFeed(
    [
        FeedEvent(
            "evt_1042_318",
            318,
            "invoice.paid",
            datetime(2026, 4, 9, 8, 2, 45, tzinfo=UTC),
            1042,
            EventActor("token"),
            EventData(
                EventResource(
                    "invoice",
                    5117,
                    "https://billing.example.com/api/v2/invoices/5117",
                    3,
                    "order 4711",
                ),
                ["amount_due", "paid_at", "status"],
                {
                    "previous_status": "unpaid",
                    "status": "paid",
                    "total": 2352,
                    "currency_code": "GBP",
                    "due_date": "2026-04-22",
                    "invoice_number": "INV-2026-0305",
                },
            ),
        )
    ],
    FeedMeta(318, False, 12),
)

EVENTS = Resource(
    path="/api/v2/events",
    scope="events:read",
    name="events",
    queryset=lambda: ClientEvent.objects.for_client(TOKEN_CLIENT),
    row_struct=FeedEvent,
    created_column="",
    is_versioned=False,
)
"""Whose group and scope the feed has; it is read by place, not by id."""

FEED = ReportRoute(
    path=EVENTS.path,
    resource=EVENTS,
    content_type="application/json",
    name="Events",
    summary="Follow what changes",
    about="Events that this token sees by its other scopes and its records, the oldest first. Go on after "
    "`position` of `meta`. Without `after` it begins with the oldest that is kept. Types: "
    + "; ".join(f"`{one}`: {about}" for one, about in CLIENT_EVENT_TYPES.items()),
    params={
        "after": _NumberParam(
            "", "The place after which to go on: `position` of before.", 0, _LARGEST
        ),
        "types": _TypesParam("", "Only events of these types."),
        "limit": _NumberParam("", "Events of one reply.", 1, MAX_LIMIT),
    },
    example_params={"after": 317, "types": ["invoice.paid"], "limit": 100},
    make=_feed,
    example=_EXAMPLE,
    for_bound=True,
    most_a_minute=None,
    problems={"410": "EventsTooOld"},
)
