"""M7: cart, order and invoice agree to the unit, whatever is sold to whom (invariants.md 2).

Made-up catalogs over exponents 0, 2 and 3, prices with and without tax, groups with a percentage and with prices of
their own, options of each type and of less than nothing, cycles that recur or not, names, and both kinds of codes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.accounts.models import Client, ClientGroup
from commerce.billing.models import Invoice
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.actions.options import create_option, create_option_group, set_option_price
from commerce.catalog.actions.prices import set_group_price, set_price
from commerce.catalog.actions.promos import create_promo
from commerce.catalog.models import Option, OptionGroup, Product
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions import carts
from commerce.orders.actions.placing import place_cart, place_cart_lines
from commerce.orders.cart_lines import PriceOverride, cart_fingerprint
from commerce.orders.models import Cart, Order
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.draws import draws
from tests.make.nameservers import give_nameservers
from tests.make.registrants import REGISTRANT

CTX = Context(make.AT, SYSTEM)
EXAMPLES = draws(10)
RATES = st.sampled_from([0, 7_000, 8_875, 19_000, 21_500])
FEES = st.sampled_from([0, 1, 700])


@dataclass(frozen=True)
class SoldProduct:
    """A product with its options, and how many are ordered."""

    kind: str
    cycle: str
    price: int
    setup: int
    group_price: int | None
    value: int
    value_setup: int
    ticked: bool
    tick: int
    number: int
    each: int
    qty: int
    price_override: int | None

    @property
    def base(self) -> int:
        return self.price if self.group_price is None else self.group_price

    @property
    def list(self) -> int:
        return self.base + self.value + self.ticked * self.tick + self.number * self.each

    @property
    def fees(self) -> int:
        return (self.setup if self.group_price is None else 0) + self.value_setup


@st.composite
def sold(draw: st.DrawFn) -> SoldProduct:
    price = draw(st.integers(0, 30_000))
    group_price = draw(st.none() | st.integers(0, 30_000))
    return SoldProduct(
        kind=draw(st.sampled_from(["hosting", "other"])),
        cycle=draw(st.sampled_from(["monthly", "annually", "one_time"])),
        price=price,
        setup=draw(FEES),
        group_price=group_price,
        value=draw(st.integers(-(price if group_price is None else group_price), 5_000)),
        value_setup=draw(FEES),
        ticked=draw(st.booleans()),
        tick=draw(st.integers(0, 999)),
        number=draw(st.integers(0, 5)),
        each=draw(st.integers(0, 333)),
        qty=draw(st.integers(1, 5)),
        price_override=draw(st.none() | st.integers(0, 40_000)),
    )


@dataclass(frozen=True)
class OrderCase:
    """A catalog, who buys, and what."""

    currency: str
    with_tax: bool
    rates: tuple[int, int, int]
    percent: int
    products: list[SoldProduct]
    names: list[tuple[str, int]]
    promo: dict[str, Any]
    recurring: bool
    scope: str


cases = st.builds(
    OrderCase,
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    with_tax=st.booleans(),
    rates=st.tuples(RATES, RATES, RATES),
    percent=st.sampled_from([0, 333, 1250, 10_000]),
    products=st.lists(sold(), min_size=1, max_size=3),
    names=st.lists(
        st.tuples(st.sampled_from(["register", "transfer"]), st.integers(1, 3)), max_size=2
    ),
    promo=st.one_of(
        st.just({}),
        st.fixed_dictionaries({"percent": st.integers(1, 10_000)}),
        st.fixed_dictionaries({"amount": st.integers(1, 40_000)}),
    ),
    recurring=st.booleans(),
    scope=st.sampled_from(["all", "first", "cycle", "names"]),
)


class _Undone(Exception):
    """Ends an example."""


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of the block stays: the next example starts with an empty installation."""
    try:
        with transaction.atomic():
            yield
            raise _Undone
    except _Undone:
        pass


def open_installation(case: OrderCase) -> Client:
    """Currency, taxes, names, and a client in a group."""
    make.make_currency(case.currency)
    set_setting(key="company.country", value="DE", ctx=CTX)
    if case.with_tax:
        set_setting(key="tax.prices_include_tax", value="on", ctx=CTX)
    for kind, rate in zip(("hosting", "other", "domain"), case.rates, strict=True):
        rule = {"country": "DE", "category": "S" if rate else "Z", "valid_from": date(2020, 1, 1)}
        add_tax_rule(rate=rate, product_kind=kind, name="VAT", **rule, ctx=CTX)
    give_nameservers()
    years = {"register": 1_001, "renew": 1_333, "transfer": 907}
    set_tld_price(tld=set_tld(tld="com", ctx=CTX), currency_code=case.currency, **years, ctx=CTX)
    client = make.make_client(currency_code=case.currency)
    group = create_client_group(name="Partners", discount=case.percent, ctx=CTX)
    set_client_group(client=client, group=group, ctx=CTX)
    client.refresh_from_db()
    return client


def put_on_sale(one: SoldProduct, code: str, group: ClientGroup) -> Product:
    product = make.make_product(prices=[(code, one.cycle, one.price)], kind=one.kind)
    key = {"product": product, "currency_code": code, "billing_cycle": one.cycle}
    set_price(**key, price=one.price, setup_fee=one.setup, ctx=CTX)
    if one.group_price is not None:
        set_group_price(group=group, **key, price=one.group_price, ctx=CTX)
    options = create_option_group(name=product.name, products=[product], ctx=CTX)
    for kind, price, fee in (
        ("dropdown", one.value, one.value_setup),
        ("checkbox", one.tick, 0),
        ("quantity", one.each, 0),
    ):
        option = make_option(options, kind)
        set_option_price(
            value=option.values.get(),
            currency_code=code,
            billing_cycle=one.cycle,
            price=price,
            setup_fee=fee,
            ctx=CTX,
        )
    return product


def make_option(group: OptionGroup, kind: str) -> Option:
    return create_option(
        group=group, name=kind, kind=kind, values=["it"], required=kind == "dropdown", ctx=CTX
    )


def fill(cart: Cart, case: OrderCase, products: list[Product]) -> None:
    for one, product in zip(case.products, products, strict=True):
        ids = dict(Option.objects.filter(group__products=product).values_list("type", "pk"))
        carts.add_product_to_cart(
            cart=cart,
            product=product,
            billing_cycle=one.cycle,
            options={ids["checkbox"]: int(one.ticked), ids["quantity"]: one.number},
            qty=one.qty,
            at=make.AT,
        )
    for number, (action, years) in enumerate(case.names):
        more = {"auth_code": "s3cret"} if action == "transfer" else {"years": years}
        carts.add_domain_to_cart(
            cart=cart, action=action, domain=f"acme{number}.com", **more, at=make.AT
        )
    if case.names:
        carts.set_cart_registrant(cart=cart, registrant=REGISTRANT, at=make.AT)


def take_off(cart: Cart, case: OrderCase, products: list[Product]) -> None:
    """The promo code of the case, for what it is for."""
    if not case.promo:
        return
    scope = {
        "first": {"products": products[:1]},
        "cycle": {"cycles": [case.products[0].cycle]},
        "names": {"tlds": ["com"]} if case.names else {},
    }.get(case.scope, {})
    off: dict[str, Any] = dict(case.promo)
    if "amount" in off:
        off = {"amounts": {case.currency: off["amount"]}}
    create_promo(code="SPRING", recurring=case.recurring, **off, **scope, ctx=CTX)
    carts.set_cart_promo(cart=cart, code="spring", at=make.AT)


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases)
def test_m7_cart_order_and_invoice_agree_to_the_unit(case: OrderCase) -> None:
    with undone():
        client = open_installation(case)
        assert client.group is not None
        products = [put_on_sale(one, case.currency, client.group) for one in case.products]
        cart = carts.get_or_create_cart(at=make.AT, client=client)
        fill(cart, case, products)
        take_off(cart, case, products)
        quote = carts.quote_cart(cart, at=make.AT)
        assert (quote.problem, quote.promo_problem) == (None, None)
        shown = quote.sums
        order = place_cart(
            vat_refresh=None,
            cart=cart,
            placed_by=None,
            quote=quote,
            shown_total=shown.total,
            shown_fingerprint=cart_fingerprint(quote.cart_lines),
            idempotency_key="k",
            ctx=CTX,
        )
        assert order.invoice is not None
        assert (order.subtotal, order.discount, order.tax_amount, order.total) == (
            shown.subtotal, shown.discount, shown.tax_amount, shown.total,
        )  # fmt: skip
        agree(order, order.invoice)
        expect(case, order)
        renew(client)


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases)
def test_m7_an_order_of_staff_at_agreed_prices_is_its_invoice_to_the_unit(case: OrderCase) -> None:
    """With options, names and codes; what staff agreed on is the price of a unit, and what each renews at."""
    with undone():
        client = open_installation(case)
        assert client.group is not None
        products = [put_on_sale(one, case.currency, client.group) for one in case.products]
        cart = carts.get_or_create_cart(at=make.AT, client=client)
        fill(cart, case, products)
        take_off(cart, case, products)
        prices = [one.price_override for one in case.products] + [years for _, years in case.names]
        cart_lines = [
            replace(
                line, price_override=None if price is None else PriceOverride(price, "a promise")
            )
            for line, price in zip(carts.cart_lines_of(cart), prices, strict=True)
        ]
        order = place_cart_lines(
            vat_refresh=None,
            cart_lines=cart_lines,
            client=client,
            placed_by=None,
            shown_total=None,
            promo_code=cart.promo_code,
            idempotency_key="k",
            ctx=CTX,
        )
        assert order.invoice is not None
        agree(order, order.invoice)
        for item, price in zip(order.items.order_by("position"), prices, strict=True):
            assert (item.list_amount is None) == (price is None) == (not item.price_reason)
            if price is not None:
                assert (item.unit_amount, item.group_discount) == (price, 0)
        renew(client)


def agree(order: Order, invoice: Invoice) -> None:
    """The invoice says what the order says; its lines and its groups of tax sum to it, and nothing is negative."""
    assert (invoice.subtotal, invoice.tax_amount, invoice.total) == (
        order.subtotal - order.discount, order.tax_amount, order.total,
    )  # fmt: skip
    lines = [line.amount for line in invoice.lines.all()]
    assert sum(lines) == invoice.subtotal
    groups = invoice.tax_groups.aggregate(net=Sum("net"), tax=Sum("tax"))
    assert (groups["net"], groups["tax"]) == (invoice.subtotal, invoice.tax_amount)
    assert min(order.subtotal, order.discount, order.tax_amount, order.total) >= 0


def expect(case: OrderCase, order: Order) -> None:
    """Counted anew from the case, where the order's figures are net ones."""
    if case.with_tax:
        return
    subtotal = sum(one.qty * (one.list + one.fees) for one in case.products)
    subtotal += sum(907 if action == "transfer" else years * 1_001 for action, years in case.names)
    group = sum(
        one.qty * ((one.list * case.percent + 5_000) // 10_000)
        for one in case.products
        if one.group_price is None
    )
    assert order.subtotal == subtotal
    assert order.discount >= group
    if not case.promo:
        assert order.discount == group


def renew(client: Client) -> None:
    """What renews is what its parts say, and nothing less than nothing."""
    for service in Service.objects.for_client(client):
        options = sum(option["amount"] for option in service.options)
        off = service.price_parts["group_discount"] + service.price_parts["promo_discount"]
        assert service.amount == service.price_parts["base"] + options - off >= 0
    assert all(one.recurring_amount >= 0 for one in Domain.objects.for_client(client))
