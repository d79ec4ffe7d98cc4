"""Webhook endpoints and events of clients."""

from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client, Membership, Staff
from commerce.events.models import ClientEvent
from commerce.kit.context import SYSTEM, Context
from commerce.webhook_endpoints.actions.creating import create_company_endpoint, create_endpoint
from commerce.webhook_endpoints.actions.deliveries import TriedDelivery, record_try
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from tests.make.people import AT, make_client
from tests.make.staff import as_staff, make_staff

PAGES_FOR_PROGRAMS = (
    *("client/api-tokens", "client/webhooks", "client/webhooks/add"),
    *("client/api-tokens/<int:pk>", "client/webhooks/<int:pk>"),
    *(f"client/api-tokens/<int:pk>/{act}" for act in ("limit", "rotate", "revoke")),
    *(f"client/webhooks/<int:pk>/{act}" for act in ("edit", "rotate", "remove", "repeat")),
    *(f"client/webhooks/<int:pk>/{act}" for act in ("test", "pause", "resume")),
    "client/webhook-deliveries/<int:pk>/repeat",
)
"""Those of tokens and of webhooks."""
WEBHOOK_FORMS = {
    "client/webhooks/add": {"form_key": "1", "address": "https://hooks.example.com/y"},
    "client/webhooks/<int:pk>/edit": {"description": "Changed"},
    "client/webhooks/<int:pk>/repeat": {"hours": "24"},
}


def make_endpoint(
    client: Client | None = None, address: str = "https://hooks.example.com/x", **over: Any
) -> tuple[WebhookEndpoint, str]:
    """An active endpoint of the client's first owner, without its test, and its secret."""
    client = client or make_client()
    owner = Membership.objects.for_client(client).active_owners().order_by("pk")[0].user
    status = over.pop("status", "active")
    values = {"maker": owner, "ctx": Context(AT, SYSTEM)} | over
    made = create_endpoint(client=client, address=address, **values)
    endpoint = made.endpoint
    endpoint.deliveries.all().delete()
    endpoint.status, endpoint.next_try_at = status, None
    endpoint.save()
    return endpoint, made.secret


def make_company_endpoint(
    staff: Staff | None = None, address: str = "https://chat.example.com/hooks/x", **values: Any
) -> tuple[WebhookEndpoint, str]:
    """An active one of the company, without its test, and its secret."""
    ctx = Context(AT, as_staff(staff or make_staff()))
    made = create_company_endpoint(address=address, ctx=ctx, **values)
    made.endpoint.deliveries.all().delete()
    made.endpoint.status, made.endpoint.next_try_at = "active", None
    made.endpoint.save()
    return made.endpoint, made.secret


def make_events(client: Client, count: int = 1, **over: Any) -> list[ClientEvent]:
    """Events of the client, as triggers write them."""
    client.refresh_from_db()
    values = {
        "type": "invoice.paid",
        "at": AT,
        "actor_kind": "system",
        "resource_kind": "invoice",
        "resource_id": 7,
        "version": 2,
        "changed": "status",
        "status_before": "unpaid",
        "status": "paid",
    }
    first = client.event_sequence
    made = [
        ClientEvent(client_id=client.pk, sequence=first + number, **values | over)
        for number in range(1, count + 1)
    ]
    ClientEvent.objects.bulk_create(made)
    Client.objects.filter(pk=client.pk).update(event_sequence=first + count)
    return made


def make_delivery(endpoint: WebhookEndpoint, **over: Any) -> WebhookDelivery:
    """A delivery that waits, of an event that there is."""
    assert endpoint.client is not None
    event = make_events(endpoint.client)[0]
    values = {
        "event_id": event.public_id,
        "type": event.type,
        "sequence": event.sequence,
        "created_at": AT,
        "next_try_at": AT,
    }
    return WebhookDelivery.objects.create(endpoint=endpoint, **values | over)


def make_notice(endpoint: WebhookEndpoint, **over: Any) -> WebhookDelivery:
    """A delivery of what the company is told, that failed."""
    values = {"event_id": "ntc_1", "type": "staff.run_missing", "url": "/admin/runs"}
    return WebhookDelivery.objects.create(endpoint=endpoint, created_at=AT, **values | over)


def webhook_ids(client: Client) -> dict[str, int]:
    """An endpoint of the client and a delivery, by the first part of their addresses."""
    failed = make_delivery(make_endpoint(client)[0], next_try_at=None)
    return {"webhooks": make_endpoint(client)[0].pk, "webhook-deliveries": failed.pk}


def disable_endpoint(client: Client) -> None:
    """An endpoint of the client that failed for so long that it is switched off."""
    delivery = make_delivery(make_endpoint(client)[0])
    for at in (AT - timedelta(days=5), AT):
        record_try(delivery=delivery, tried=TriedDelivery(500, "", 1), at=at)
