"""What an item of an order is made of: its lines, each unit's share of them, what each renewal charges."""

from typing import Any

from commerce.billing.rules import Tax
from commerce.orders.rules import DomainItem, Option, ProductItem, shares

VAT = Tax("S", 19_000, "VAT")


def item(**over: Any) -> ProductItem:
    given: dict[str, Any] = {
        "product_id": 1,
        "product_name": "Hosting",
        "billing_cycle": "monthly",
        "base": 1000,
        "qty": 2,
        "options": (Option("Disk", "50 GB", 300), Option("PHP", "8.4")),
        "setup_fee": 500,
        "group_discount": 100,
        "promo_discounts": (51, 50),
        "promo_code": "SPRING",
        "promo_recurs": True,
        "tax": VAT,
        "tax_kind": "hosting",
        "home_rate_milli": 19_000,
    }
    return ProductItem(**given | over)


def test_each_line_is_of_its_kind_and_taxed_as_its_item() -> None:
    """A setup fee taxed as another kind, or a home rate that was lost, changed no test."""
    lines = item().lines()
    assert [line.kind for line in lines] == ["item", "option", "setup", "discount", "discount"]
    assert [line.amount for line in lines] == [2000, 600, 1000, -200, -101]
    assert {(line.tax, line.tax_kind, line.home_rate_milli) for line in lines} == {
        (VAT, "hosting", 19_000)
    }


def test_a_name_is_taxed_as_names_are() -> None:
    given: dict[str, Any] = {"domain": "a.example", "unit_amount": 1200, "renewal": 1200}
    name = DomainItem(action="register", promo_off=200, tax=VAT, home_rate_milli=19_000, **given)
    assert {(line.tax, line.tax_kind, line.home_rate_milli) for line in name.lines()} == {
        (VAT, "domain", 19_000)
    }
    assert sum(line.amount for line in name.lines()) == 1000


def test_each_unit_holds_its_own_share_of_each_line_but_of_the_setup_fee() -> None:
    name = DomainItem(action="register", domain="a.example", unit_amount=1200, renewal=1200)
    assert shares([name, item()]) == [
        [],
        [
            [[2, 1000], [3, 300], [5, 100], [6, 51]],
            [[2, 1000], [3, 300], [5, 100], [6, 50]],
        ],
    ]
    bare = item(setup_fee=0, group_discount=0, promo_discounts=(), options=())
    assert shares([bare]) == [[[[1, 1000]], [[1, 1000]]]]


def test_a_renewal_is_made_of_what_recurs() -> None:
    parts = {"base": 1000, "group_discount": 100, "promo_discount": 51, "promo_code": "SPRING"}
    assert item().parts(0) == parts
    assert item().parts(1) == parts | {"promo_discount": 50}
    once = parts | {"promo_discount": 0, "promo_code": ""}
    assert item(promo_recurs=False).parts(0) == once
    assert item(promo_discounts=()).parts(0) == once
    assert item(list_amount=1500).parts(0) == parts | {"agreed": True}
    assert [item().recurring(unit) for unit in (0, 1)] == [1149, 1150]
