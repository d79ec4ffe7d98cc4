"""What both forms of the e-invoice share: EN 16931 terms (BT-…) out of facts."""

import re
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

from commerce.billing.documents.bank_account import BankAccount, asks_for_payment
from commerce.billing.documents.content import (
    DocumentContent,
    DocumentLine,
    DocumentParty,
    DocumentTaxGroup,
    plain_amount,
    plain_quantity,
)
from commerce.kit.money import round_half_up

EN16931_SPECIFICATION = "urn:cen.eu:en16931:2017"
INVOICE_CODE, CREDIT_NOTE_CODE = "380", "381"
CREDIT_TRANSFER, SEPA, NOT_DEFINED = "30", "58", "1"
PIECE = "C62"
MAX_EXPONENT = 2
"""EN 16931 gives amounts two decimals; currencies with more have no e-invoice (billing.md 9)."""

_VAT_NUMBER = re.compile(r"(?:[A-Z]{2})[0-9A-Z]{2,13}")
_REASONS = {
    "AE": ("VATEX-EU-AE", "Reverse charge"),
    "G": ("VATEX-EU-G", "Outside the scope of EU VAT"),
    "O": ("VATEX-EU-O", "Not subject to VAT"),
    "E": ("", "Exempt from tax"),
}


@dataclass(frozen=True, slots=True)
class LinePrice:
    """BT-129, BT-146 and BT-149: how many, at what price, for how many. The price is never negative."""

    quantity: str
    amount: str
    base: str


def line_price(line: DocumentLine, exponent: int) -> LinePrice:
    """A negative line is a negative quantity at a positive price.

    Where quantity × price would not give the line's amount (prices with tax), the amount itself is the price of all.
    """
    quantity = line.quantity_milli if line.amount >= 0 else -line.quantity_milli
    unit = abs(line.unit_amount)
    if round_half_up(Fraction(line.quantity_milli * unit, 1000)) == abs(line.amount):
        return LinePrice(plain_quantity(quantity), plain_amount(unit, exponent), "")
    return LinePrice(
        plain_quantity(quantity),
        plain_amount(abs(line.amount), exponent),
        plain_quantity(line.quantity_milli),
    )


def is_outside(facts: DocumentContent) -> bool:
    """Category ``O``, which stands alone: no VAT number may be named as such (BR-O-02)."""
    return any(group.category == "O" for group in facts.groups)


def vat_number(party: DocumentParty) -> str:
    """The tax number in the form of a VAT number (BT-31, BT-48), empty if it has another form."""
    text = re.sub(r"[\s.\-/]", "", party.tax_id).upper()
    return text if _VAT_NUMBER.fullmatch(text) else ""


def seller_numbers(facts: DocumentContent) -> tuple[str, str]:
    """VAT number (BT-31) and tax registration (BT-32) of the seller: one of them, or neither."""
    number = "" if is_outside(facts) else vat_number(facts.seller)
    return (number, "") if number else ("", facts.seller.tax_id)


def seller_identifier(facts: DocumentContent) -> str:
    """BT-29, where neither a VAT number nor a registration number says who the seller is (BR-CO-26)."""
    known = seller_numbers(facts)[0] or facts.seller.registration_no
    return "" if known else facts.seller.tax_id


def buyer_number(facts: DocumentContent) -> str:
    """BT-48."""
    return "" if is_outside(facts) else vat_number(facts.buyer)


def tax_percentage(category: str, rate_milli: int) -> str:
    """BT-119 and BT-152; none for what is outside the scope of the tax."""
    return "" if category == "O" else plain_quantity(rate_milli) or "0"


def exemption_reason(group: DocumentTaxGroup) -> tuple[str, str]:
    """Code (BT-121) and text (BT-120) of why no tax is charged; none where it is."""
    code, text = _REASONS.get(group.category, ("", ""))
    return code, (group.note or text) if text else ""


def note_texts(facts: DocumentContent) -> list[str]:
    """BT-22."""
    return [text for text in (facts.notes, facts.reason, facts.footer) if text]


def payment_terms(facts: DocumentContent) -> str:
    """BT-20."""
    if facts.is_invoice:
        return facts.terms
    return f"Credited against invoice {facts.about_number}."


def payment_means(
    facts: DocumentContent, account: BankAccount | None
) -> tuple[str, BankAccount | None]:
    """BT-81 and the account of BG-17, when the document asks for money that can be sent there."""
    if account is None or not asks_for_payment(facts):
        return NOT_DEFINED, None
    return (SEPA if facts.currency == "EUR" and account.iban else CREDIT_TRANSFER), account


def has_einvoice(facts: DocumentContent) -> bool:
    """Whether this document has an e-invoice at all."""
    return facts.exponent <= MAX_EXPONENT


class XmlBuilder:
    """A branch of an XML document under construction; empty texts make no element."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    def branch(self, name: str, **attributes: str) -> "XmlBuilder":
        """A new element below this one; ``name`` is ``prefix:Name``."""
        prefix, _, local = name.partition(":")
        space = self.element.nsmap[prefix]
        return XmlBuilder(etree.SubElement(self.element, f"{{{space}}}{local}", attributes))

    def text(self, name: str, value: str, **attributes: str) -> None:
        """An element with text, unless there is none."""
        if value:
            self.branch(name, **attributes).element.text = value

    def serialized(self) -> bytes:
        """The whole document."""
        written: bytes = etree.tostring(
            self.element, xml_declaration=True, encoding="UTF-8", pretty_print=True
        )
        return written
