"""The instruction on withdrawal and the model form as a PDF, for the mail that confirms a contract."""

from typing import Any

from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _

from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.site_settings.current import business_date
from commerce.support.models import InstructionCopy

MAX_TITLE_LENGTH = 80


def withdrawal_attachment(copy_id: int) -> tuple[str, bytes]:
    """What went out with the confirmation of a contract, in its client's language."""
    copy = InstructionCopy.objects.select_related("client", "version").get(pk=copy_id)
    locale = copy.version.locale
    with override(locale):
        texts = _texts(copy, locale)
    brand = brand_of_seller(texts["seller"]["name"])
    return "withdrawal.pdf", render_pdf(texts, brand, at=copy.at, template="withdrawal")


def _texts(copy: InstructionCopy, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    buyer = party_from_snapshot(buyer_snapshot(copy.client))
    paragraphs = [part.strip() for part in copy.text.split("\n\n") if part.strip()]
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": _("Right of withdrawal"),
        "number": "",
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": _("From"),
        "buyer_label": _("For"),
        "meta": [(_("Date"), document_text.format_day(str(business_date(copy.at))))],
        "parts": [{"text": part, "is_title": is_title(part)} for part in paragraphs],
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def is_title(paragraph: str) -> bool:
    """Whether a paragraph of a text without markup is a heading: a short line that ends with a letter."""
    return "\n" not in paragraph and len(paragraph) <= MAX_TITLE_LENGTH and paragraph[-1].isalpha()
