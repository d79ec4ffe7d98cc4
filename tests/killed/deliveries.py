"""Events that are brought to programs of clients, for processes that are killed (client-api-v2.md 7).

What arrived outlives them in a file. One receiver refuses the first try of each event.
"""

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

from django.db import connection

from commerce.kit import clock
from commerce.kit.remote.guarded import GuardedTarget
from commerce.kit.remote.http import HttpAnswer
from commerce.webhook_endpoints import sending
from commerce.webhook_endpoints.actions.deliveries import claim_endpoint
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from tests import make
from tests.killed.day_of_work import rows_of
from tests.make.webhook_endpoints import make_endpoint, make_events

FOLDER = Path(tempfile.mkdtemp())
"""Of the process that kills the others; they inherit it."""
EVENTS, ROUNDS = 5, 20


class ArrivalsOnDisk:
    """A connection to a receiver that notes what came, and refuses once where its path says so."""

    def __init__(self, target: GuardedTarget, **_options: object) -> None:
        self._path = target.path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """There is nothing to close."""

    def post(self, headers: Mapping[str, str], _content: bytes, **_limits: object) -> HttpAnswer:
        arrival = [self._path, headers["webhook-id"]]
        refused = self._path == "/refuses" and arrival not in arrivals()
        with _file().open("a") as kept:
            kept.write(json.dumps(arrival) + "\n")
        return HttpAnswer(500 if refused else 204, {}, b"")


def _file() -> Path:
    return FOLDER / str(connection.settings_dict["NAME"]).replace("/", "_")


def arrivals() -> list[list[str]]:
    """Path and event of all that came."""
    if not _file().exists():
        return []
    return [json.loads(line) for line in _file().read_text().splitlines()]


def prepare() -> None:
    """Two clients to whom things happened, with three endpoints."""
    first, second = make.make_client(company="first"), make.make_client(company="second")
    make_endpoint(first, "https://hooks.example.com/takes")
    make_endpoint(first, "https://hooks.example.com/refuses")
    make_endpoint(second, "https://hooks.example.com/other")
    for client in (first, second):
        make_events(client, EVENTS)


def bring() -> None:
    """Visit whoever is due, for half a day; whatever was cut off is due again when its lease has run out."""
    with _arriving():
        for minutes in (0, 2, 4, 20, 60, 240, 700):
            with clock.freeze_time(make.AT + timedelta(minutes=minutes)):
                for _ in range(ROUNDS):
                    for endpoint in WebhookEndpoint.objects.due(clock.now()):
                        if claim := claim_endpoint(endpoint_id=endpoint.pk, at=clock.now()):
                            sending.visit_endpoint(endpoint.pk, claim, threading.Event())


@contextmanager
def _arriving() -> Iterator[None]:
    with patch.object(sending, "GuardedConnection", ArrivalsOnDisk):
        yield


def books_of_deliveries() -> dict[str, Any]:
    """What arrived, once or more often, and what the log says of it."""
    return {
        "arrived": sorted({tuple(one) for one in arrivals()}),
        "endpoints": rows_of(WebhookEndpoint, "address", "status", "position", "next_try_at"),
        "deliveries": rows_of(
            WebhookDelivery, "endpoint__address", "event_id", "next_try_at", "response_status"
        ),
    }
