"""Currencies, products and prices (catalog-and-orders.md 1 to 3)."""

import pytest
from django.db import IntegrityError, transaction

from commerce.catalog.actions.currencies import create_currency
from commerce.catalog.actions.editing import bump_shared_revision, create_initial_rows
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.product_settings import create_product
from commerce.catalog.actions.products import (
    create_product_group,
    rename_product,
    set_product_status,
)
from commerce.catalog.models import Currency, Price, SharedRevision
from commerce.catalog.rules import slugify_name
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def test_an_installation_starts_with_dollars_and_euros() -> None:
    assert list(Currency.objects.order_by("-code").values_list("code", "is_default")) == [
        ("USD", True),
        ("EUR", False),
    ]


def test_what_is_there_is_kept() -> None:
    Currency.objects.filter(pk="EUR").delete()
    create_initial_rows()
    assert list(Currency.objects.values_list("code", flat=True)) == ["USD"]


def test_the_exponent_comes_from_the_standard() -> None:
    assert create_currency(code="JPY", name="Yen", ctx=CTX).exponent == 0
    assert create_currency(code="KWD", name="Dinar", suffix="KWD", ctx=CTX).exponent == 3


@pytest.mark.parametrize("code", ["USD", "usd", "US", "USDT", "U5D", "ÜSD", "XXZ", "XAU"])
def test_codes_that_are_none_or_known_are_refused(code: str) -> None:
    with pytest.raises(BusinessError):
        create_currency(code=code, name="x", ctx=CTX)


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
    assert slugify_name(name) == slug


def test_two_products_do_not_share_an_address() -> None:
    group = create_product_group(name="Web hosting", ctx=CTX)
    create_product(group=group, name="Starter", ctx=CTX)
    with pytest.raises(BusinessError):
        create_product(group=group, name="STARTER!", ctx=CTX)
    with pytest.raises(BusinessError):
        create_product_group(name="Web-Hosting", ctx=CTX)


def test_a_renamed_product_keeps_its_address() -> None:
    product = make.make_product(name="Starter")
    rename_product(product=product, name="Basic", ctx=CTX)
    assert (product.name, product.slug) == ("Basic", "starter")


def test_a_price_is_set_once_and_then_changed() -> None:
    product = make.make_product()
    key = {"product": product, "currency_code": "USD", "billing_cycle": "annually"}
    set_price(price=5000, setup_fee=100, **key, ctx=CTX)
    set_price(price=6000, **key, ctx=CTX)
    price = Price.objects.get(product=product, currency_id="USD")
    assert (price.price, price.setup_fee) == (6000, 0)


@pytest.mark.parametrize("wrong", [{"price": -1}, {"setup_fee": -1}, {"billing_cycle": "weekly"}])
def test_wrong_prices_are_refused(wrong: dict[str, object]) -> None:
    values = {"currency_code": "USD", "billing_cycle": "monthly", "price": 1} | wrong
    with pytest.raises(BusinessError):
        set_price(product=make.make_product(), **values, ctx=CTX)


def test_retired_products_can_come_back_by_link_only() -> None:
    product = make.make_product()
    set_product_status(product=product, status="retired", ctx=CTX)
    set_product_status(product=product, status="hidden", ctx=CTX)
    assert product.status == "hidden"


def test_the_shared_revision_rises_even_if_its_row_was_lost() -> None:
    before = SharedRevision.objects.get().number
    bump_shared_revision()
    assert SharedRevision.objects.get().number == before + 1
    SharedRevision.objects.all().delete()
    bump_shared_revision()
    assert SharedRevision.objects.get().number == 2
