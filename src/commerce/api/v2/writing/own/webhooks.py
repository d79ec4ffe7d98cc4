"""Webhook endpoints by program: made, changed, tested, given other secrets, ended (client-api-v2.md 7)."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.v2.resources.webhooks import SCOPE, WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS
from commerce.api.v2.writing.payments import maker_of
from commerce.api.v2.writing.posts import ActPost
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.kit.acts.act import act_of
from commerce.webhook_endpoints.actions.creating import check_event_types, create_endpoint
from commerce.webhook_endpoints.actions.deliveries import repeat_delivery, repeat_since
from commerce.webhook_endpoints.actions.endpoints import (
    change_endpoint,
    end_endpoint,
    pause_endpoint,
    resume_endpoint,
    rotate_endpoint_secret,
    send_test,
)
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint

type _Types = Annotated[
    list[Annotated[str, Meta(max_length=60)]],
    Meta(
        max_length=200,
        description="The types of events that it is sent; empty for all.",
        examples=[["invoice.paid", "service.suspended"]],
    ),
]
type _Description = Annotated[
    str, Meta(max_length=100, description="What it is for.", examples=["Shop"])
]


class NewWebhookEndpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events are to be sent."""

    address: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            description="An address that begins with https://, on port 443 or one above 1023.",
            examples=["https://shop.example/hooks/billing"],
        ),
    ]
    description: _Description = ""
    types: _Types = []


class WebhookEndpointChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise of an endpoint."""

    description: _Description | None = None
    types: _Types | None = None


class RepeatedSince(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent again."""

    since: Annotated[
        Annotated[datetime, Meta(tz=True)],
        Meta(
            description="All that was for the endpoint from then on, at most 30 days ago.",
            examples=["2026-04-09T06:00:00Z"],
        ),
    ]


def _create(call: WriteCall) -> WriteResult:
    made = create_endpoint(
        client=Client.objects.for_client(call.caller.client_id).get(),
        maker=maker_of(call),
        address=call.body.address,
        description=call.body.description,
        types=call.body.types,
        token_id=call.caller.token_id,
        ctx=call.ctx,
    )
    return WriteResult(WEBHOOK_ENDPOINTS, made.endpoint.pk, 201, shown_once={"secret": made.secret})


def _change(call: WriteCall) -> WriteResult:
    values: dict[str, Any] = {}
    if call.body.description is not None:
        values["description"] = call.body.description
    if call.body.types is not None:
        values["types"] = check_event_types(call.body.types)
    act_of(change_endpoint).call(call.record, values, call.ctx)
    return WriteResult(WEBHOOK_ENDPOINTS, call.record.pk)


def _rotate(call: WriteCall) -> WriteResult:
    made = act_of(rotate_endpoint_secret).call(call.record, {}, call.ctx)
    return WriteResult(WEBHOOK_ENDPOINTS, call.record.pk, shown_once={"secret": made.secret})


def _repeat_since(call: WriteCall) -> WriteResult:
    repeat_since(endpoint=call.record, since=call.body.since, ctx=call.ctx)
    return WriteResult(WEBHOOK_ENDPOINTS, call.record.pk)


def _end(call: WriteCall) -> WriteResult:
    act_of(end_endpoint).call(call.record, {}, call.ctx)
    return WriteResult(WEBHOOK_ENDPOINTS, call.record.pk)


def _of_endpoint(path: str, summary: str, about: str, **values: Any) -> StructWrite:
    usual: dict[str, Any] = {
        "scope": SCOPE,
        "shown": WEBHOOK_ENDPOINTS,
        "reads": WEBHOOK_ENDPOINTS,
        "rows": WebhookEndpoint.objects.for_client,
        "status": 200,
        "unsettled": (),
    }
    return StructWrite(
        path=f"{WEBHOOK_ENDPOINTS.path}{path}", summary=summary, about=about, **usual | values
    )


WEBHOOK_WRITES = (
    _of_endpoint(
        "",
        "Add a webhook endpoint",
        "It is sent a test at once, and is active when that was answered with 2xx. It sees what this token sees, and "
        "ends with it. An account has up to 20. The secret is in this answer alone.",
        action=_create,
        body=NewWebhookEndpoint,
        example={
            "address": "https://shop.example/hooks/billing",
            "description": "Shop",
            "types": ["invoice.paid", "service.suspended"],
        },
        rows=None,
        status=201,
        unsettled=("id", "url"),
    ),
    _of_endpoint(
        "/{id}",
        "Webhook endpoint: change its description or types",
        "Its address stays: another address is another endpoint.",
        method="PATCH",
        action=_change,
        body=WebhookEndpointChange,
        example={"types": ["invoice.paid"]},
        needs_key=False,
    ),
    _of_endpoint(
        "/{id}",
        "Webhook endpoint: remove",
        "It is sent nothing more, and what waits is dropped.",
        method="DELETE",
        action=_end,
        effect="destroy",
        needs_key=False,
        while_suspended=True,
    ),
    _of_endpoint(
        "/{id}/rotate",
        "Webhook endpoint: change its secret",
        "The new one is in this answer alone. Deliveries are signed with both for 24 hours. Once an hour at most.",
        action=_rotate,
        while_suspended=True,
        unsettled=("rotated_at",),
    ),
    _of_endpoint(
        "/{id}/repeat",
        "Webhook endpoint: send again what it had since a time",
        "All deliveries from then on are tried once more, also those that were delivered.",
        action=_repeat_since,
        body=RepeatedSince,
        example={"since": "2026-04-09T06:00:00Z"},
    ),
)
"""What is done with endpoints and takes more than a switch."""


def _act_post(verb: str, action: Any) -> ActPost:
    return ActPost(WEBHOOK_ENDPOINTS, verb, SCOPE, WebhookEndpoint.objects.for_client, action)


WEBHOOK_POSTS = (
    _act_post("test", send_test),
    _act_post("pause", pause_endpoint),
    _act_post("resume", resume_endpoint),
    ActPost(
        WEBHOOK_DELIVERIES, "repeat", SCOPE, WebhookDelivery.objects.for_client, repeat_delivery
    ),
)
"""Acts of the portal below an endpoint or a delivery."""
