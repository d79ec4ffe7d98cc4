"""A statement of account as a PDF, made when it is asked for and not kept."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.accounts.models import Client
from commerce.billing import parties
from commerce.billing.documents import words as said
from commerce.billing.documents.look import brand_of
from commerce.billing.documents.pdf import pdf
from commerce.billing.documents.reading import party_of
from commerce.billing.statements import Block, Ledger, statement
from commerce.kit.errors import Refused
from commerce.kit.money import exponent
from commerce.preferences import current


def statement_pdf(
    client: Client, *, first: date | None, last: date | None, at: datetime, locale: str
) -> bytes:
    """What the client owed and had, in the language of its reader; an open end is today. Raises ``Refused``."""
    today = current.business_date(at)
    until = min(last or today, today)
    if first is not None and first > until:
        raise Refused(_("This day has not come yet."), field="first")
    with override(locale):
        words = _words(client, statement(client, first, until), first, until, locale)
    return pdf(words, brand_of(words["seller"]["name"]), at=at, paper="statement")


def _words(
    client: Client, blocks: list[Block], first: date | None, last: date, locale: str
) -> dict[str, Any]:
    seller, buyer = party_of(parties.seller()), party_of(parties.buyer(client))
    span = [(_("First day"), said.day_words(str(first)))] if first else []
    span.append((_("Last day"), said.day_words(str(last))))
    return {
        "lang": locale.partition("-")[0],
        "title": _("Statement of account"),
        "number": " – ".join(text for _label, text in span),
        "seller": said.party_words(seller, said.seller_numbers(seller)),
        "buyer": said.party_words(buyer, said.buyer_numbers(buyer)),
        "from_label": _("From"),
        "buyer_label": _("For"),
        "meta": span,
        "columns": [_("Date"), _("What"), _("Number"), _("Amount"), _("Balance")],
        "blocks": [table for block in blocks for table in _tables(block)],
        "nothing": _("Nothing was invoiced, paid or credited until then."),
        "foot": [said.foot_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def _tables(block: Block) -> list[dict[str, Any]]:
    """What is left to pay always, and the credit where there is any."""
    owed = _table(
        block.owed, block.currency, _("Invoices in %s") % block.currency, _("Left to pay")
    )
    if block.credit.is_empty:
        return [owed]
    title = _("Credit in %s") % block.currency
    return [owed, _table(block.credit, block.currency, title, _("Your credit"))]


def _table(ledger: Ledger, currency: str, title: str, closing: str) -> dict[str, Any]:
    places = exponent(currency)
    return {
        "title": title,
        "opening": [_("Brought forward"), said.money(ledger.opening, places)],
        "rows": [
            [
                said.day_words(str(move.day)),
                move.what,
                move.number,
                said.money(move.amount, places),
                said.money(balance, places),
            ]
            for move, balance in ledger.moves
        ],
        "closing": [closing, said.money(ledger.closing, places, currency)],
    }
