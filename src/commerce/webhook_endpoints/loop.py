"""The loop that brings webhooks: one thread looks which endpoints are due, others visit them.

No job for each event, and no thread waits for an endpoint that is silent while others have something to bring.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, connections

from commerce.db import outages
from commerce.kit import clock
from commerce.webhook_endpoints.actions.deliveries import claim_endpoint
from commerce.webhook_endpoints.models import WebhookEndpoint
from commerce.webhook_endpoints.sending import visit_endpoint

log = logging.getLogger(__name__)

VISITS = 16
"""Endpoints that a worker visits at the same time: most of it is waiting for their answers."""
FAILING_VISITS = VISITS // 2
"""Of those, endpoints that failed last: there is room for the others."""
POLL_SECONDS, UNUSED_POLL_SECONDS = 0.5, 5
"""Between two looks at what is due, and while no endpoint is sent anything."""


class WebhookLoop:
    """Visits endpoints that are due, until it is told to stop; several workers share them by claims."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping, self._ended = stopping, threading.Event()
        self._lock = threading.Lock()
        self._visited: dict[int, bool] = {}
        """Endpoints that are being visited, and whether each failed last."""

    def run(self) -> None:
        """Look and visit until the worker stops; what is being sent then is waited for."""
        with ThreadPoolExecutor(VISITS, "webhooks") as pool:
            while not self._stopping.is_set():
                close_old_connections()
                try:
                    seconds = self._look(pool)
                except Exception as error:  # noqa: BLE001 - told in full
                    outages.log_failure(
                        log, error, "Webhooks that are due could not be looked for."
                    )
                    seconds = UNUSED_POLL_SECONDS
                self._wait(seconds)
            connections.close_all()

    def _wait(self, seconds: float) -> None:
        """Until it is time to look again: a visit that ended makes room."""
        self._ended.clear()
        with self._lock:
            is_busy = len(self._visited) > 0
        if is_busy:
            self._ended.wait(seconds)
        else:
            self._stopping.wait(seconds)

    def _look(self, pool: ThreadPoolExecutor) -> float:
        """Have what is due visited; how many seconds until the next look."""
        at = clock.now()
        with self._lock:
            busy = dict(self._visited)
        room, failing_room = VISITS - len(busy), FAILING_VISITS - sum(busy.values())
        if room > 0:
            due = WebhookEndpoint.objects.due(at).exclude(pk__in=busy)
            for pk, failures in due.values_list("pk", "failures")[: 4 * VISITS]:
                is_failing = failures > 0
                if room <= 0 or (is_failing and failing_room <= 0):
                    continue
                if claim_endpoint(endpoint_id=pk, at=at):
                    room, failing_room = room - 1, failing_room - is_failing
                    self._begin(pool, pk, is_failing=is_failing)
        is_used = bool(busy) or WebhookEndpoint.objects.sent_to().exists()
        return POLL_SECONDS if is_used else UNUSED_POLL_SECONDS

    def _begin(self, pool: ThreadPoolExecutor, pk: int, *, is_failing: bool) -> None:
        with self._lock:
            self._visited[pk] = is_failing
        pool.submit(self._visit, pk)

    def _visit(self, pk: int) -> None:
        try:
            visit_endpoint(pk, self._stopping)
        except Exception as error:  # noqa: BLE001 - told in full
            outages.log_failure(log, error, "Webhooks could not be sent.")
        finally:
            connections.close_all()
            with self._lock:
                del self._visited[pk]
            self._ended.set()


def deliver_webhooks(stopping: threading.Event) -> None:
    """Bring webhooks until the worker stops."""
    WebhookLoop(stopping).run()
