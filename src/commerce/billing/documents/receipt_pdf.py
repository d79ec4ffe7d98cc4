"""The receipt for a payment as a PDF: no tax document, and without a number of ours (payments.md 2 and 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language_bidi, override, pgettext
from django.utils.translation import gettext as _

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client
from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.billing.models import Invoice
from commerce.kit.money import Money, currency_exponent
from commerce.presentation.labels import Text


@dataclass(frozen=True, slots=True)
class PaidPart:
    """What a part of a payment is for: an invoice, the request of a plan change (its reference), or else credit."""

    amount: int
    invoice: Invoice | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """What a receipt says was received: from whom, how much, when, how, and for what; the parts add up."""

    client: Client
    amount: Money
    received_on: date
    booked_at: datetime
    method: Text
    reference: str
    parts: Sequence[PaidPart]


def receipt_pdf(payment: ReceivedPayment) -> bytes:
    """What was received, in the client's language."""
    locale = effective_language(payment.client.locale)
    with override(locale):
        texts = _texts(payment, locale)
    brand = brand_of_seller(texts["seller"]["name"])
    return render_pdf(texts, brand, at=payment.booked_at, template="receipt")


def _texts(payment: ReceivedPayment, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    buyer = party_from_snapshot(buyer_snapshot(payment.client))
    code = payment.amount.currency
    exponent = currency_exponent(code)
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": _("Receipt"),
        "number": "",
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": pgettext("parties", "From"),
        "buyer_label": pgettext("parties", "Account"),
        "meta": [
            (_("Date paid"), document_text.format_day(str(payment.received_on))),
            (_("Payment method"), str(payment.method)),
            (_("Payment number"), payment.reference),
        ],
        "columns": [_("Paid for"), _("Amount")],
        "rows": [
            (*_words(part), document_text.format_amount(part.amount, exponent, code))
            for part in payment.parts
        ],
        "total": [
            _("Amount paid"),
            document_text.format_amount(payment.amount.amount, exponent, code),
        ],
        "note": _("We received this payment. This receipt isn't a tax invoice."),
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def _words(part: PaidPart) -> tuple[str, str]:
    """What a part is for, and a smaller line under it."""
    if part.invoice is not None:
        day = document_text.format_day(str(part.invoice.issue_date))
        number = {"number": part.invoice.number}
        return _("Invoice %(number)s") % number, _("Issued %(day)s") % {"day": day}
    if part.request:
        reference = {"reference": part.request}
        return _("Plan change"), _("Payment reference %(reference)s") % reference
    return _("Added to your credit balance"), ""
