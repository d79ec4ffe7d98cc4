"""Nobody who follows the events of all clients misses one, whatever order transactions commit in (staff-api.md)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.db import connection, transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.events.company_feed import FeedPlace, feed_between, feed_end, place_behind
from commerce.events.models import ClientEvent
from commerce.hosting.models import Service
from tests import make
from tests.make.cards import CTX

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
WRITERS, TRANSACTIONS = 8, 12


class Reader:
    """Goes on from where it stands, as far as the feed is complete."""

    def __init__(self) -> None:
        self.place: FeedPlace | None = None
        self.read: list[int] = []

    def follow(self, limit: int = 3) -> None:
        end = feed_end()
        page = list(feed_between(self.place, end)[:limit])
        self.read += [one.pk for one in page]
        self.place = place_behind(page[-1], end) if len(page) == limit else end


def rename(service: Service, label: str) -> None:
    bump_revision(service.client_id, CTX)
    Service.objects.filter(pk=service.pk).update(label=label)


def test_what_commits_late_comes_after_what_was_read() -> None:
    services = [make.make_service(make.make_client()) for _ in range(2)]
    reader = Reader()
    reader.follow(1000)
    begun, may_commit = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            rename(services[0], "Late")
            begun.set()
            assert may_commit.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert begun.wait(30)
        rename(services[1], "Early")
        early = ClientEvent.objects.latest("pk").pk
        reader.follow()
        assert early not in reader.read
        may_commit.set()
        held.result(30)
    reader.follow()
    late = ClientEvent.objects.exclude(pk__in=reader.read)
    assert (reader.read[-1], list(late)) == (early, [])


def test_8_writers_with_open_transactions_are_all_read_once() -> None:
    services = [make.make_service(make.make_client()) for _ in range(WRITERS)]
    pause = threading.Event()

    def write(number: int) -> None:
        draw = Random(number)  # noqa: S311 - the same each time
        for turn in range(TRANSACTIONS):
            with transaction.atomic():
                rename(services[number], f"Name {turn}")
                pause.wait(draw.random() / 100)
                transaction.set_rollback(turn % 5 == 4)
        connection.close()

    reader = Reader()
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        while not all(one.done() for one in writers):
            reader.follow()
        for one in writers:
            one.result()
    for _ in range(ClientEvent.objects.count()):
        reader.follow()
    assert sorted(reader.read) == sorted(ClientEvent.objects.values_list("pk", flat=True))
