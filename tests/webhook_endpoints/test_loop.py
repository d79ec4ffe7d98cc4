"""Who is visited, and who waits: of those that are due, with a thread for each."""

import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.kit import clock
from commerce.webhook_endpoints import loop
from commerce.webhook_endpoints.loop import EndpointVisit, WebhookLoop
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests.make.people import AT, make_client
from tests.make.webhook_endpoints import make_endpoint, make_events

pytestmark = pytest.mark.django_db


class KeptPool:
    """Takes visits and carries none out."""

    def __init__(self) -> None:
        self.taken: list[int] = []

    def submit(self, _visit: object, pk: int, _claim: object) -> None:
        self.taken.append(pk)


def make_due(client: Client, count: int, **over: object) -> list[int]:
    pks = [make_endpoint(client)[0].pk for _ in range(count)]
    WebhookEndpoint.objects.filter(pk__in=pks).update(next_try_at=AT, **over)
    return pks


def taken(busy: Mapping[int, EndpointVisit] | None = None) -> list[int]:
    """Who is visited by a loop that has ``busy`` already."""
    looking, pool = WebhookLoop(threading.Event()), KeptPool()
    looking._visited = dict(busy or {})
    with clock.freeze_time(AT):
        looking._look(pool)  # type: ignore[arg-type] - it takes what a pool takes
    return pool.taken


def test_those_of_one_client_leave_room_for_others() -> None:
    many, few = make_due(make_client(), 20), make_due(make_client(), 2)
    assert taken() == [*many[: loop.CROWDED], few[0]]
    busy = {pk: EndpointVisit(WebhookEndpoint.objects.get(pk=pk).client_id, False) for pk in many}
    WebhookEndpoint.objects.update(claimed_until=None)
    assert taken({pk: busy[pk] for pk in many[:8]}) == [few[0]]


def test_those_that_fail_have_half_at_most_and_hide_nobody() -> None:
    for _ in range(80):
        make_due(make_client(), 1, failures=3, claimed_until=AT - timedelta(hours=1))
    well = [make_due(make_client(), 1, claimed_until=AT)[0] for _ in range(loop.VISITS)]
    visited = taken()
    assert len(visited) == loop.VISITS
    assert set(visited) & set(well) == set(well[: loop.VISITS - loop.FAILING_VISITS])


def test_what_another_worker_has_is_passed_over() -> None:
    client = make_client()
    make_due(client, 1, claimed_until=AT + timedelta(seconds=1))
    free = make_endpoint(client)[0]
    make_events(client)
    assert taken() == [free.pk]
