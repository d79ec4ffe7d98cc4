"""``GET /webhook-endpoints`` and ``GET /webhook-deliveries``: who is told of events, and what became of it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from msgspec import Meta, Struct

from commerce.accounts.models import ApiToken
from commerce.api.read.fields import api_field
from commerce.api.read.statement import TOKEN_CLIENT, TOKEN_HASH
from commerce.api.v1.field_types import Id, Instant, whole_second, whole_second_or_null
from commerce.api.v2.reading.field_types import Url, url_field
from commerce.api.v2.reading.filters import ChoiceFilter, IdFilter, InstantFilter, TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import WebhookEndpointStatus

SCOPE = "webhooks:write"


def _types(types: str) -> list[str]:
    found: list[str] = msgspec.json.decode(types)
    return found


def _no_secret(_pk: int) -> str | None:
    return None


class WebhookEndpointShown(Struct, frozen=True):
    """An address that is told of events."""

    id: Annotated[Id, api_field("pk", story=[31])]
    address: Annotated[
        str,
        api_field(
            "address",
            description="Where events are sent to.",
            examples=["https://shop.example/hooks/billing"],
        ),
    ]
    description: Annotated[
        str,
        api_field(
            "description",
            description="What it is for; empty if nobody said.",
            examples=["Shop"],
        ),
    ]
    types: Annotated[
        list[str],
        api_field(
            Cast("types", TextField()),
            show=_types,
            story=[["invoice.paid", "service.suspended"]],
            description="The types of events that it is sent; empty for all that its maker may see.",
        ),
    ]
    status: Annotated[
        Literal["new", "active", "off", "ended"],
        api_field(
            "status",
            story=["active"],
            description="`new`: it is sent a test alone until one was answered with 2xx. `off`: it was paused, or "
            "failed for 5 days; events wait. `ended`: it was removed, or whoever made it has no access any more.",
        ),
    ]
    failing_since: Annotated[
        Instant | None,
        api_field(
            "failing_since",
            show=whole_second_or_null,
            story=[None],
            description="Since when every try failed; null if the last one did not.",
        ),
    ]
    secret: Annotated[
        str | None,
        api_field(
            "pk",
            show=_no_secret,
            story=[None],
            description="What deliveries are signed with. It is in one answer alone, to the request that made it or "
            "changed its secret: the answer to a repeated key says `secret_expired` in its place. Null otherwise.",
            examples=["whsec_…"],
        ),
    ]
    rotated_at: Annotated[
        Instant | None,
        api_field(
            "rotated_at",
            show=whole_second_or_null,
            story=[None],
            description="When it last got a new secret; null if it never did.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-01T08:00:00Z"],
            description="When it was made.",
        ),
    ]
    url: Annotated[
        Url, url_field("/client/webhooks/", "https://billing.example.com/client/webhooks/31")
    ]


def _delivery_status(delivered_at: datetime | None, next_try_at: datetime | None) -> str:
    if next_try_at is not None:
        return "waiting"
    return "failed" if delivered_at is None else "delivered"


class WebhookDeliveryShown(Struct, frozen=True):
    """An event that is brought to an endpoint, and what came of the last try."""

    id: Annotated[Id, api_field("pk", story=[90412])]
    webhook_endpoint_id: Annotated[Id, api_field("endpoint_id", story=[31])]
    event_id: Annotated[
        str,
        api_field(
            "event_id",
            description="The event's id, which `webhook-id` says at each try.",
            examples=["evt_17_2204"],
        ),
    ]
    type: Annotated[
        str,
        api_field(
            "type",
            description="The event's type.",
            examples=["invoice.paid"],
        ),
    ]
    status: Annotated[
        Literal["waiting", "delivered", "failed"],
        api_field(
            "delivered_at",
            "next_try_at",
            show=_delivery_status,
            story=["delivered"],
            description="`waiting`: it is tried, or tried again, at `next_try_at`. `failed`: it is not tried again "
            "by itself.",
        ),
    ]
    tries: Annotated[
        Annotated[int, Meta(ge=0)],
        api_field("tries", description="How often it was tried.", examples=[1]),
    ]
    response_status: Annotated[
        int | None,
        api_field(
            "response_status",
            description="What the receiver answered last; null without an answer.",
            examples=[204],
        ),
    ]
    response_body: Annotated[
        str,
        api_field(
            "answer",
            story=[""],
            description="The first 4 KiB of that answer, or why there was none.",
        ),
    ]
    milliseconds: Annotated[
        int | None,
        api_field("milliseconds", description="How long the last try took.", examples=[48]),
    ]
    tried_at: Annotated[
        Instant | None,
        api_field(
            "tried_at",
            show=whole_second_or_null,
            story=["2026-04-09T08:02:46Z"],
            description="When it was last tried; null before that.",
        ),
    ]
    next_try_at: Annotated[
        Instant | None,
        api_field(
            "next_try_at",
            show=whole_second_or_null,
            story=[None],
            description="When it is tried next; null if it is not.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-09T08:02:45Z"],
            description="When the event was found to be for the endpoint.",
        ),
    ]


def own_endpoints() -> QuerySet[WebhookEndpoint]:
    """Those that the token which asks has made: an endpoint belongs to its maker as a token does."""
    own = ApiToken.objects.by_hash(TOKEN_HASH).values("pk")
    return WebhookEndpoint.objects.for_client(TOKEN_CLIENT).filter(token__in=own)


WEBHOOK_ENDPOINTS = Resource(
    path="/api/v2/webhook-endpoints",
    scope=SCOPE,
    name="webhook endpoints",
    queryset=own_endpoints,
    list_struct=WebhookEndpointShown,
    row_struct=WebhookEndpointShown,
    own_filters={
        "status": ChoiceFilter(
            "status",
            "Only those with this status.",
            {one.value: [one.value] for one in WebhookEndpointStatus},
        ),
    },
    is_versioned=False,
    token_of=lambda endpoint: endpoint.token_id,
)
WEBHOOK_DELIVERIES = Resource(
    path="/api/v2/webhook-deliveries",
    scope=SCOPE,
    name="webhook deliveries",
    queryset=lambda: WebhookDelivery.objects.for_client(TOKEN_CLIENT).filter(
        endpoint__in=own_endpoints()
    ),
    list_struct=WebhookDeliveryShown,
    row_struct=WebhookDeliveryShown,
    own_filters={
        "webhook_endpoint_id": IdFilter("endpoint_id", "Only those to these endpoints."),
        "type": TextFilter("type", "Only events of these types."),
        "event_id": TextFilter("event_id", "Only these events."),
        "tried_after": InstantFilter("tried_at", "Only those tried at or after this.", "gte"),
    },
    is_versioned=False,
    token_of=lambda delivery: delivery.endpoint.token_id,
)
