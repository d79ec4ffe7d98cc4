"""A whole table of prices is saved at once, or not at all."""

import pytest

from commerce.audit.models import AuditEntry
from commerce.catalog.actions.price_tables import (
    set_option_price_table,
    set_price_table,
    stored_prices,
)
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import OptionPrice, Price
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests.make import AT, make_product
from tests.make.records import make_required_option

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)


def test_only_prices_that_differ_are_written_and_noted() -> None:
    product = make_product(prices=[("EUR", "monthly", 500), ("EUR", "annually", 5000)])
    before = AuditEntry.objects.count()
    new = {
        ("EUR", "monthly"): (500, 0),
        ("EUR", "annually"): None,
        ("USD", "monthly"): (600, 100),
        ("USD", "annually"): None,
    }
    assert set_price_table(product=product, prices=new, ctx=CTX) == 2
    assert stored_prices(Price.objects.filter(product=product)) == {
        ("EUR", "monthly"): (500, 0),
        ("USD", "monthly"): (600, 100),
    }
    assert AuditEntry.objects.count() == before + 2


def test_a_wrong_price_leaves_the_whole_table_as_it_was() -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    new = {("EUR", "monthly"): (900, 0), ("EUR", "annually"): (-1, 0)}
    with pytest.raises(BusinessError, match="0 or more"):
        set_price_table(product=product, prices=new, ctx=CTX)
    assert stored_prices(Price.objects.filter(product=product)) == {("EUR", "monthly"): (500, 0)}


def test_a_table_that_another_changed_meanwhile_is_not_overwritten() -> None:
    product = make_product(prices=[("EUR", "monthly", 500)])
    seen = stored_prices(Price.objects.filter(product=product))
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=700, ctx=CTX)
    new = {("EUR", "monthly"): (900, 0)}
    with pytest.raises(StateConflict, match="in the meantime"):
        set_price_table(product=product, prices=new, expected=seen, ctx=CTX)
    assert Price.objects.get(product=product).price == 700


def test_an_option_that_costs_nothing_has_no_price() -> None:
    value = make_required_option(make_product(), "dropdown", 100).values.order_by("pk")[0]
    stored = stored_prices(OptionPrice.objects.filter(value=value))
    new = dict.fromkeys(stored) | {("USD", "monthly"): (0, 0), ("USD", "annually"): (-50, 0)}
    set_option_price_table(value=value, prices=new, expected=stored, ctx=CTX)
    assert stored_prices(OptionPrice.objects.filter(value=value)) == {("USD", "annually"): (-50, 0)}
