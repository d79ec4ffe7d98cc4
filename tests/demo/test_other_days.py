"""Built on another day and in another time zone, the demo has the same rows, and what was there is kept.

That of ``test_build`` is built on a leap day at one end of the world.
"""

from datetime import UTC, datetime

import pytest
from pytest_django.plugin import DjangoDbBlocker

from commerce.accounts.models import Client
from commerce.demo import acme, other_clients
from commerce.demo.build import build_demo
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests import databases, make
from tests.demo.expected_rows import COUNTED, NUMBERED, OWNERS, counts, numbered
from tests.server.running import once


@once
def test_that_of_today_has_the_same_rows(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """As ``commerce demo`` made it, in UTC."""
    with django_db_blocker.unblock():
        databases.load(databases.demo() / "commerce.sqlite3")
        found = counts(), numbered()
        databases.load(databases.migrated())
    assert found == (COUNTED, NUMBERED)


@pytest.mark.django_db
def test_what_was_there_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the other end, UTC+14, on the last day of a year; of the histories only the shortest."""
    for place, name in (
        (acme, "plan_acme"),
        *((other_clients, f"plan_{who}") for who in ("charlie", "dora", "erik")),
    ):
        monkeypatch.setattr(place, name, lambda *_people: None)
    set_setting(key="billing.time_zone", value="Pacific/Kiritimati", ctx=Context(make.AT, SYSTEM))
    set_setting(key="company.name", value="My own name", ctx=Context(make.AT, SYSTEM))
    mine = make.make_client(owner="me@example.org", company="Mine")
    service = make.make_service(mine)
    before = Service.objects.filter(pk=service.pk).values().get()
    others, told = counts(), list[str]()
    build_demo(at=datetime(2026, 12, 30, 23, 30, tzinfo=UTC), progress=told.append)
    assert told[0] == "company, products and prices"
    assert counts()["Client"] == len(OWNERS) + others["Client"]
    assert numbered().split() == [who for who in NUMBERED.split() if who.startswith("F")]
    assert get_setting("company.name") == "My own name"
    assert get_setting("company.city") == ""
    assert Service.objects.filter(pk=service.pk).values().get() == before
    assert Client.objects.get(pk=mine.pk).revision == mine.revision + 2
