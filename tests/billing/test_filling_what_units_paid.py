"""The migrations that say of older rows what units paid find what is kept of new ones."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from commerce.accounts.models import Client
from commerce.billing.models import Billed, PlanChange
from commerce.catalog import actions as catalog
from commerce.catalog.models import ProductGroup
from commerce.hosting.models import Service
from commerce.preferences.actions import set_preference
from tests import make
from tests.billing.test_unused_parts import SAY, bought, change, group, plan, rates, wish

pytestmark = pytest.mark.django_db
__all__ = ["group", "rates"]


def filled(name: str) -> None:
    """One of the two has run."""
    app, step = name.split(".")
    module: Any = import_module(f"commerce.{app}.migrations.{step}")
    act = module.say_what_was_bought if app == "billing" else module.write_shares
    act(apps, SimpleNamespace(connection=connection))


@pytest.mark.parametrize("country", ["DE", "US"])
@pytest.mark.parametrize("inclusive", ["on", "off"])
def test_an_older_change_says_what_it_charged_and_its_tax(
    group: ProductGroup, inclusive: str, country: str
) -> None:
    set_preference(key="tax.prices_include_tax", value=inclusive, **SAY)
    client = make.make_client()
    Client.objects.filter(pk=client.pk).update(country=country)
    client.refresh_from_db()
    small, big = plan(group, 1000), plan(group, 3333)
    [service] = bought(wish(small), client=client)
    later = make.AT.replace(day=18)
    change(service, big, later)
    change(service, small, later.replace(day=21))
    change(service, big, later.replace(day=24))
    kept = PlanChange.objects.order_by("pk").last()
    assert kept is not None
    assert kept.bought["periods"][0]["net"] > 0
    PlanChange.objects.update(bought={})
    filled("billing.0014_what_plan_changes_bought")
    last = PlanChange.objects.get(pk=kept.pk)
    assert last.bought == kept.bought
    assert not PlanChange.objects.exclude(pk=kept.pk).exclude(bought={}).exists()


def test_older_units_say_which_lines_bill_them(group: ProductGroup) -> None:
    catalog.create_promo(code="ONE", amounts={"EUR": 100}, **SAY)
    small, large = plan(group, 1000, setup=100), plan(group, 2000)
    bought(wish(small, qty=3), wish(large), promo_code="ONE")
    kept = dict(Billed.objects.values_list("service_id", "shares"))
    assert len(kept) == Service.objects.count() == 4
    Billed.objects.update(shares=None)
    filled("orders.0010_what_units_paid")
    assert dict(Billed.objects.values_list("service_id", "shares")) == kept
