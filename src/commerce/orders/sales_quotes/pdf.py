"""A quote as a PDF: made when it is asked for, with the tax of that day, and not kept."""

from fractions import Fraction
from typing import Any

from django.utils.translation import get_language_bidi, override, pgettext
from django.utils.translation import gettext as _

from commerce.accounts.locale import effective_language
from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.billing.invoices.rules import PricedLine
from commerce.billing.tax.notices import tax_note_text
from commerce.kit import clock
from commerce.kit.money import currency_exponent
from commerce.orders.models import SalesQuote
from commerce.orders.quote import OrderQuote
from commerce.orders.sales_quotes.pricing import price_quote
from commerce.presentation.formats import (
    as_typed,
    format_quantity,
    format_tax_rate,
    from_the_left,
)
from commerce.site_settings.current import business_date


def quote_file_name(quote: SalesQuote) -> str:
    """The name of its file."""
    return (
        f"quote-{quote.number}.pdf"
        if quote.version == 1
        else (f"quote-{quote.number}-{quote.version}.pdf")
    )


def quote_pdf(quote: SalesQuote) -> bytes:
    """What it offers today, in the language of whom it is for."""
    locale = effective_language(quote.client.locale if quote.client else quote.locale)
    with override(locale):
        texts = _texts(quote, price_quote(quote), locale)
    return render_pdf(texts, brand_of_seller(texts["seller"]["name"]), at=clock.now())


def _texts(quote: SalesQuote, priced: OrderQuote, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    about = {"name": quote.name, "country": quote.country}
    buyer = party_from_snapshot(buyer_snapshot(quote.client) if quote.client else about)
    exponent, code = currency_exponent(quote.currency_id), quote.currency_id
    last_day = document_text.format_day(str(quote.valid_until))
    sent_on = business_date(quote.sent_at or clock.now())
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": pgettext("document", "Quote"),
        "number": quote.number,
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": pgettext("parties", "From"),
        "buyer_label": _("For"),
        "meta": [
            (_("Quote number"), str(quote)),
            (_("Date"), document_text.format_day(str(sent_on))),
            (_("Valid until"), last_day),
        ],
        "headline": (
            document_text.format_amount(priced.sums.total, exponent, code),
            _("Valid until %(day)s") % {"day": last_day},
        ),
        "columns": [
            _("Description"),
            _("Quantity"),
            _("Unit price"),
            _("Tax"),
            pgettext("before tax", "Amount"),
        ],
        "lines": [_line(row, exponent) for row in priced.priced_invoice.lines],
        "totals": _totals(priced, exponent, code),
        "remarks": [*_remarks(priced), *_renewals(priced, exponent, code)],
        "pay": None,
        "texts": [(_("Note"), quote.note)] if quote.note else [],
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def _line(row: PricedLine, exponent: int) -> list[str]:
    unit = Fraction(row.net * 1000, row.line.quantity_milli)
    tax = row.line.tax
    return [
        as_typed(row.line.description),
        format_quantity(row.line.quantity_milli),
        document_text.format_amount(int(unit), exponent) if unit.denominator == 1 else "",
        "–" if tax.category == "O" else from_the_left(format_tax_rate(tax.rate_milli)),
        document_text.format_amount(row.net, exponent),
    ]


def _totals(priced: OrderQuote, exponent: int, code: str) -> list[tuple[str, str, str]]:
    def row(label: str, amount: int, look: str = "plain") -> tuple[str, str, str]:
        return label, document_text.format_amount(amount, exponent, code), look

    rows = [row(_("Subtotal"), priced.priced_invoice.subtotal)]
    for group in priced.priced_invoice.groups:
        if group.tax.category != "O":
            values = {
                "name": group.tax.name or _("Tax"),
                "rate": from_the_left(format_tax_rate(group.tax.rate_milli)),
                "net": document_text.format_amount(group.net, exponent, code),
            }
            rows.append(row(_("%(name)s %(rate)s on %(net)s") % values, group.amount))
    rows.append(row(_("Total"), priced.sums.total, "due"))
    return rows


def _remarks(priced: OrderQuote) -> list[str]:
    notes = {group.tax.note for group in priced.priced_invoice.groups if group.tax.note}
    return [tax_note_text(note) for note in sorted(notes)]


def _renewals(priced: OrderQuote, exponent: int, code: str) -> list[str]:
    return [
        _("%(name)s renews at %(amount)s.")
        % {
            "name": renewal.name,
            "amount": document_text.format_amount(renewal.total, exponent, code),
        }
        for renewal in priced.renewals
    ]
