"""Races of invariants.md 4 about orders: real threads, on PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from commerce.accounts.models import Client
from commerce.catalog.actions.prices import set_price
from commerce.catalog.actions.products import set_stock
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.models import Stock
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.actions.placing import PriceChangedError, place_cart
from commerce.orders.cart_lines import ProductCartLine, cart_fingerprint
from commerce.orders.models import Cart, Order, PromoUse, SalesQuote
from commerce.orders.sales_quotes.actions.carts import cart_of_quote
from tests import make
from tests.flows.test_races import at_once, refusals
from tests.make.nameservers import give_nameservers
from tests.make.quotes import make_quote
from tests.make.registrants import REGISTRANT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
WORKERS = 20
CTX = Context(make.AT, SYSTEM)


def cart_of(product: Any, client: Any = None) -> Cart:
    cart = carts.get_or_create_cart(at=make.AT, client=client or make.make_client())
    carts.add_product_to_cart(cart=cart, product=product, billing_cycle="monthly", at=make.AT)
    return cart


def placing(cart: Cart, key: str = "", total: int | None = None) -> Callable[[], Order]:
    quote = carts.quote_cart(cart, at=make.AT)
    fingerprint = cart_fingerprint(carts.cart_lines_of(cart))
    return lambda: place_cart(
        vat_refresh=None,
        cart=cart,
        placed_by=None,
        quote=quote,
        shown_total=quote.sums.total if total is None else total,
        shown_fingerprint=fingerprint,
        idempotency_key=key or f"form-{cart.pk}",
        ctx=CTX,
    )


def test_the_last_unit_is_sold_once() -> None:
    """R13, S4."""
    product = make.make_product()
    set_stock(product=product, units=1, ctx=CTX)
    results = at_once([placing(cart_of(product)) for _ in range(WORKERS)])
    assert refusals(results) == WORKERS - 1
    assert (Order.objects.count(), Stock.objects.get(pk=product.pk).left) == (1, 0)


def test_the_last_use_of_a_code_is_given_once() -> None:
    """R13, U15."""
    create_promo(code="ONCE", percent=1000, max_uses=1, ctx=CTX)
    product, acts = make.make_product(), []
    for _ in range(WORKERS):
        cart = cart_of(product)
        carts.set_cart_promo(cart=cart, code="ONCE", at=make.AT)
        acts.append(placing(cart))
    results = at_once(acts)
    assert refusals(results) == WORKERS - 1
    assert PromoUse.objects.count() == Order.objects.count() == 1


def test_a_quote_accepted_20_times_is_one_order() -> None:
    """By 20 people at once, each with a form of their own, while its price, stock and promo code change."""
    product = make.make_product()
    promo = create_promo(code="HALF", percent=5000, ctx=CTX)
    line = ProductCartLine(product_id=product.pk, billing_cycle="monthly")
    quote = make_quote(lines=[line], promo_code="HALF")
    assert quote.client is not None
    cart = cart_of_quote(quote=quote, client=quote.client, ctx=CTX)
    accepts = [placing(cart, key=f"page-{n}", total=250) for n in range(WORKERS)]

    def edit() -> None:
        set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=700, ctx=CTX)
        set_stock(product=product, units=1, ctx=CTX)
        change_promo(promo=promo, is_active=False, ctx=CTX)

    results = at_once([*accepts, edit])
    order = Order.objects.get()
    assert refusals(results) == WORKERS - 1
    quote.refresh_from_db()
    assert (quote.status, quote.order, order.total) == ("accepted", order, 250)


def test_20_quotes_for_two_units_are_two_orders() -> None:
    """Nothing is reserved by them: the stock of the day decides, each order at the price of its quote."""
    product = make.make_product()
    set_stock(product=product, units=2, ctx=CTX)
    line = ProductCartLine(product_id=product.pk, billing_cycle="monthly")
    quotes = [make_quote(lines=[line]) for _ in range(WORKERS)]
    set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=700, ctx=CTX)
    found = [
        cart_of_quote(quote=one, client=Client(pk=one.client_id, currency_code="EUR"), ctx=CTX)
        for one in quotes
    ]
    results = at_once([placing(cart, total=500) for cart in found])
    assert refusals(results) == WORKERS - 2
    assert [*Order.objects.values_list("total", flat=True)] == [500, 500]
    assert SalesQuote.objects.filter(status="accepted").count() == 2


def test_a_client_gets_no_more_than_his_limit() -> None:
    """R13: 20 windows of one client; the cart is his only one, so each window has filled it anew."""
    from commerce.orders.actions.placing import place_cart_lines

    product, client = make.make_product(max_per_client=1), make.make_client()
    wish = ProductCartLine(product_id=product.pk, billing_cycle="monthly")

    def order(n: int) -> Order:
        return place_cart_lines(
            vat_refresh=None,
            cart_lines=[wish],
            client=client,
            placed_by=None,
            shown_total=500,
            idempotency_key=f"form-{n}",
            ctx=CTX,
        )

    results = at_once([lambda n=n: order(n) for n in range(WORKERS)])
    assert refusals(results) == WORKERS - 1
    assert Order.objects.count() == 1


def test_the_form_sent_20_times_is_one_order() -> None:
    """R14."""
    cart = cart_of(make.make_product())
    results = at_once([placing(cart, key="form-1")] * WORKERS)
    assert {result.pk for result in results} == {Order.objects.get().pk}


def test_20_review_pages_of_one_cart_are_one_order() -> None:
    """R14, each page with a key of its own."""
    cart = cart_of(make.make_product())
    results = at_once([placing(cart, key=f"page-{n}", total=500) for n in range(WORKERS)])
    assert refusals(results) == WORKERS - 1
    assert Order.objects.count() == 1


def test_a_price_edited_at_the_same_moment_is_never_charged_unseen() -> None:
    """R15: each order has the total that was shown, or is told of the new one."""
    product = make.make_product()
    acts: list[Callable[[], Any]] = [placing(cart_of(product)) for _ in range(WORKERS - 1)]

    def edit() -> None:
        set_price(product=product, currency_code="EUR", billing_cycle="monthly", price=700, ctx=CTX)

    results = at_once([*acts, edit])
    told = [one for one in results if isinstance(one, PriceChangedError)]
    assert {one.total for one in told} <= {700}
    assert set(Order.objects.values_list("total", flat=True)) <= {500}
    assert len(told) + Order.objects.count() == WORKERS - 1


def test_a_name_is_ordered_by_one_of_20_clients() -> None:
    """R26."""
    give_nameservers()
    tld = set_tld(tld="com", ctx=CTX)
    set_tld_price(tld=tld, currency_code="EUR", register=1000, renew=1200, ctx=CTX)
    acts = []
    for _ in range(WORKERS):
        cart = carts.get_or_create_cart(at=make.AT, client=make.make_client())
        hosts = ("ns1.example.net", "ns2.example.net")
        carts.add_domain_to_cart(
            cart=cart, action="register", domain="acme.com", nameservers=hosts, at=make.AT
        )
        carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)
        acts.append(placing(cart))
    results = at_once(acts)
    assert refusals(results) == WORKERS - 1
    assert Domain.objects.filter(domain_name="acme.com").count() == Order.objects.count() == 1


def test_a_tld_that_several_add_at_once_is_added_once() -> None:
    give_nameservers()
    results = at_once([lambda: set_tld(tld="new", is_new=True, ctx=CTX) for _ in range(WORKERS)])
    assert refusals(results) == WORKERS - 1
    assert Tld.objects.get().tld == "new"
