"""Whoever follows the feed and re-reads what it names has what the lists say (client-api-v2.md 7), whatever members,
staff and the daily run do. ``tests/killed`` follows through work that is killed.

`FOLLOWED=400 make test ARGS=tests/events/test_followers.py` lives through so many days of more worlds.
"""

import os
from random import Random

import pytest
from django.conf import LazySettings

from commerce.accounts.models import Client
from commerce.events.models import ClientEvent
from commerce.hosting.models import Service
from commerce.kit import clock
from tests.make import make_token
from tests.make.feed_followers import FeedFollower, follow_all
from tests.model.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = int(os.environ.get("FOLLOWED", "6"))
SEEDS = range(1 + DAYS // 40)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_is_what_the_lists_say(seed: int, settings: LazySettings) -> None:
    settings.COMMERCE_API_RATE = (10**6, 60)
    world, draw = World(seed, busy=True), Random(seed)  # noqa: S311 - the same each time
    world.live(8)
    with clock.freeze_time(world.at):
        followers = [*follow_all(), *narrow_and_bound()]
    read = 0
    for _ in range(DAYS):
        world.live(1)
        with clock.freeze_time(world.at):
            read += sum(one.follow(draw, draw.choice([0, 1, 2])) for one in followers)
    with clock.freeze_time(world.at):
        read += sum(one.follow(draw) for one in followers)
        assert [one.differences() for one in followers] == [[] for _ in followers]
    assert read
    assert {one.position for one in followers} <= {*without_gaps().values()}


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
