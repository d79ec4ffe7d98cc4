"""A statement of account as a PDF, made when it is asked for and not kept."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language_bidi, override, pgettext
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.billing.documents import document_text
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.billing.invoices.statement import (
    CurrencyStatement,
    StatementLedger,
    account_statement,
)
from commerce.kit.errors import BusinessError
from commerce.kit.money import currency_exponent
from commerce.site_settings import current


def statement_pdf(
    client: Client, *, first: date | None, last: date | None, at: datetime, locale: str
) -> bytes:
    """What the client owed and had, in the language of its reader; an open end is today. Raises ``BusinessError``."""
    today = current.business_date(at)
    until = min(last or today, today)
    if first is not None and first > until:
        raise BusinessError("statement_of_account.day_in_future", field="first")
    with override(locale):
        words = _words(client, account_statement(client, first, until), first, until, locale)
    return render_pdf(words, brand_of_seller(words["seller"]["name"]), at=at, template="statement")


def _words(
    client: Client, blocks: list[CurrencyStatement], first: date | None, last: date, locale: str
) -> dict[str, Any]:
    seller, buyer = (
        party_from_snapshot(seller_snapshot()),
        party_from_snapshot(buyer_snapshot(client)),
    )
    span = [(_("Start date"), document_text.format_day(str(first)))] if first else []
    span.append((_("End date"), document_text.format_day(str(last))))
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": _("Account statement"),
        "number": " – ".join(text for _label, text in span),
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": pgettext("parties", "From"),
        "buyer_label": pgettext("parties", "Account"),
        "meta": span,
        "columns": [_("Date"), _("Type"), _("Number"), _("Amount"), _("Balance")],
        "blocks": [table for block in blocks for table in _tables(block)],
        "nothing": _("No transactions up to this date."),
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def _tables(block: CurrencyStatement) -> list[dict[str, Any]]:
    """What is left to pay always, and the credit where there is any."""
    values = {"currency": block.currency}
    title = _("Invoices (%(currency)s)") % values
    owed = _table(block.owed, block.currency, title, _("Amount due"))
    if block.credit.is_empty:
        return [owed]
    title = _("Credit balance (%(currency)s)") % values
    return [owed, _table(block.credit, block.currency, title, _("Credit balance"))]


def _table(ledger: StatementLedger, currency: str, title: str, closing: str) -> dict[str, Any]:
    places = currency_exponent(currency)
    return {
        "title": title,
        "opening": [_("Opening balance"), document_text.format_amount(ledger.opening, places)],
        "rows": [
            [
                document_text.format_day(str(row.day)),
                row.label,
                row.number,
                document_text.format_amount(row.amount, places),
                document_text.format_amount(balance, places),
            ]
            for row, balance in ledger.rows
        ],
        "closing": [closing, document_text.format_amount(ledger.closing, places, currency)],
    }
