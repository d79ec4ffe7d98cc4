"""The receipt for funds that were added, as a PDF: no tax document, and without a number of ours (payments.md 9)."""

from typing import Any

from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _

from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.kit.money import currency_exponent
from commerce.payments.gateways import registry
from commerce.payments.models import Payment


def receipt_pdf(payment: Payment, *, locale: str) -> bytes:
    """What was received, when and how, in the language of its reader; made when it is asked for, and not kept."""
    assert payment.booked_at is not None
    with override(locale):
        texts = _texts(payment, locale)
    brand = brand_of_seller(texts["seller"]["name"])
    return render_pdf(texts, brand, at=payment.booked_at, template="receipt")


def _texts(payment: Payment, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    buyer = party_from_snapshot(buyer_snapshot(payment.client))
    adapter = registry.GATEWAY_CLASSES.get(payment.gateway)
    places, code = currency_exponent(payment.currency_id), payment.currency_id
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
            (_("Date"), document_text.format_day(str(payment.received_on))),
            (_("Payment method"), str(adapter.name if adapter else payment.gateway)),
            (_("Reference"), payment.transaction_id),
        ],
        "total": [_("Funds added"), document_text.format_amount(payment.amount, places, code)],
        "note": _(
            "This amount was added to your credit balance. This receipt isn't a tax invoice."
        ),
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }
