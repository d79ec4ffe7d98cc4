"""What papers call by name in each language and country, and addresses at the end of a line (billing.md 5 and 9)."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from commerce.billing.documents.branding import DocumentBrand
from commerce.billing.documents.content import DocumentContent
from commerce.billing.documents.document_text import document_text
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.tax.rules import SOLD_ABROAD, UNTAXED
from tests.billing.documents.test_pdf import AT
from tests.make.document_content import (
    BUYER,
    SELLER,
    VAT,
    make_credit_note_content,
    make_document_content,
)

LANGUAGES = ("en", "de", "fr", "es", "nl", "ar")
SPANISH = replace(SELLER, country="ES", tax_id="ESB58378431")


def said(facts: DocumentContent, locale: str) -> dict[str, object]:
    return document_text(facts, locale=locale, account=None)


@pytest.mark.parametrize(
    ("tax", "notes"),
    [
        (
            UNTAXED,
            [
                *("Not subject to VAT", "Nicht umsatzsteuerbar", "Non soumis à la TVA"),
                *("Operación no sujeta a IVA", "Geen btw verschuldigd"),
                "غير خاضع لضريبة القيمة المضافة",
            ],
        ),
        (
            SOLD_ABROAD,
            [
                *("Outside the scope of EU VAT", "Nicht im Inland steuerbar"),
                "Hors du champ d’application de la TVA de l’UE",
                "Operación no sujeta a IVA por reglas de localización",
                "Dienst buiten de EU, geen btw verschuldigd",
                "خارج نطاق ضريبة القيمة المضافة في الاتحاد الأوروبي",
            ],
        ),
    ],
)
def test_why_there_is_no_tax_is_said_by_what_is_sold(tax: LineTax, notes: list[str]) -> None:
    formerly = {UNTAXED: "No tax applies", SOLD_ABROAD: "Export outside the EU"}[tax]
    for kept in (tax, replace(tax, note=formerly)):
        facts = make_document_content(kept)
        assert [said(facts, locale)["remarks"] for locale in LANGUAGES] == [[one] for one in notes]


@pytest.mark.parametrize(
    ("number", "country", "names"),
    [
        ("DE123456789", "DE", ["VAT number", "USt-IdNr.", "N° TVA", "NIF-IVA", "Btw-nummer"]),
        ("IE 1234567FA", "IE", ["VAT number", "USt-IdNr.", "N° TVA", "NIF-IVA", "Btw-nummer"]),
        ("XI123456789", "GB", ["VAT number", "USt-IdNr.", "N° TVA", "NIF-IVA", "Btw-nummer"]),
        ("ATU12345675", "AT", ["VAT number", "UID-Nr.", "N° TVA", "NIF-IVA", "Btw-nummer"]),
        ("27/123/45678", "DE", ["Tax ID", "Steuernummer", "Numéro fiscal", "Número fiscal"]),
        ("US12345678", "US", ["Tax ID", "Steuernummer", "Numéro fiscal", "Número fiscal"]),
        ("B58378431", "ES", ["Tax ID", "Steuernummer", "Numéro fiscal", "NIF"]),
    ],
)
def test_a_tax_number_has_the_name_that_its_law_gives_it(
    number: str, country: str, names: list[str]
) -> None:
    facts = make_document_content(buyer=replace(BUYER, tax_id=number, country=country))
    for locale, name in zip(LANGUAGES, names, strict=False):
        assert (name, number) in said(facts, locale)["buyer"]["numbers"]  # type: ignore[index]


def test_a_credit_note_is_a_factura_rectificativa_of_a_seller_in_spain() -> None:
    ours, spanish = (make_document_content(seller=seller) for seller in (SELLER, SPANISH))
    titles = [said(make_credit_note_content(facts), "es")["title"] for facts in (ours, spanish)]
    assert titles == ["Nota de crédito", "Factura rectificativa"]
    told = said(make_credit_note_content(spanish), "es")
    assert ("Número de factura rectificativa", "CN-0007") in told["meta"]  # type: ignore[operator]
    told = said(make_credit_note_content(spanish), "de")
    assert told["title"] == "Rechnungskorrektur"


@pytest.mark.parametrize("locale", ["es", "ar"])
def test_a_domain_keeps_its_hyphens_at_the_end_of_a_line(locale: str) -> None:
    domain = "tienda.mi-empresa-de-ejemplo.example"
    lines = [DraftLine(f"{'a' * length} ({domain})", 500, VAT) for length in range(18, 42, 2)]
    seller = replace(SPANISH, email="support@harbour-hosting.example")
    facts = make_document_content(lines=lines, seller=seller)
    made = render_pdf(said(facts, locale), DocumentBrand(mark="A"), at=AT)
    read = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    parts = read.split()
    assert sum("mi-empresa-de-ejemplo" in part for part in parts) == len(lines)
    assert any("harbour-hosting" in part for part in parts)
    assert not [part for part in parts if part.startswith("-") or part.endswith("-")]
