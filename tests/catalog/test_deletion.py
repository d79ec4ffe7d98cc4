"""What is in the catalog by mistake can be deleted while nothing refers to it (README.md 4)."""

import pytest
from django.apps import apps
from django.db import models

from commerce.accounts.actions.client_groups import create_client_group
from commerce.audit.models import AuditEntry
from commerce.catalog.actions.currencies import delete_currency
from commerce.catalog.actions.deletion import (
    delete_option_group,
    delete_product,
    delete_product_group,
    delete_promo,
)
from commerce.catalog.actions.options import (
    create_option,
    create_option_group,
    set_option_group_products,
)
from commerce.catalog.actions.prices import set_group_price
from commerce.catalog.actions.products import set_product_slug, set_stock
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Currency, Option, OptionGroup, Price, Product, PromoCode
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions import carts
from commerce.orders.actions.placing import place_cart
from commerce.orders.cart_lines import cart_fingerprint
from commerce.orders.models import CartItem
from commerce.site_settings.actions import set_setting
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def with_everything() -> Product:
    """A product with what is only a part of it: prices, stock, an old address, options."""
    product = make.make_product()
    set_stock(product=product, units=3, ctx=CTX)
    set_product_slug(product=product, slug="elsewhere", ctx=CTX)
    group = create_client_group(name="Partners", ctx=CTX)
    key = {"currency_code": "EUR", "billing_cycle": "monthly", "price": 400}
    set_group_price(group=group, product=product, **key, ctx=CTX)
    create_option_group(name="Extras", products=[product], ctx=CTX)
    return product


def test_a_product_goes_with_its_prices_and_nothing_else() -> None:
    product = with_everything()
    delete_product(product=product, ctx=CTX)
    assert (Product.objects.count(), Price.objects.count()) == (0, 0)
    assert OptionGroup.objects.count() == 1
    assert AuditEntry.objects.filter(action="product.deleted", record_name=product.name).exists()


def test_a_product_in_a_cart_is_not_taken_out_of_it() -> None:
    product = make.make_product()
    cart = carts.get_or_create_cart(at=make.AT, guest_key="somebody", currency_code="EUR")
    carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    with pytest.raises(BusinessError, match=r"in use: 1 × cart item.*Retire it"):
        delete_product(product=product, ctx=CTX)
    assert CartItem.objects.filter(product=product).exists()
    assert not AuditEntry.objects.filter(action="product.deleted").exists()


def test_a_product_that_was_sold_is_retired_instead() -> None:
    service = make.make_service()
    with pytest.raises(BusinessError, match="1 × service"):
        delete_product(product=service.product, ctx=CTX)
    with pytest.raises(BusinessError, match=r"1 × product.*Move its products"):
        delete_product_group(group=service.product.group, ctx=CTX)


def test_a_code_for_one_product_does_not_become_one_for_all() -> None:
    product = make.make_product()
    promo = create_promo(code="SPRING", percent=1000, products=[product], ctx=CTX)
    with pytest.raises(BusinessError, match="SPRING"):
        delete_product(product=product, ctx=CTX)
    delete_promo(promo=promo, ctx=CTX)
    delete_product(product=product, ctx=CTX)
    assert not PromoCode.objects.exists()


def test_a_group_without_products_goes() -> None:
    group = make.make_group()
    delete_product_group(group=group, ctx=CTX)
    assert AuditEntry.objects.filter(action="product_group.deleted").count() == 1


def test_options_go_when_no_product_offers_them() -> None:
    product = make.make_product()
    group = create_option_group(name="Extras", products=[product], ctx=CTX)
    create_option(group=group, name="Disk", kind="radio", values=["10 GB"], ctx=CTX)
    with pytest.raises(BusinessError, match=product.slug):
        delete_option_group(group=group, ctx=CTX)
    set_option_group_products(group=group, products=[], ctx=CTX)
    delete_option_group(group=group, ctx=CTX)
    assert not Option.objects.exists()


def test_a_used_code_is_switched_off_instead() -> None:
    promo = create_promo(code="SPRING", percent=1000, ctx=CTX)
    client, product = make.make_client(), make.make_product()
    cart = carts.get_or_create_cart(at=make.AT, client=client)
    carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    carts.set_cart_promo(cart=cart, code="SPRING", at=make.AT)
    quote = carts.quote_cart(cart, at=make.AT)
    place_cart(
        vat_refresh=None,
        cart=cart,
        placed_by=None,
        quote=quote,
        shown_total=quote.sums.total,
        shown_fingerprint=cart_fingerprint(carts.cart_lines_of(cart)),
        idempotency_key="k",
        ctx=CTX,
    )
    with pytest.raises(BusinessError, match="Deactivate it instead"):
        delete_promo(promo=promo, ctx=CTX)


def test_a_currency_goes_while_nothing_is_in_it() -> None:
    for code in ("GBP", "CHF", "JPY", "KWD", "SEK"):
        make.make_currency(code)
    make.make_product(prices=[("CHF", "monthly", 500)])
    make.make_client(currency_code="JPY")
    set_setting(key="tax.accounting_currency", value="KWD", ctx=CTX)
    set_setting(key="billing.late_fee_amount", value="SEK 50.00", ctx=CTX)
    for code in ("CHF", "JPY", "KWD", "SEK", "USD"):
        with pytest.raises(BusinessError, match=r"can't (be )?delete"):
            delete_currency(currency=Currency.objects.get(pk=code), ctx=CTX)
    delete_currency(currency=Currency.objects.get(pk="GBP"), ctx=CTX)
    assert not Currency.objects.filter(pk="GBP").exists()


def test_nothing_but_parts_of_the_catalog_goes_with_it() -> None:
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
