"""What an item of an order is made of: its lines, each unit's share of them, what each renewal charges."""

from typing import Any

import pytest

from commerce.billing.invoices.rules import LineTax, price_lines
from commerce.catalog.quote import ChosenOption
from commerce.orders.order_lines import (
    DomainOrderLine,
    ProductOrderLine,
    invoice_lines,
    services_of_lines,
)
from commerce.orders.rules import order_totals

VAT = LineTax("S", 19_000, "VAT")


def item(**over: Any) -> ProductOrderLine:
    given: dict[str, Any] = {
        "product_id": 1,
        "product_name": "Hosting",
        "billing_cycle": "monthly",
        "base": 1000,
        "qty": 2,
        "options": (ChosenOption("Disk", "50 GB", 300), ChosenOption("PHP", "8.4")),
        "setup_fee": 500,
        "group_discount": 100,
        "promo_discounts": (51, 50),
        "promo_code": "SPRING",
        "promo_recurs": True,
        "tax": VAT,
        "tax_kind": "hosting",
        "home_rate_milli": 19_000,
    }
    return ProductOrderLine(**given | over)


def test_each_line_is_of_its_kind_and_taxed_as_its_item() -> None:
    """A setup fee taxed as another kind, or a home rate that was lost, changed no test."""
    lines = item().lines()
    assert [line.kind for line in lines] == ["item", "option", "setup", "discount", "discount"]
    assert [line.amount for line in lines] == [2000, 600, 1000, -200, -101]
    assert {(line.tax, line.tax_kind, line.home_rate_milli) for line in lines} == {
        (VAT, "hosting", 19_000)
    }


def test_a_name_is_taxed_as_names_are() -> None:
    name = a_name(promo_discounts=(200,), home_rate_milli=19_000)
    assert {(line.tax, line.tax_kind, line.home_rate_milli) for line in name.lines()} == {
        (VAT, "domain", 19_000)
    }
    assert sum(line.amount for line in name.lines()) == 1000


def test_each_line_of_an_item_is_of_its_units_and_for_the_ordered_cycle_but_the_setup_fee() -> None:
    name = a_name(renewal=1200)
    assert services_of_lines([name, item(), item(qty=1, setup_fee=0)], [7, 8, 9]) == {
        **{position: [7, 8] for position in range(2, 7)},
        **{position: [9] for position in range(7, 11)},
    }
    assert [line.weights for line in item().lines()] == [(1, 1)] * 4 + [(51, 50)]
    cycles = [line.days.billing_cycle for line in item().lines()]
    assert cycles == ["monthly", "monthly", "", "monthly", "monthly"]
    assert {line.days.billing_cycle for line in item(billing_cycle="one_time").lines()} == {""}


def test_a_renewal_is_made_of_what_recurs() -> None:
    parts = {"base": 1000, "group_discount": 100, "promo_discount": 51, "promo_code": "SPRING"}
    assert item().price_parts(0) == parts
    assert item().price_parts(1) == parts | {"promo_discount": 50}
    once = parts | {"promo_discount": 0, "promo_code": ""}
    assert item(promo_recurs=False).price_parts(0) == once
    assert item(promo_discounts=()).price_parts(0) == once
    assert item(list_amount=1500).price_parts(0) == parts | {"agreed": True}
    assert [item().recurring(unit) for unit in (0, 1)] == [1149, 1150]


def a_name(**over: Any) -> DomainOrderLine:
    given: dict[str, Any] = {"action": "register", "domain": "a.example", "tld": "example"}
    return DomainOrderLine(**given | {"unit_amount": 1200, "renewal": 1500, "tax": VAT} | over)


def test_what_is_not_given_is_one_and_costs_nothing() -> None:
    bare = ProductOrderLine(
        product_id=1, product_name="Hosting", billing_cycle="monthly", base=1000
    )
    assert (bare.qty, bare.unit_setup_fee, bare.group_discount, bare.home_rate_milli) == (
        1,
        0,
        0,
        0,
    )
    assert (bare.action, bare.promo_recurs) == ("product", False)
    name = DomainOrderLine(
        action="register", domain="a.example", tld="example", unit_amount=1200, renewal=1500
    )
    assert (
        name.total_promo_discount,
        name.home_rate_milli,
        name.unit_setup_fee,
        name.total_group_discount,
    ) == (0, 0, 0, 0)
    assert (name.whois_privacy, name.auto_renew, name.has_own_nameservers) == (False, True, False)
    assert name.billing_cycle == "annually"


def test_a_subtotal_is_all_units_with_setup_before_discounts() -> None:
    assert item().subtotal == 2 * (1300 + 500)
    assert a_name(years=2, promo_discounts=(100,)).subtotal == 2400
    assert a_name(years=2, action="transfer").subtotal == 1200


def test_what_renews_is_asked_of_the_first_unit_and_of_the_whole_term() -> None:
    assert item(promo_discounts=(51, 40)).recurring() == 1149
    assert a_name(years=3).recurring() == 4500


@pytest.mark.parametrize(
    ("over", "text", "quantity"),
    [
        ({}, "Domain registration: a.example (1 year)", 1000),
        ({"years": 2}, "Domain registration: a.example (2 years)", 2000),
        ({"action": "transfer", "years": 2}, "Domain transfer: a.example (2 years)", 1000),
    ],
)
def test_the_line_of_a_name(*, over: dict[str, Any], text: str, quantity: int) -> None:
    [line] = a_name(**over).lines()
    assert (line.description, line.quantity_milli, line.kind) == (text, quantity, "domain")
    _line, discount = a_name(promo_discounts=(100,), promo_code="X", **over).lines()
    assert (discount.kind, discount.quantity_milli, discount.unit_amount) == (
        "discount",
        1000,
        -100,
    )


def test_the_line_of_a_product_says_its_cycle_and_what_was_chosen_for_nothing() -> None:
    first = item().lines()[0].description
    assert first == "Hosting, monthly (billing starts on activation); PHP: 8.4"
    once = item(billing_cycle="one_time", options=()).lines()[0].description
    assert once == "Hosting, one-time"
    assert [line.quantity_milli for line in item().lines()] == [2000, 2000, 2000, 1000, 1000]


@pytest.mark.parametrize(
    ("cycle", "text"),
    [
        ("monthly", "Hosting, monthly (billing starts on activation)"),
        ("quarterly", "Hosting, quarterly (billing starts on activation)"),
        ("semi_annually", "Hosting, every 6 months (billing starts on activation)"),
        ("annually", "Hosting, yearly (billing starts on activation)"),
        ("biennially", "Hosting, every 2 years (billing starts on activation)"),
        ("triennially", "Hosting, every 3 years (billing starts on activation)"),
        ("one_time", "Hosting, one-time"),
    ],
)
def test_each_cycle_has_its_name(*, cycle: str, text: str) -> None:
    assert item(billing_cycle=cycle, options=()).lines()[0].description == text


def test_the_sums_of_an_order_are_those_of_its_invoice() -> None:
    found = order_totals(price_lines(invoice_lines([item(), a_name(promo_discounts=(200,))])))
    assert (found.subtotal, found.discount) == (4800, 501)
    assert (found.tax_amount, found.total) == (817, 5116)
