"""Each kind of invoice as CII and UBL, against the schemas and the rules of EN 16931 (billing.md 9)."""

from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from commerce.billing.documents.bank_account import BankAccount
from commerce.billing.documents.cii import cii_xml
from commerce.billing.documents.content import AccountingTax, DocumentContent, DocumentLine
from commerce.billing.documents.einvoice import has_einvoice, line_price
from commerce.billing.documents.ubl import ubl_xml
from commerce.billing.documents.validation import (
    CII,
    UBL_CREDIT_NOTE,
    UBL_INVOICE,
    validate_einvoice,
)
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.tax.rules import SOLD_ABROAD, UNTAXED
from tests.make.document_content import (
    BANK,
    BUYER,
    SELLER,
    VAT,
    make_credit_note_content,
    make_document_content,
)

ZERO, EXEMPT = LineTax("Z", 0, "VAT"), LineTax("E", 0, "VAT", "Art. 135 of 2006/112/EC")
OUTSIDE, REVERSE = LineTax("O", 0), LineTax("AE", 0, "VAT", "Reverse charge")
ABROAD = replace(BUYER, country="US", tax_id="12-3456789", state="New York")

KINDS: dict[str, DocumentContent] = {
    "standard": make_document_content(),
    "two rates": make_document_content(VAT, LineTax("S", 7000, "VAT")),
    "some exempt": make_document_content(VAT, EXEMPT),
    "beside a late fee": make_document_content(VAT, UNTAXED),
    "zero": make_document_content(ZERO),
    "exempt": make_document_content(EXEMPT),
    "outside the scope": make_document_content(OUTSIDE, buyer=ABROAD),
    "reverse charge": make_document_content(REVERSE),
    "sold abroad": make_document_content(SOLD_ABROAD, buyer=ABROAD),
    "sold abroad beside a late fee": make_document_content(SOLD_ABROAD, UNTAXED, buyer=ABROAD),
    "sold abroad as outside the scope": make_document_content(
        replace(SOLD_ABROAD, category="O"), buyer=ABROAD
    ),
    "three decimals": make_document_content(LineTax("S", 8875, "Sales tax"), currency="USD"),
    "tax for the books": make_document_content(
        currency="USD", accounting=AccountingTax("EUR", 2, 421, "0.92", "2026-04-07")
    ),
    "prices with tax": make_document_content(
        lines=[
            DraftLine("A", 1999, VAT, 3000),
            DraftLine("B", -101, VAT),
            DraftLine("C", 1, VAT, 1),
        ],
        prices_include_tax=True,
    ),
    "yen": make_document_content(
        lines=[DraftLine("月額", 333, LineTax("S", 10000))], currency="JPY", exponent=0
    ),
    "Nothing due": make_document_content(
        lines=[DraftLine("A", 500, VAT), DraftLine("Free", -500, VAT)]
    ),
    "partly by credit": make_document_content(credit=1000),
    "wholly by credit": make_document_content(lines=[DraftLine("A", 100, ZERO)], credit=100),
    "a person": make_document_content(buyer=replace(BUYER, company="", tax_id="")),
    "no registration": make_document_content(OUTSIDE, seller=replace(SELLER, registration_no="")),
    "a national number": make_document_content(seller=replace(SELLER, tax_id="27/123/45678")),
    "hostile": make_document_content(
        lines=[DraftLine("</ram:Name><script>&\"'#let x = 1", 500, VAT)], notes="]]> <!-- & -->"
    ),
}


@pytest.mark.parametrize("bank", [BANK, None], ids=["bank", "no bank"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_invoice_passes_schema_and_rules(kind: str, bank: BankAccount | None) -> None:
    facts = KINDS[kind]
    assert validate_einvoice(cii_xml(facts, bank), CII) == []
    assert validate_einvoice(ubl_xml(facts, bank), UBL_INVOICE) == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_credit_note_passes_schema_and_rules(kind: str) -> None:
    facts = make_credit_note_content(KINDS[kind])
    assert validate_einvoice(cii_xml(facts, BANK), CII) == []
    assert validate_einvoice(ubl_xml(facts, BANK), UBL_CREDIT_NOTE) == []


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
    facts = make_document_content(**over)
    for found in (
        validate_einvoice(cii_xml(facts, BANK), CII),
        validate_einvoice(ubl_xml(facts, BANK), UBL_INVOICE),
    ):
        assert found != []
    assert rule in "".join(validate_einvoice(ubl_xml(facts, BANK), UBL_INVOICE))


def test_what_is_not_in_the_schema_is_found() -> None:
    facts = make_document_content()
    root = etree.fromstring(cii_xml(facts, BANK))
    root[1].append(root[1][0])
    assert "line " in validate_einvoice(etree.tostring(root), CII)[0]


def texts(xml: bytes, name: str) -> list[str | None]:
    return [each.text for each in etree.fromstring(xml).iter(f"{{*}}{name}")]


def test_a_discount_is_a_negative_quantity_at_a_positive_price() -> None:
    facts = make_document_content()
    xml = cii_xml(facts, None)
    assert texts(xml, "BilledQuantity") == ["1", "2.5", "-1"]
    assert texts(xml, "ChargeAmount") == ["20.00", "3.33", "5.00"]
    assert texts(xml, "LineTotalAmount")[:3] == ["20.00", "8.33", "-5.00"]
    assert texts(ubl_xml(facts, None), "InvoicedQuantity") == ["1", "2.5", "-1"]


def test_a_price_with_tax_gives_the_amount_for_the_whole_quantity() -> None:
    line = DocumentLine("A", 3000, 1680, 5039, "S", 19000)
    assert line_price(line, 2).amount == "50.39"
    assert (line_price(line, 2).quantity, line_price(line, 2).base) == ("3", "3")


def test_outside_the_scope_the_number_is_a_tax_registration() -> None:
    facts = make_document_content(OUTSIDE)
    root = etree.fromstring(cii_xml(facts, None))
    numbers = [
        (each.get("schemeID"), each.text) for each in root.iter("{*}ID") if each.get("schemeID")
    ]
    assert numbers == [("FC", "DE123456789")]
    assert texts(ubl_xml(facts, None), "Percent") == []


def test_the_amounts_of_a_currency_are_exact_in_both_forms() -> None:
    facts = make_document_content(lines=[DraftLine("A", 500, ZERO)], currency="JPY", exponent=0)
    assert texts(cii_xml(facts, None), "GrandTotalAmount") == ["500"]
    facts = make_document_content(lines=[DraftLine("A", 500, ZERO)])
    assert texts(ubl_xml(facts, None), "PayableAmount") == ["5.00"]


def test_three_decimals_have_no_e_invoice() -> None:
    assert not has_einvoice(make_document_content(currency="KWD", exponent=3))
    assert has_einvoice(make_document_content(currency="JPY", exponent=0))


def test_the_account_and_the_reference_are_in_both_forms() -> None:
    facts = make_document_content(credit=100)
    for xml in (cii_xml(facts, BANK), ubl_xml(facts, BANK)):
        for text in (b"DE02120300000000202051", b"BYLADEM1001", b"RF93000000000305", b">58<"):
            assert text in xml
    dollars = make_document_content(currency="USD")
    assert b">30<" in cii_xml(dollars, BANK)
    paid = make_document_content(lines=[DraftLine("A", 100, ZERO)], credit=100)
    assert b"DE0212" not in cii_xml(paid, BANK)
