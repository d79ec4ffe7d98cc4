"""What is in the catalogue by mistake can be deleted while nothing refers to it (README.md 4)."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from commerce.accounts.actions import create_client_group
from commerce.audit.models import Entry
from commerce.catalog import actions as catalog
from commerce.catalog.models import Currency, Option, OptionGroup, Price, Product, PromoCode
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.orders.actions import carts, place_cart
from commerce.orders.models import CartItem
from commerce.orders.wishes import mark_of
from commerce.preferences.actions import set_preference
from tests import make

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}


def with_everything() -> Product:
    """A product with what is only a part of it: prices, stock, an old address, options."""
    product = make.make_product()
    catalog.set_stock(product=product, left=3, **SAY)
    catalog.set_slug(product=product, slug="elsewhere", **SAY)
    group = create_client_group(name="Partners", **SAY)
    key = {"currency_code": "EUR", "billing_cycle": "monthly", "price": 400}
    catalog.set_group_price(group=group, product=product, **key, **SAY)
    catalog.create_option_group(name="Extras", products=[product], **SAY)
    return product


def test_a_product_goes_with_its_prices_and_nothing_else() -> None:
    product = with_everything()
    catalog.delete_product(product=product, **SAY)
    assert (Product.objects.count(), Price.objects.count()) == (0, 0)
    assert OptionGroup.objects.count() == 1
    assert Entry.objects.filter(action="product.deleted", record_name=product.name).exists()


def test_a_product_in_a_cart_is_not_taken_out_of_it() -> None:
    product = make.make_product()
    cart = carts.open_cart(at=make.AT, guest_key="somebody", currency_code="EUR")
    carts.add_product(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    with pytest.raises(Refused, match=r"in use \(1 × cart item\).*Retire it"):
        catalog.delete_product(product=product, **SAY)
    assert CartItem.objects.filter(product=product).exists()
    assert not Entry.objects.filter(action="product.deleted").exists()


def test_a_product_that_was_sold_is_retired_instead() -> None:
    service = make.make_service()
    with pytest.raises(Refused, match="1 × service"):
        catalog.delete_product(product=service.product, **SAY)
    with pytest.raises(Refused, match=r"1 × product.*Move its products"):
        catalog.delete_group(group=service.product.group, **SAY)


def test_a_code_for_one_product_does_not_become_one_for_all() -> None:
    product = make.make_product()
    promo = catalog.create_promo(code="SPRING", percent=1000, products=[product], **SAY)
    with pytest.raises(Refused, match="SPRING"):
        catalog.delete_product(product=product, **SAY)
    catalog.delete_promo(promo=promo, **SAY)
    catalog.delete_product(product=product, **SAY)
    assert not PromoCode.objects.exists()


def test_a_group_without_products_goes() -> None:
    group = make.make_group()
    catalog.delete_group(group=group, **SAY)
    assert Entry.objects.filter(action="productgroup.deleted").count() == 1


def test_options_go_when_no_product_offers_them() -> None:
    product = make.make_product()
    group = catalog.create_option_group(name="Extras", products=[product], **SAY)
    catalog.create_option(group=group, name="Disk", kind="radio", values=["10 GB"], **SAY)
    with pytest.raises(Refused, match=product.slug):
        catalog.delete_option_group(group=group, **SAY)
    catalog.link_products(group=group, products=[], **SAY)
    catalog.delete_option_group(group=group, **SAY)
    assert not Option.objects.exists()


def test_a_used_code_is_switched_off_instead() -> None:
    promo = catalog.create_promo(code="SPRING", percent=1000, **SAY)
    client, product = make.make_client(), make.make_product()
    cart = carts.open_cart(at=make.AT, client=client)
    carts.add_product(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    carts.set_promo(cart=cart, code="SPRING", at=make.AT)
    total = carts.quote_cart(cart, at=make.AT).sums.total
    shown = {"shown_total": total, "shown_items": mark_of(carts.wishes_of(cart))}
    place_cart(cart=cart, placed_by=None, key="k", **shown, **SAY)
    with pytest.raises(Refused, match="Switch it off"):
        catalog.delete_promo(promo=promo, **SAY)


def test_a_currency_goes_while_nothing_is_in_it() -> None:
    for code in ("GBP", "CHF", "JPY", "KWD", "SEK"):
        make.make_currency(code)
    make.make_product(prices=[("CHF", "monthly", 500)])
    make.make_client(currency_code="JPY")
    set_preference(key="tax.accounting_currency", value="KWD", **SAY)
    set_preference(key="billing.late_fee_amount", value="SEK 50.00", **SAY)
    for code in ("CHF", "JPY", "KWD", "SEK", "USD"):
        with pytest.raises(Refused, match="cannot be deleted"):
            catalog.delete_currency(currency=Currency.objects.get(pk=code), **SAY)
    catalog.delete_currency(currency=Currency.objects.get(pk="GBP"), **SAY)
    assert not Currency.objects.filter(pk="GBP").exists()


def test_nothing_but_parts_of_the_catalogue_goes_with_it() -> None:
    """No row of another app, such as a cart's, disappears because staff delete something that is sold."""
    wrong = [
        f"{field.model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label != "catalog"
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label == "catalog"
        and field.remote_field.on_delete is not models.PROTECT
    ]
    assert wrong == []
