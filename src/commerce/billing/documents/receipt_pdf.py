"""The receipt for funds that were added, as a PDF: no tax document, and without a number of ours (payments.md 9)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.kit.money import Money, currency_exponent


@dataclass(frozen=True, slots=True)
class ReceivedFunds:
    """What a receipt says was received: from whom, how much, when and how."""

    client: Client
    amount: Money
    received_on: date
    booked_at: datetime
    method: str
    reference: str


def receipt_pdf(funds: ReceivedFunds, *, locale: str) -> bytes:
    """What was received, in the language of its reader; made when it is asked for, and not kept."""
    with override(locale):
        texts = _texts(funds, locale)
    brand = brand_of_seller(texts["seller"]["name"])
    return render_pdf(texts, brand, at=funds.booked_at, template="receipt")


def _texts(funds: ReceivedFunds, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    buyer = party_from_snapshot(buyer_snapshot(funds.client))
    amount, code = funds.amount.amount, funds.amount.currency
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": _("Receipt"),
        "number": "",
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": _("From"),
        "buyer_label": _("Account"),
        "meta": [
            (_("Date"), document_text.format_day(str(funds.received_on))),
            (_("Payment method"), funds.method),
            (_("Reference"), funds.reference),
        ],
        "total": [
            _("Funds added"),
            document_text.format_amount(amount, currency_exponent(code), code),
        ],
        "note": _(
            "This amount was added to your credit balance. This receipt isn't a tax invoice."
        ),
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }
