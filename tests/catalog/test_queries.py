"""Prices and options as the store and the cart read them from the rows (catalog-and-orders.md 2 to 5)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.client_groups import create_client_group
from commerce.catalog.actions.options import (
    add_option_value,
    change_option,
    create_option,
    create_option_group,
    remove_option,
    remove_option_value,
    set_option_group_products,
    set_option_price,
)
from commerce.catalog.actions.prices import (
    remove_group_price,
    remove_price,
    set_group_price,
    set_price,
)
from commerce.catalog.actions.products import (
    change_product_group,
    set_product_slug,
    set_product_status,
)
from commerce.catalog.models import GroupPrice, Option, OptionPrice, Product
from commerce.catalog.offers import (
    UnitPrice,
    choose_options,
    price_list,
    product_options,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def test_the_store_lists_active_products_of_visible_groups_that_have_a_price() -> None:
    second = make.make_product(group=make.make_group(position=2))
    first = make.make_product(group=make.make_group(position=1))
    hidden, retired = make.make_product(), make.make_product()
    for product, state in ((hidden, "hidden"), (retired, "retired")):
        set_product_status(product=product, status=state, ctx=CTX)
    unlisted = make.make_product()
    change_product_group(group=unlisted.group, is_visible=False, ctx=CTX)
    unpriced = make.make_product()
    remove_price(product=unpriced, currency_code="EUR", billing_cycle="monthly", ctx=CTX)
    assert list(Product.objects.listed()) == [first, second]
    assert Product.objects.at(hidden.slug) == hidden
    assert Product.objects.at(unlisted.slug) == unlisted
    assert Product.objects.at(retired.slug) is None


def test_an_old_address_leads_to_the_product() -> None:
    product = make.make_product(name="Starter")
    set_product_slug(product=product, slug="basic", ctx=CTX)
    set_product_slug(product=product, slug="plain", ctx=CTX)
    for slug in ("starter", "basic", "plain"):
        assert Product.objects.at(slug) == product
    assert product.slug == "plain"
    assert Product.objects.at("none") is None


def test_an_address_is_not_given_to_another_product() -> None:
    old, new = make.make_product(name="Starter"), make.make_product(name="Pro")
    set_product_slug(product=old, slug="basic", ctx=CTX)
    for slug in ("basic", "starter", "", "Not a slug"):
        with pytest.raises(BusinessError):
            set_product_slug(product=new, slug=slug, ctx=CTX)
    set_product_slug(product=old, slug="starter", ctx=CTX)  # its own, back again
    assert Product.objects.at("basic") == old


def test_prices_are_by_cycle_in_one_currency() -> None:
    product = make.make_product(
        prices=[("EUR", "annually", 5000), ("EUR", "monthly", 500), ("USD", "monthly", 600)]
    )
    assert list(price_list([product.pk], "EUR")[product.pk].items()) == [
        ("monthly", UnitPrice(500)),
        ("annually", UnitPrice(5000)),
    ]
    assert price_list([product.pk], "JPY") == {}


def test_a_group_has_prices_of_its_own_for_cycles_that_are_sold() -> None:
    product = make.make_product(prices=[("EUR", "monthly", 500), ("EUR", "annually", 5000)])
    group = create_client_group(name="Resellers", discount=1000, ctx=CTX)
    key = {"group": group, "product": product, "currency_code": "EUR"}
    set_group_price(billing_cycle="monthly", price=300, setup_fee=10, **key, ctx=CTX)
    set_group_price(billing_cycle="quarterly", price=800, **key, ctx=CTX)
    assert price_list([product.pk], "EUR", group.pk)[product.pk] == {
        "monthly": UnitPrice(300, 10, is_group_price=True),
        "annually": UnitPrice(5000),
    }
    assert price_list([product.pk], "EUR")[product.pk]["monthly"] == UnitPrice(500)
    remove_group_price(billing_cycle="monthly", **key, ctx=CTX)
    assert price_list([product.pk], "EUR", group.pk)[product.pk]["monthly"] == UnitPrice(500)
    with pytest.raises(BusinessError):
        remove_group_price(billing_cycle="monthly", **key, ctx=CTX)


def test_u16_a_group_has_one_price_for_a_cycle() -> None:
    product, group = make.make_product(), create_client_group(name="Resellers", ctx=CTX)
    row = {"group": group, "product": product, "currency_id": "EUR", "billing_cycle": "monthly"}
    GroupPrice.objects.create(price=1, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        GroupPrice.objects.create(price=2, **row)


@pytest.mark.parametrize("wrong", [{"price": -1}, {"setup_fee": -1}, {"billing_cycle": "weekly"}])
def test_wrong_group_prices_are_refused(wrong: dict[str, Any]) -> None:
    group = create_client_group(name="Resellers", ctx=CTX)
    key = {"group": group, "product": make.make_product(), "currency_code": "EUR", "price": 1}
    with pytest.raises(BusinessError):
        set_group_price(**key | {"billing_cycle": "monthly"} | wrong, ctx=CTX)


def test_a_price_in_a_currency_that_there_is_not_is_refused() -> None:
    with pytest.raises(BusinessError, match="CHF"):
        set_price(
            product=make.make_product(),
            currency_code="CHF",
            billing_cycle="monthly",
            price=1,
            ctx=CTX,
        )


def test_domains_have_no_price_table() -> None:
    product = make.make_product(prices=(("EUR", "monthly", 1),))
    Product.objects.filter(pk=product.pk).update(type="domain")
    product.refresh_from_db()
    with pytest.raises(BusinessError):
        set_price(product=product, currency_code="EUR", billing_cycle="annually", price=1, ctx=CTX)


def disk(*products: Product, position: int = 0, name: str = "Size") -> Option:
    group = create_option_group(name=name, products=products, position=position, ctx=CTX)
    values = ["10 GB", "50 GB"]
    return create_option(group=group, name="Disk", kind="dropdown", values=values, ctx=CTX)


def price(option: Option, n: int, amount: int, **over: Any) -> None:
    values = {"currency_code": "EUR", "billing_cycle": "monthly", "price": amount} | over
    set_option_price(value=option.values.order_by("position")[n], **values, ctx=CTX)


def test_options_are_read_with_their_prices_in_each_cycle() -> None:
    product, other = make.make_product(), make.make_product()
    option = disk(product)
    price(option, 1, 300, setup_fee=50)
    price(option, 1, 3000, billing_cycle="annually")
    price(option, 1, 333, currency_code="USD")
    price(option, 0, -100)
    [offered] = product_options([product.pk], "EUR")[product.pk]
    assert [(value.name, dict(value.prices)) for value in offered.values] == [
        ("10 GB", {"monthly": (-100, 0)}),
        ("50 GB", {"monthly": (300, 50), "annually": (3000, 0)}),
    ]
    assert product_options([other.pk], "EUR") == {}
    picked = {offered.id: offered.values[1].id}
    assert [chosen.amount for chosen in choose_options([offered], picked, "annually")] == [3000]


def test_options_stand_in_the_order_of_their_groups() -> None:
    product = make.make_product()
    late, early = disk(product, position=2, name="B"), disk(product, position=1, name="A")
    assert [option.id for option in product_options([product.pk], "EUR")[product.pk]] == [
        early.pk, late.pk,
    ]  # fmt: skip


def test_a_price_of_nothing_is_no_row() -> None:
    option = disk(make.make_product())
    price(option, 0, 100)
    price(option, 0, 0)
    assert not OptionPrice.objects.exists()
    with pytest.raises(BusinessError):
        price(option, 0, 100, setup_fee=-1)


def test_options_change_and_go() -> None:
    product = make.make_product()
    option = disk(product)
    added = add_option_value(option=option, name="100 GB", ctx=CTX)
    change_option(option=option, name="Space", required=False, ctx=CTX)
    [offered] = product_options([product.pk], "EUR")[product.pk]
    assert (offered.name, offered.required) == ("Space", False)
    assert [value.name for value in offered.values] == ["10 GB", "50 GB", "100 GB"]
    remove_option_value(value=added, ctx=CTX)
    for value in option.values.all()[:1]:
        remove_option_value(value=value, ctx=CTX)
    with pytest.raises(BusinessError):
        remove_option_value(value=option.values.get(), ctx=CTX)
    set_option_group_products(group=option.group, products=[], ctx=CTX)
    assert product_options([product.pk], "EUR") == {}
    remove_option(option=option, ctx=CTX)
    assert not Option.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Disk"},
        {"name": ""},
        {"values": []},
        {"values": ["a", "a"]},
        {"kind": "checkbox", "values": ["a", "b"]},
        {"kind": "quantity", "values": ["a", "b"]},
        {"kind": "quantity", "values": ["a"], "minimum": 5, "maximum": 4},
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    group = disk().group
    values = {"name": "Memory", "kind": "radio", "values": ["1 GB"]}
    with pytest.raises(BusinessError):
        create_option(group=group, **values | wrong, ctx=CTX)


def test_a_checkbox_has_one_value() -> None:
    group = create_option_group(name="More", ctx=CTX)
    option = create_option(group=group, name="Backups", kind="checkbox", values=["Daily"], ctx=CTX)
    with pytest.raises(BusinessError):
        add_option_value(option=option, name="Weekly", ctx=CTX)
    with pytest.raises(BusinessError):
        create_option_group(name="More", ctx=CTX)


def test_a_full_cart_is_read_in_as_many_statements_as_a_single_product() -> None:
    products = [make.make_product() for _ in range(5)]
    disk(*products, name="A")
    disk(*products, name="B")
    group = create_client_group(name="Resellers", ctx=CTX)
    for ids in ([products[0].pk], [product.pk for product in products]):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            price_list(ids, "EUR", group.pk)  # prices; prices of the group
            product_options(ids, "EUR")  # values with options; prices
        assert len(asked) == 4
