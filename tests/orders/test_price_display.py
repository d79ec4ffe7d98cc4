"""Prices of the store, with tax or without: who sees which, and that the invoice says the same to the unit."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.accounts.actions.client_groups import create_client_group, set_client_group
from commerce.billing.invoices.rules import LineTax
from commerce.billing.tax.actions import add_tax_rule
from commerce.billing.tax.rules import (
    Taxation,
    TaxBuyer,
    TaxSeller,
    shows_prices_with_tax,
)
from commerce.catalog.actions.prices import set_price
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, OfferedValue, UnitPrice, price_list
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.price_display import PriceDisplay, price_display
from commerce.orders.quote import quote_order
from commerce.site_settings.actions import set_setting
from tests import make

CTX = Context(make.AT, SYSTEM)
DAY = make.AT.date()
EU, US = TaxSeller("DE"), TaxSeller("US")
CONSUMER, BUSINESS, AMERICAN = TaxBuyer("FR"), TaxBuyer("FR", is_business=True), TaxBuyer("US")


@pytest.mark.parametrize(
    ("mode", "buyer", "seller", "with_tax"),
    [
        ("auto", CONSUMER, EU, True),
        ("auto", CONSUMER, US, True),
        ("auto", BUSINESS, EU, False),
        ("auto", AMERICAN, EU, False),
        ("auto", AMERICAN, US, False),
        ("auto", AMERICAN, TaxSeller("US", prices_include_tax=True), True),
        ("auto", BUSINESS, TaxSeller("DE", prices_include_tax=True), False),
        ("auto", TaxBuyer("ES", state="Canarias"), EU, False),
        ("auto", TaxBuyer("MC"), EU, True),
        ("gross", AMERICAN, US, True),
        ("gross", BUSINESS, EU, True),
        ("net", CONSUMER, EU, False),
    ],
)
def test_a_consumer_in_the_eu_sees_tax_unless_staff_say_otherwise(
    mode: str, buyer: TaxBuyer, seller: TaxSeller, *, with_tax: bool
) -> None:
    assert shows_prices_with_tax(mode, buyer, seller, DAY) is with_tax


def half_up(value: Fraction) -> int:
    """Money as people round it, for the second computation."""
    return int(value + Fraction(1, 2)) if value >= 0 else -int(-value + Fraction(1, 2))


@given(
    base=st.integers(0, 100_000),
    setup=st.integers(0, 20_000),
    percent=st.sampled_from([0, 500, 3333, 10_000]),
    rate=st.sampled_from([0, 7_000, 8_875, 19_000, 23_000, 27_000]),
    inclusive=st.booleans(),
    with_tax=st.booleans(),
)
def test_a_shown_price_and_setup_fee_are_what_is_charged(
    *, base: int, setup: int, percent: int, rate: int, inclusive: bool, with_tax: bool
) -> None:
    """Counted a second time: net or gross of the sums, rounded once, as billing.md 5.3 says."""
    home = rate or 19_000
    tax = LineTax("S" if rate else "G", rate, "VAT")
    taxation = Taxation(tax, {}, tax, {"hosting": home}, inclusive, {})
    display = PriceDisplay(with_tax=with_tax, taxation=taxation, group_discount=percent)
    product = Product(pk=1, name="Rocket", type="hosting")
    shown = display.unit_prices(product, {"monthly": UnitPrice(base, setup)})["monthly"]

    discounted = base - half_up(Fraction(base * percent, 10_000))
    for charged, seen in (
        (discounted, shown.base),
        (discounted + setup, shown.base + shown.setup_fee),
    ):
        if inclusive:
            net = half_up(charged / (1 + Fraction(rate or home, 100_000)))
            gross = charged if rate else net
        else:
            net, gross = charged, charged + half_up(Fraction(charged * rate, 100_000))
        assert seen == (gross if with_tax else net)


def test_an_option_is_shown_with_what_it_adds_to_the_price() -> None:
    tax = LineTax("S", 19_000, "VAT")
    display = PriceDisplay(True, Taxation(tax, {}, tax, {}, False, {}))
    product = Product(pk=1, name="Rocket", type="hosting")
    option = OfferedOption(
        id=1, name="Disk", type="dropdown", required=True, values=(
            OfferedValue(1, "50 GB", {"monthly": (299, 100), "annually": (1, 0)}),
            OfferedValue(2, "Less", {"monthly": (-600, 0)}),
        ),
    )  # fmt: skip
    (shown,) = display.options(product, {"monthly": UnitPrice(499)}, [option])
    # 4.99 is 5.94 with tax, 7.98 is 9.50, and 8.98 is 10.69.
    assert shown.values[0].prices == {"monthly": (356, 119)}
    assert shown.values[1].prices == {"monthly": (-600, 0)}  # no price: such a choice is refused


@pytest.mark.django_db
@pytest.mark.parametrize("inclusive", ["on", "off"])
@pytest.mark.parametrize(
    ("country", "company", "group_percent"),
    [("DE", "", 0), ("FR", "", 0), ("FR", "ACME", 0), ("US", "", 0), ("DE", "", 1250)],
)
def test_store_cart_and_invoice_agree(
    inclusive: str, country: str, company: str, group_percent: int
) -> None:
    for key, value in (("company.country", "DE"), ("tax.prices_include_tax", inclusive)):
        set_setting(key=key, value=value, ctx=CTX)
    for where, rate in (("DE", 19_000), ("FR", 20_000)):
        add_tax_rule(country=where, rate=rate, category="S", valid_from=date(2020, 1, 1), ctx=CTX)
    product = make.make_product(prices=[("EUR", "annually", 4999)])
    set_price(
        product=product,
        currency_code="EUR",
        billing_cycle="monthly",
        price=499,
        setup_fee=1001,
        ctx=CTX,
    )
    client = make.make_client(country=country, company=company)
    if group_percent:
        group = create_client_group(name="Friends", discount=group_percent, ctx=CTX)
        set_client_group(client=client, group=group, ctx=CTX)
        client.refresh_from_db()
    display = price_display(client=client, country="", on=DAY)
    shown = display.unit_prices(product, price_list([product.pk], "EUR")[product.pk])
    for cycle in ("monthly", "annually"):
        line = ProductCartLine(product_id=product.pk, billing_cycle=cycle, domain="a.example")
        sums = quote_order([line], currency_code="EUR", on=DAY, client=client).sums
        order = place_cart_lines(
            vat_refresh=None,
            cart_lines=[line],
            client=client,
            placed_by=None,
            shown_total=sums.total,
            idempotency_key=cycle,
            ctx=CTX,
        )
        invoice = order.invoice
        assert invoice is not None
        seen = shown[cycle].base + shown[cycle].setup_fee
        net = sums.subtotal - sums.discount
        assert (sums.total, net) == (invoice.total, invoice.subtotal)
        assert seen == (invoice.total if display.with_tax else invoice.subtotal)
