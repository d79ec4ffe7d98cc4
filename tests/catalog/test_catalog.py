"""Currencies, products and prices (catalog-and-orders.md 1 to 3)."""

import pytest
from django.db import IntegrityError, transaction

from commerce.catalog.actions import (
    create_currency,
    create_group,
    create_product,
    lay_first_rows,
    move_product,
    raise_shared_revision,
    rename_product,
    set_price,
)
from commerce.catalog.models import Currency, Price, SharedRevision
from commerce.catalog.rules import slug_of
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from tests import make

pytestmark = pytest.mark.django_db
SAY = {"at": make.AT, "actor": SYSTEM}


def test_an_installation_starts_with_dollars_and_euros() -> None:
    assert list(Currency.objects.order_by("-code").values_list("code", "is_default")) == [
        ("USD", True),
        ("EUR", False),
    ]


def test_what_is_there_is_kept() -> None:
    Currency.objects.filter(pk="EUR").delete()
    lay_first_rows()
    assert list(Currency.objects.values_list("code", flat=True)) == ["USD"]


def test_the_exponent_comes_from_the_standard() -> None:
    assert create_currency(code="JPY", name="Yen", **SAY).exponent == 0
    assert create_currency(code="KWD", name="Dinar", suffix="KWD", **SAY).exponent == 3


@pytest.mark.parametrize("code", ["USD", "usd", "US", "USDT", "U5D", "ÜSD", "XXZ", "XAU"])
def test_codes_that_are_none_or_known_are_refused(code: str) -> None:
    with pytest.raises(Refused):
        create_currency(code=code, name="x", **SAY)


def test_there_is_one_default_and_it_is_active() -> None:
    for wrong in ({"is_default": True}, {"is_default": True, "is_active": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Currency.objects.filter(pk="EUR").update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Currency.objects.filter(pk="USD").update(is_active=False)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Pro hosting, 10 GB", "pro-hosting-10-gb"), ("Größe M", "groe-m"), ("VPS", "vps")],
)
def test_slugs_are_made_from_names(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_two_products_do_not_share_an_address() -> None:
    group = create_group(name="Web hosting", **SAY)
    create_product(group=group, name="Starter", **SAY)
    with pytest.raises(Refused):
        create_product(group=group, name="STARTER!", **SAY)
    with pytest.raises(Refused):
        create_group(name="Web-Hosting", **SAY)


def test_a_renamed_product_keeps_its_address() -> None:
    product = make.make_product(name="Starter")
    rename_product(product=product, name="Basic", **SAY)
    assert (product.name, product.slug) == ("Basic", "starter")


def test_a_price_is_set_once_and_then_changed() -> None:
    product = make.make_product()
    key = {"product": product, "currency_code": "USD", "billing_cycle": "annually"}
    set_price(price=5000, setup_fee=100, **key, **SAY)
    set_price(price=6000, **key, **SAY)
    price = Price.objects.get(product=product, currency_id="USD")
    assert (price.price, price.setup_fee) == (6000, 0)


@pytest.mark.parametrize("wrong", [{"price": -1}, {"setup_fee": -1}, {"billing_cycle": "weekly"}])
def test_wrong_prices_are_refused(wrong: dict[str, object]) -> None:
    values = {"currency_code": "USD", "billing_cycle": "monthly", "price": 1} | wrong
    with pytest.raises(Refused):
        set_price(product=make.make_product(), **values, **SAY)


def test_retired_products_can_come_back_by_link_only() -> None:
    product = make.make_product()
    move_product(product=product, to="retired", **SAY)
    move_product(product=product, to="hidden", **SAY)
    assert product.status == "hidden"


def test_the_shared_revision_rises_even_if_its_row_was_lost() -> None:
    before = SharedRevision.objects.get().number
    raise_shared_revision()
    assert SharedRevision.objects.get().number == before + 1
    SharedRevision.objects.all().delete()
    raise_shared_revision()
    assert SharedRevision.objects.get().number == 2
