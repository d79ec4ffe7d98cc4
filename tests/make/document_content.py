"""Facts of documents for tests: sums are made from lines, as billing makes them."""

from collections.abc import Sequence
from typing import Any

from commerce.billing.documents.bank_account import BankAccount
from commerce.billing.documents.content import (
    INVOICE,
    DocumentContent,
    DocumentLine,
    DocumentParty,
    DocumentTaxGroup,
)
from commerce.billing.invoices.rules import DraftLine, LineTax, price_lines

SELLER = DocumentParty(
    name="Acme Hosting GmbH",
    address1="Rosenthaler Straße 40",
    city="Berlin",
    postcode="10178",
    country="DE",
    phone="+49 30 1234567",
    tax_id="DE123456789",
    email="billing@acme-hosting.example",
    website="acme-hosting.example",
    registration_no="HRB 98765 B",
)
BUYER = DocumentParty(
    name="Jane Smith",
    company="Smith & Söhne AG",
    address1="Hauptstraße 12",
    city="Wien",
    postcode="1010",
    country="AT",
    tax_id="ATU12345675",
    email="jane@smith.example",
)
BANK = BankAccount("Acme Hosting GmbH", "DE02 1203 0000 0000 2020 51", "BYLADEM1001", "DKB Berlin")
VAT = LineTax("S", 19000, "VAT")


def make_document_content(
    *taxes: LineTax, lines: Sequence[DraftLine] = (), prices_include_tax: bool = False, **over: Any
) -> DocumentContent:
    """An invoice of EUR over some hosting at each of these taxes, with a discount, unless ``lines`` are given."""
    lines = lines or [
        line
        for tax in taxes or (VAT,)
        for line in (
            DraftLine("Business Hosting L", 2000, tax),
            DraftLine("Traffic in TB", 333, tax, 2500),
            DraftLine("Loyal customer discount", -500, tax),
        )
    ]
    priced = price_lines(lines, prices_include_tax=prices_include_tax)
    values = {
        "kind": INVOICE,
        "number": "INV-0305",
        "issued_on": "2026-04-08",
        "due_on": "2026-04-22",
        "currency": "EUR",
        "exponent": 2,
        "subtotal": priced.subtotal,
        "tax": priced.tax,
        "total": priced.total,
        "credit": 0,
        "seller": SELLER,
        "buyer": BUYER,
        "lines": tuple(
            DocumentLine(
                each.line.description,
                each.line.quantity_milli,
                each.line.unit_amount,
                each.net,
                each.line.tax.category,
                each.line.tax.rate_milli,
            )
            for each in priced.lines
        ),
        "groups": tuple(
            DocumentTaxGroup(
                g.tax.category, g.tax.rate_milli, g.net, g.amount, g.tax.name, g.tax.note
            )
            for g in priced.groups
        ),
        "reference": "RF93000000000305",
        "notes": "Thank you.",
        "terms": "Payable within 14 days.",
        "footer": "Managing director: Erika Mustermann",
    }
    return DocumentContent(**values | over)


def make_credit_note_content(facts: DocumentContent, **over: Any) -> DocumentContent:
    """A credit note over all of an invoice."""
    from dataclasses import replace

    values: dict[str, Any] = {
        "kind": "credit_note",
        "number": "CN-0007",
        "due_on": "",
        "credit": 0,
        "reference": "",
        "notes": "",
        "terms": "",
        "reason": "The server was down.",
        "about_number": facts.number,
        "about_day": facts.issued_on,
    }
    return replace(facts, **values | over)
