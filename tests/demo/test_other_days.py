"""Built on another day or in another time zone, the demo has the same rows, and what was there is kept."""

from datetime import UTC, datetime

import pytest
from django.db.models import Model

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.demo.build import build_demo
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order
from commerce.payments.models import Payment
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests import make

pytestmark = pytest.mark.django_db


def counts() -> dict[str, int]:
    models: list[type[Model]] = [Client, Service, Invoice, Order, Domain, Payment]
    return {model.__name__: model._default_manager.count() for model in models}


OWNERS = {
    "alice@example.com": "A",
    "charlie@example.com": "C",
    "dora@example.com": "D",
    "erik@example.com": "E",
    "frida@example.com": "F",
}

EXPECTED = {
    "Client": 5,
    "Service": 63,
    "Invoice": 59,
    "Order": 18,
    "Domain": 15,
    "Payment": 47,
}


NUMBERED = (
    "Ao Do Ao Co Ao Ar Ao Ar Ar Am Ao Dm Ar Ad Ao Ar Eo Ar Ar Er Am Ar Co Er Ao Ar Cr Ar Er Ar Ao"
    " Ar Cr Cm Ar Er Am Co Cr Ar Cr Ad Ar Er Ad Ar Cr Ao Ar Er Ar Ao Ar Ar Cr Ao Ao Fo"
)
"""Whose invoices have which kind, in the order of their numbers."""


def numbered() -> str:
    invoices = Invoice.objects.filter(client__email__in=OWNERS).exclude(number=None)
    pairs = invoices.order_by("pk").values_list("client__email", "kind")
    return " ".join(f"{OWNERS[email]}{kind[0]}" for email, kind in pairs)


def test_on_a_leap_day_at_the_end_of_the_world() -> None:
    """Business dates follow the zone, here UTC-11: it is still the day before."""
    set_setting(key="billing.time_zone", value="Pacific/Midway", ctx=Context(make.AT, SYSTEM))
    told: list[str] = []
    build_demo(at=datetime(2028, 3, 1, 10, 30, tzinfo=UTC), progress=told.append)
    assert told[0] == "company, products and prices"
    assert counts() == EXPECTED
    assert numbered() == NUMBERED
    assert str(Invoice.objects.exclude(number=None).latest("issued_at").issue_date) == "2028-02-28"


def test_what_was_there_is_kept() -> None:
    """At the other end, UTC+14, on the last day of a year."""
    set_setting(key="billing.time_zone", value="Pacific/Kiritimati", ctx=Context(make.AT, SYSTEM))
    set_setting(key="company.name", value="My own name", ctx=Context(make.AT, SYSTEM))
    mine = make.make_client(owner="me@example.org", company="Mine")
    service = make.make_service(mine)
    before = Service.objects.filter(pk=service.pk).values().get()
    others = counts()
    build_demo(at=datetime(2026, 12, 30, 23, 30, tzinfo=UTC))
    assert counts() == {name: EXPECTED[name] + others[name] for name in EXPECTED}
    assert numbered() == NUMBERED
    assert get_setting("company.name") == "My own name"
    assert get_setting("company.city") == ""
    assert Service.objects.filter(pk=service.pk).values().get() == before
    assert Client.objects.get(pk=mine.pk).revision == mine.revision + 2
