"""Currencies, products and their stock, as staff change them (catalog-and-orders.md 1 and 2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.catalog.actions.currencies import (
    deactivate_currency,
    make_default_currency,
    set_exchange_rate,
)
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.catalog.actions.products import (
    change_product_group,
    create_product_group,
    return_stock,
    set_product_status,
    set_stock,
    take_stock,
)
from commerce.catalog.models import Currency, FormerSlug, Product, SharedRevision, Stock
from commerce.catalog.rules import PRODUCT_MOVES, ProductStatus
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def currency(code: str) -> Currency:
    return Currency.objects.get(pk=code)


def test_a_rate_is_kept_exactly_with_its_day() -> None:
    euro = currency("EUR")
    set_exchange_rate(currency=euro, rate=Decimal("1.0830"), on=date(2026, 3, 1), ctx=CTX)
    assert (euro.rate, euro.rate_value, euro.rate_on) == (
        "1.083", Decimal("1.083"), date(2026, 3, 1),
    )  # fmt: skip
    assert currency("USD").rate_value == 1
    assert make.make_currency("JPY").rate_value is None


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity", "1." + "1" * 30])
def test_wrong_rates_are_refused(rate: str) -> None:
    with pytest.raises(BusinessError):
        set_exchange_rate(
            currency=currency("EUR"), rate=Decimal(rate), on=date(2026, 3, 1), ctx=CTX
        )


def test_the_default_currency_is_worth_one() -> None:
    with pytest.raises(BusinessError):
        set_exchange_rate(currency=currency("USD"), rate=Decimal(2), on=date(2026, 3, 1), ctx=CTX)


def test_another_default_empties_the_rates_that_were_to_the_old_one() -> None:
    euro = currency("EUR")
    set_exchange_rate(currency=euro, rate=Decimal("1.08"), on=date(2026, 3, 1), ctx=CTX)
    make_default_currency(currency=euro, ctx=CTX)
    assert list(Currency.objects.on_sale().values_list("code", "is_default", "rate")) == [
        ("EUR", True, ""),
        ("USD", False, ""),
    ]
    deactivate_currency(currency=currency("USD"), ctx=CTX)
    assert [row.code for row in Currency.objects.on_sale()] == ["EUR"]


def test_a_product_is_taxed_as_its_type_unless_it_says_otherwise() -> None:
    product = make.make_product(kind="other", activation="immediate")
    assert (product.effective_tax_kind, product.activation) == ("other", "immediate")
    change_product(product=product, tax_kind="hosting", max_per_client=1, ctx=CTX)
    assert (product.effective_tax_kind, product.max_per_client) == ("hosting", 1)
    noted = AuditEntry.objects.get(action="product.changed")
    assert noted.before == {"tax_kind": "", "max_per_client": None}


@pytest.mark.parametrize(
    "wrong", [{"max_per_client": 0}, {"activation": "later"}, {"tax_kind": "books"}]
)
def test_wrong_products_are_refused(wrong: dict[str, Any]) -> None:
    product = make.make_product()
    with pytest.raises(BusinessError):
        change_product(product=product, **wrong, ctx=CTX)
    with pytest.raises(BusinessError):
        make.make_product(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**wrong)


def test_a_module_that_there_is_not_was_taken_and_left_all_it_sold_to_staff() -> None:
    product = make.make_product()
    with pytest.raises(
        BusinessError, match=r"Module cpanle not found\. Available modules: cpanel, "
    ):
        change_product(product=product, module="cpanle", ctx=CTX)
    with pytest.raises(BusinessError, match="Available modules:"):
        create_product(group=product.group, name="Rocket", module="", ctx=CTX)
    change_product(product=product, module="manual", package="gold", ctx=CTX)
    assert Product.objects.get().package == "gold"


def test_a_product_moves_to_another_group() -> None:
    product, group = make.make_product(), make.make_group()
    change_product(product=product, group=group, position=3, ctx=CTX)
    change_product_group(group=group, name="Servers", ctx=CTX)
    assert (product.group.name, product.position) == ("Servers", 3)


def test_what_has_no_latin_name_could_not_be_sold() -> None:
    with pytest.raises(
        BusinessError, match="Enter a slug of lowercase letters, digits, and hyphens"
    ):
        create_product_group(name="サーバー", ctx=CTX)
    group = create_product_group(name="サーバー", slug="servers", ctx=CTX)
    for wrong in ("", "Small One", "-small"):
        with pytest.raises(
            BusinessError, match="Enter a slug of lowercase letters, digits, and hyphens"
        ):
            create_product(group=group, name="小", slug=wrong, ctx=CTX)
    product = create_product(group=group, name="小", slug="small", ctx=CTX)
    assert (product.slug, product.group.slug) == ("small", "servers")


def test_an_old_address_is_not_given_to_a_new_product() -> None:
    product = make.make_product()
    FormerSlug.objects.create(slug="starter", product=product)
    with pytest.raises(BusinessError):
        create_product(group=product.group, name="Starter", ctx=CTX)


def test_s1_products_move_as_the_table_says() -> None:
    for start in ProductStatus:
        for to in ProductStatus:
            product = make.make_product()
            Product.objects.filter(pk=product.pk).update(status=start)
            if to in PRODUCT_MOVES[start]:
                set_product_status(product=product, status=to, ctx=CTX)
            else:
                with pytest.raises(StateConflict):
                    set_product_status(product=product, status=to, ctx=CTX)
            assert Product.objects.get(pk=product.pk).status == (
                to if to in PRODUCT_MOVES[start] else start
            )


def test_stock_is_taken_and_given_back_without_touching_the_product() -> None:
    product = make.make_product()
    set_stock(product=product, units=3, ctx=CTX)
    before = SharedRevision.objects.get().number
    take_stock(product=product, units=2)
    assert product.stock.left == 1
    return_stock(product_id=product.pk, units=1)
    assert Stock.objects.get(pk=product.pk).left == 2
    set_stock(product=product, units=7, ctx=CTX)
    assert SharedRevision.objects.get().number == before


def test_who_asks_for_more_is_told_what_is_left() -> None:
    product = make.make_product(name="Starter")
    set_stock(product=product, units=1, ctx=CTX)
    with pytest.raises(BusinessError, match=r"Only 1 of Starter is in stock\."):
        take_stock(product=product, units=2)
    take_stock(product=product, units=1)
    with pytest.raises(BusinessError, match=r"Starter is sold out\."):
        take_stock(product=product, units=1)
    assert Stock.objects.get(pk=product.pk).left == 0


def test_without_stock_control_there_is_enough() -> None:
    product = make.make_product()
    take_stock(product=product, units=100)
    set_stock(product=product, units=1, ctx=CTX)
    set_stock(product=product, units=None, ctx=CTX)
    take_stock(product=product, units=100)
    assert Stock.objects.get(pk=product.pk).left == 1


def test_a_stock_is_not_negative() -> None:
    product = make.make_product()
    with pytest.raises(BusinessError):
        set_stock(product=product, units=-1, ctx=CTX)
    set_stock(product=product, units=0, ctx=CTX)
    with pytest.raises(IntegrityError), transaction.atomic():
        Stock.objects.update(left=-1)
