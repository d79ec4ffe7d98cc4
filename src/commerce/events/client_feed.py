"""The events of a client as its programs read them, over the feed or by webhook (client-api-v2.md 7)."""

from collections.abc import Callable, Collection
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db.models import Max

from commerce.events.client_event_types import CLIENT_EVENT_KINDS
from commerce.events.models import ClientEvent

LOOKED_AT = 10_000
"""Events that one reply looks at, however few of them are asked for: it ends there, and its reader goes on."""
_SHOWN_STATUS = {"fraud": "under_review"}
"""Statuses that programs know by another word."""


def events_after(client_id: int, after: int, limit: int) -> list[ClientEvent]:
    """Up to ``limit`` events of a client that follow a place in its sequence, oldest first."""
    return list(ClientEvent.objects.for_client(client_id).after(after)[:limit])


def newest_position(client_id: int) -> int:
    """The place of the client's newest event, 0 if there has been none: retention leaves the newest."""
    rows = ClientEvent.objects.for_client(client_id)
    return int(rows.aggregate(newest=Max("sequence"))["newest"] or 0)


def is_in_scope(event: ClientEvent, scopes: Collection[str]) -> bool:
    """Whether who has these scopes may be told of an event; of an operation more decides."""
    scope = CLIENT_EVENT_KINDS[event.resource_kind].scope
    return not scope or scope in scopes


def event_path(event: ClientEvent) -> str:
    """Where a client's programs read what changed."""
    return CLIENT_EVENT_KINDS[event.resource_kind].address(_id(event))


def staff_path(event: ClientEvent) -> str:
    """Where the staff API has what changed."""
    kind = CLIENT_EVENT_KINDS[event.resource_kind]
    return kind.staff_address(event.resource_id, event.client_id)


def _id(event: ClientEvent) -> int | str:
    named: int | str = getattr(event, CLIENT_EVENT_KINDS[event.resource_kind].id_column)
    return named


def event_body(
    event: ClientEvent, reference: str | None, path: Callable[[ClientEvent], str] = event_path
) -> dict[str, Any]:
    """An event as programs get it, with what the client's own words call its resource now, and where it is read."""
    at = event.at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return {
        "id": event.public_id,
        "sequence": event.sequence,
        "type": event.type,
        "timestamp": f"{at.isoformat()}Z",
        "client_id": event.client_id,
        "actor": {"kind": event.actor_kind},
        "data": {
            "resource": {
                "kind": event.resource_kind,
                "id": _id(event),
                "url": f"{settings.COMMERCE_URL}{path(event)}",
                "version": event.version,
                "reference": reference,
            },
            "changed": sorted(set(event.changed.split())),
            "facts": _facts(event),
        },
    }


def _facts(event: ClientEvent) -> dict[str, Any]:
    """Its few plain facts, under the names that the resource has for them."""
    facts: dict[str, Any] = {}
    if event.status:
        before = event.status_before
        facts["previous_status"] = before and _SHOWN_STATUS.get(before, before)
        facts["status"] = _SHOWN_STATUS.get(event.status, event.status)
    for column, name in CLIENT_EVENT_KINDS[event.resource_kind].facts.items():
        value = getattr(event, column)
        facts[name] = str(value) if column == "date" and value is not None else value
    return facts
