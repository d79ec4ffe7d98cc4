"""Whoever follows the feed and re-reads what it names has what the lists say (client-api-v2.md 7), whatever members,
staff and the daily run do. ``tests/killed`` follows through work that is killed.

`FOLLOWED=400 make test ARGS=tests/events/test_followers.py` lives through so many days of more worlds.
"""

import json
import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any, Self

import pytest
from django.conf import LazySettings

from commerce.accounts.models import Client
from commerce.events.client_event_types import CLIENT_EVENT_TYPES
from commerce.events.models import ClientEvent
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.remote.guarded import GuardedTarget
from commerce.kit.remote.http import HttpAnswer
from commerce.webhook_endpoints import sending
from commerce.webhook_endpoints.actions.deliveries import claim_endpoint
from commerce.webhook_endpoints.models import WebhookEndpoint
from tests.make import make_token
from tests.make.feed_followers import FeedFollower, follow_all
from tests.make.webhook_endpoints import make_company_endpoint, make_endpoint
from tests.model.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = int(os.environ.get("FOLLOWED", "6"))
COMPANY, EACH_TYPE = "/company", [*CLIENT_EVENT_TYPES]
SEEDS = range(1 + DAYS // 40)


class WebhooksTaken:
    """Receivers of webhooks, one for each path, that keep what comes; now and then one refuses, and has it later."""

    def __init__(self, draw: Random) -> None:
        self.draw, self.refuses = draw, True
        self.bodies: dict[str, list[Any]] = defaultdict(list)

    def connect(self, target: GuardedTarget, **_options: object) -> Self:
        """In place of a connection; one after the other."""
        self._path = target.path
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """There is nothing to close."""

    def post(self, _headers: object, content: bytes, **_limits: object) -> HttpAnswer:
        if self.refuses and self.draw.random() < 0.2:
            return HttpAnswer(503, {}, b"")
        self.bodies[self._path].append(json.loads(content))
        return HttpAnswer(204, {}, b"")


def bring_webhooks() -> None:
    """Visit whoever is due."""
    for endpoint in WebhookEndpoint.objects.due(clock.now()):
        claim = claim_endpoint(endpoint_id=endpoint.pk, at=clock.now())
        assert claim is not None
        sending.visit_endpoint(endpoint.pk, claim, threading.Event())


def begin_by_webhooks() -> Mapping[str, FeedFollower]:
    """Programs that ask for no feed, but have a webhook of all events; by its path."""
    paths = {}
    for follower in follow_all():
        client = Client.objects.get(pk=int(next(iter(follower.rows["account"]))))
        paths[f"/{client.pk}"] = follower
        make_endpoint(client, f"https://hooks.example.com/{client.pk}")
    return paths


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_is_what_the_lists_say(
    seed: int, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.COMMERCE_API_RATE = (10**6, 60)
    world, draw = World(seed, busy=True), Random(seed)  # noqa: S311 - the same each time
    taken = WebhooksTaken(draw)
    monkeypatch.setattr(sending, "GuardedConnection", taken.connect)
    world.live(8)
    with clock.freeze_time(world.at):
        followers, by_webhooks = [*follow_all(), *narrow_and_bound()], begin_by_webhooks()
        make_company_endpoint(address=f"https://hooks.example.com{COMPANY}", types=EACH_TYPE)
        before = events_told()
    read = 0
    for _ in range(DAYS):
        world.live(1)
        with clock.freeze_time(world.at):
            read += sum(one.follow(draw, draw.choice([0, 1, 2])) for one in followers)
            bring_webhooks()
    with clock.freeze_time(world.at):
        read += sum(one.follow(draw) for one in followers)
        assert [one.differences() for one in followers] == [[] for _ in followers]
    assert read
    assert {one.position for one in followers} <= {*without_gaps().values()}
    with_webhooks(world, taken, by_webhooks)
    to_company = {(one["client_id"], one["sequence"]) for one in taken.bodies[COMPANY]}
    assert to_company == events_told() - before


def with_webhooks(
    world: World, taken: WebhooksTaken, followers: Mapping[str, FeedFollower]
) -> None:
    """Whoever has webhooks alone has the same by them: each event once or more often, in whatever order."""
    taken.refuses = False
    for days in (1, 2):  # what was refused last is tried again after a day at most
        with clock.freeze_time(world.at + timedelta(days=days)):
            bring_webhooks()
    with clock.freeze_time(world.at):
        newest = without_gaps()
        for path, follower in followers.items():
            events = taken.bodies[path]
            numbers = {one["sequence"] for one in events}
            assert numbers == {*range(follower.position + 1, newest[int(path[1:])] + 1)}
            read = [one for one in events if one["data"]["resource"]["kind"] in follower.kinds]
            follower.reread(taken.draw, read)
            assert follower.differences() == []
    assert sum(map(len, taken.bodies.values()))


def events_told() -> set[tuple[int, int]]:
    """Each event of each client."""
    return {*ClientEvent.objects.values_list("client_id", "sequence")}


def narrow_and_bound() -> list[FeedFollower]:
    """Programs that see invoices alone, and one service alone."""
    service = Service.objects.latest("pk")
    narrow = make_token(service.client, scopes=["events:read", "invoices:read"])[1]
    scopes, bound = ["events:read", "services:read"], [("service", service.pk)]
    tied = make_token(service.client, scopes=scopes, bound_to=bound)[1]
    return [
        FeedFollower.begin(narrow, ("invoice", "credit_note")),
        FeedFollower.begin(tied, ("service",)),
    ]


def without_gaps() -> dict[int, int]:
    """How many events each client has: they are counted from 1 on."""
    newest = {}
    for client in Client.objects.all():
        told = ClientEvent.objects.for_client(client).order_by("sequence")
        numbers = list(told.values_list("sequence", flat=True))
        assert numbers == list(range(1, client.event_sequence + 1)), client
        newest[client.pk] = client.event_sequence
    return newest
