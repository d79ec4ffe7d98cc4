"""The loop that brings webhooks: one thread looks which endpoints are due, others visit them.

No job for each event, and no thread waits for an endpoint that is silent while others have something to bring.
"""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from django.db import close_old_connections, connections

from commerce.db import outages
from commerce.kit import clock
from commerce.webhook_endpoints.actions.deliveries import claim_endpoint
from commerce.webhook_endpoints.models import WebhookEndpoint
from commerce.webhook_endpoints.sending import visit_endpoint

log = logging.getLogger(__name__)

VISITS = 16
"""Endpoints that a worker visits at the same time: most of it is waiting for their answers."""
CROWDED = FAILING_VISITS = VISITS // 2
"""Of those, endpoints that failed last. Once so many are visited, no client gets a second one: there is room for the
others."""
POLL_SECONDS = 0.5
"""Between two looks at what is due."""
FAILURE_SECONDS = 5
"""After a failure such as a database that is away."""


class EndpointVisit(NamedTuple):
    """An endpoint that is being visited: whose it is, None for the company, and whether it failed last."""

    client_id: int | None
    is_failing: bool


class WebhookLoop:
    """Visits endpoints that are due, until it is told to stop; several workers share them by claims."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping, self._ended = stopping, threading.Event()
        self._lock = threading.Lock()
        self._visited: dict[int, EndpointVisit] = {}

    def run(self) -> None:
        """Look and visit until the worker stops; what is being sent then is waited for."""
        with ThreadPoolExecutor(VISITS, "webhooks") as pool:
            while not self._stopping.is_set():
                close_old_connections()
                self._ended.clear()
                try:
                    self._look(pool)
                except Exception as error:  # noqa: BLE001 - told in full
                    outages.log_failure(
                        log, error, "Webhooks that are due could not be looked for."
                    )
                    self._stopping.wait(FAILURE_SECONDS)
                self._wait()
            connections.close_all()

    def _wait(self) -> None:
        """Until it is time to look again: a visit that ended makes room."""
        with self._lock:
            is_busy = len(self._visited) > 0
        (self._ended if is_busy else self._stopping).wait(POLL_SECONDS)

    def _look(self, pool: ThreadPoolExecutor) -> None:
        """Have what is due visited, as far as there is room."""
        at = clock.now()
        with self._lock:
            busy = dict(self._visited)
        for pk, visit in _due(at, busy):
            if _has_room(visit, busy) and (claim := claim_endpoint(endpoint_id=pk, at=at)):
                busy[pk] = visit
                with self._lock:
                    self._visited[pk] = visit
                pool.submit(self._visit, pk, claim)

    def _visit(self, pk: int, claim: datetime) -> None:
        try:
            visit_endpoint(pk, claim, self._stopping)
        except Exception as error:  # noqa: BLE001 - told in full
            outages.log_failure(log, error, "Webhooks could not be sent.")
        finally:
            connections.close_all()
            with self._lock:
                del self._visited[pk]
            self._ended.set()


def _has_room(visit: EndpointVisit, busy: Mapping[int, EndpointVisit]) -> bool:
    if len(busy) >= VISITS:
        return False
    if visit.is_failing and sum(one.is_failing for one in busy.values()) >= FAILING_VISITS:
        return False
    return len(busy) < CROWDED or visit.client_id not in {one.client_id for one in busy.values()}


def _due(at: datetime, busy: Mapping[int, EndpointVisit]) -> list[tuple[int, EndpointVisit]]:
    """Who could be visited, whoever waits longest first; those that fail are asked for apart, or they hide others."""
    due = WebhookEndpoint.objects.due(at).exclude(pk__in=busy)
    if len(busy) >= CROWDED:
        due = due.exclude(client__in={one.client_id for one in busy.values()} - {None})
    rows = due.values_list("claimed_until", "pk", "client_id", "failures")
    found = [*rows.filter(failures=0)[: 4 * VISITS], *rows.filter(failures__gt=0)[: 4 * VISITS]]
    found.sort(key=lambda row: (row[0] is not None, row[0], row[1]))
    return [(pk, EndpointVisit(client_id, failures > 0)) for _, pk, client_id, failures in found]


def deliver_webhooks(stopping: threading.Event) -> None:
    """Bring webhooks until the worker stops."""
    WebhookLoop(stopping).run()
