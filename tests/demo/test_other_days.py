"""Built on another day and in another time zone, the demo has the same rows, and what was there is kept.

Those of the other tests are built on a leap day at one end of the world, and today in UTC.
"""

from datetime import UTC, datetime

import pytest

from commerce.accounts.models import Client
from commerce.demo.build import build_demo
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests import make
from tests.demo.expected_rows import COUNTED, NUMBERED, counts, numbered

pytestmark = pytest.mark.django_db


def test_what_was_there_is_kept() -> None:
    """At the other end, UTC+14, on the last day of a year."""
    set_setting(key="billing.time_zone", value="Pacific/Kiritimati", ctx=Context(make.AT, SYSTEM))
    set_setting(key="company.name", value="My own name", ctx=Context(make.AT, SYSTEM))
    mine = make.make_client(owner="me@example.org", company="Mine")
    service = make.make_service(mine)
    before = Service.objects.filter(pk=service.pk).values().get()
    others, told = counts(), list[str]()
    build_demo(at=datetime(2026, 12, 30, 23, 30, tzinfo=UTC), progress=told.append)
    assert told[0] == "company, products and prices"
    assert counts() == {name: COUNTED[name] + others[name] for name in COUNTED}
    assert numbered() == NUMBERED
    assert get_setting("company.name") == "My own name"
    assert get_setting("company.city") == ""
    assert Service.objects.filter(pk=service.pk).values().get() == before
    assert Client.objects.get(pk=mine.pk).revision == mine.revision + 2
