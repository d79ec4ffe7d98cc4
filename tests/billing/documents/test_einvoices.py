"""Each kind of invoice as CII and UBL, against the schemas and the rules of EN 16931 (billing.md 9)."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from commerce.billing.documents.bank import Account
from commerce.billing.documents.checking import CII, UBL_CREDIT_NOTE, UBL_INVOICE, mistakes
from commerce.billing.documents.cii import cii
from commerce.billing.documents.einvoice import has_form, price_of
from commerce.billing.documents.facts import Accounting, Facts, LineFact
from commerce.billing.documents.ubl import ubl
from commerce.billing.rules import Line, Tax
from tests.make.facts import BANK, BUYER, SELLER, VAT, credited, make_facts

ZERO, EXEMPT = Tax("Z", 0, "VAT"), Tax("E", 0, "VAT", "No tax applies")
OUTSIDE, REVERSE = Tax("O", 0), Tax("AE", 0, "VAT", "Reverse charge")
EXPORT = Tax("G", 0, "VAT", "Export")
ABROAD = replace(BUYER, country="US", tax_id="12-3456789", state="New York")

KINDS: dict[str, Facts] = {
    "standard": make_facts(),
    "two rates": make_facts(VAT, Tax("S", 7000, "VAT")),
    "some exempt": make_facts(VAT, EXEMPT),
    "zero": make_facts(ZERO),
    "exempt": make_facts(EXEMPT),
    "outside the scope": make_facts(OUTSIDE, buyer=ABROAD),
    "reverse charge": make_facts(REVERSE),
    "export": make_facts(EXPORT, buyer=ABROAD),
    "three decimals": make_facts(Tax("S", 8875, "Sales tax"), currency="USD"),
    "tax for the books": make_facts(
        currency="USD", accounting=Accounting("EUR", 2, 421, "0.92", "2026-04-07")
    ),
    "prices with tax": make_facts(
        lines=[Line("A", 1999, VAT, 3000), Line("B", -101, VAT), Line("C", 1, VAT, 1)],
        prices_include_tax=True,
    ),
    "yen": make_facts(lines=[Line("月額", 333, Tax("S", 10000))], currency="JPY", exponent=0),
    "nothing to pay": make_facts(lines=[Line("A", 500, VAT), Line("Free", -500, VAT)]),
    "partly by credit": make_facts(credit=1000),
    "wholly by credit": make_facts(lines=[Line("A", 100, ZERO)], credit=100),
    "a person": make_facts(buyer=replace(BUYER, company="", tax_id="")),
    "no registration": make_facts(OUTSIDE, seller=replace(SELLER, registration_no="")),
    "a national number": make_facts(seller=replace(SELLER, tax_id="27/123/45678")),
    "a deduction at the rate before": make_facts(
        lines=[
            Line("Plan change", 3000, Tax("S", 21000, "VAT"), kind="plan_change"),
            Line("Unused part", -1000, VAT, kind="plan_change"),
        ]
    ),
    "a deduction with more tax than the charge": make_facts(
        lines=[
            Line("Plan change", 3000, REVERSE, kind="plan_change"),
            Line("Unused part", -1000, VAT, kind="plan_change"),
        ]
    ),
    "hostile": make_facts(
        lines=[Line("</ram:Name><script>&\"'#let x = 1", 500, VAT)], notes="]]> <!-- & -->"
    ),
}


@pytest.mark.parametrize("bank", [BANK, None], ids=["bank", "no bank"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_invoice_passes_schema_and_rules(kind: str, bank: Account | None) -> None:
    facts = KINDS[kind]
    assert mistakes(cii(facts, bank), CII) == []
    assert mistakes(ubl(facts, bank), UBL_INVOICE) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_credit_note_passes_schema_and_rules(kind: str) -> None:
    facts = credited(KINDS[kind])
    assert mistakes(cii(facts, BANK), CII) == []
    assert mistakes(ubl(facts, BANK), UBL_CREDIT_NOTE) == []


@pytest.mark.parametrize(
    ("over", "rule"),
    [
        ({"subtotal": 1}, "BR-CO-10"),
        ({"tax": 1}, "BR-CO-14"),
        ({"total": 1}, "BR-CO-15"),
        ({"currency": "QQQ"}, "BR-CL-04"),
        ({"seller": replace(SELLER, tax_id="")}, "BR-S-02"),
        ({"groups": ()}, "BR-CO-18"),
        ({"buyer": replace(BUYER, country="XX")}, "BR-CL-14"),
    ],
)
def test_a_planted_error_is_found(over: dict[str, Any], rule: str) -> None:
    facts = make_facts(**over)
    for found in (mistakes(cii(facts, BANK), CII), mistakes(ubl(facts, BANK), UBL_INVOICE)):
        assert found != []
    assert rule in "".join(mistakes(ubl(facts, BANK), UBL_INVOICE))


def test_what_is_not_in_the_schema_is_found() -> None:
    facts = make_facts()
    root = etree.fromstring(cii(facts, BANK))
    root[1].append(root[1][0])
    assert "line " in mistakes(etree.tostring(root), CII)[0]


def texts(xml: bytes, name: str) -> list[str | None]:
    return [each.text for each in etree.fromstring(xml).iter(f"{{*}}{name}")]


def test_a_discount_is_a_negative_quantity_at_a_positive_price() -> None:
    facts = make_facts()
    xml = cii(facts, None)
    assert texts(xml, "BilledQuantity") == ["1", "2.5", "-1"]
    assert texts(xml, "ChargeAmount") == ["20.00", "3.33", "5.00"]
    assert texts(xml, "LineTotalAmount")[:3] == ["20.00", "8.33", "-5.00"]
    assert texts(ubl(facts, None), "InvoicedQuantity") == ["1", "2.5", "-1"]


def test_a_price_with_tax_gives_the_amount_for_the_whole_quantity() -> None:
    line = LineFact("A", 3000, 1680, 5039, "S", 19000)
    assert price_of(line, 2).amount == "50.39"
    assert (price_of(line, 2).quantity, price_of(line, 2).base) == ("3", "3")


def test_outside_the_scope_the_number_is_a_tax_registration() -> None:
    facts = make_facts(OUTSIDE)
    root = etree.fromstring(cii(facts, None))
    numbers = [
        (each.get("schemeID"), each.text) for each in root.iter("{*}ID") if each.get("schemeID")
    ]
    assert numbers == [("FC", "DE123456789")]
    assert texts(ubl(facts, None), "Percent") == []


def test_the_amounts_of_a_currency_are_exact_in_both_forms() -> None:
    facts = make_facts(lines=[Line("A", 500, ZERO)], currency="JPY", exponent=0)
    assert texts(cii(facts, None), "GrandTotalAmount") == ["500"]
    facts = make_facts(lines=[Line("A", 500, ZERO)])
    assert texts(ubl(facts, None), "PayableAmount") == ["5.00"]


def test_three_decimals_have_no_e_invoice() -> None:
    assert not has_form(make_facts(currency="KWD", exponent=3))
    assert has_form(make_facts(currency="JPY", exponent=0))


def test_the_account_and_the_reference_are_in_both_forms() -> None:
    facts = make_facts(credit=100)
    for xml in (cii(facts, BANK), ubl(facts, BANK)):
        for text in (b"DE02120300000000202051", b"BYLADEM1001", b"RF93000000000305", b">58<"):
            assert text in xml
    dollars = make_facts(currency="USD")
    assert b">30<" in cii(dollars, BANK)
    paid = make_facts(lines=[Line("A", 100, ZERO)], credit=100)
    assert b"DE0212" not in cii(paid, BANK)
