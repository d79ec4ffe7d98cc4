"""Erasing what is personal in stored events (accounts.md 10)."""

from collections.abc import Callable, Mapping
from typing import Any

from commerce.events.models import StoredEvent

_AT_ONCE = 500


def erase_from_events(
    *, client_id: int, without_text: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> int:
    """Take free text out of the events of a client, whose ids and dates stay; how many there are.

    Call it within ``db.triggers.allow_retention``.
    """
    events = list(StoredEvent.objects.filter(client_id=client_id))
    for event in events:
        event.data = without_text(event.data)
    StoredEvent.objects.bulk_update(events, ["data"], batch_size=_AT_ONCE)
    return len(events)
