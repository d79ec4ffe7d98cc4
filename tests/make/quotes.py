"""Quotes of staff: drafts, and what was sent."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.kit.context import SYSTEM, Context
from commerce.orders.cart_lines import CartLine, ProductCartLine
from commerce.orders.models import SalesQuote
from commerce.orders.sales_quotes.actions.drafts import (
    change_quote_draft,
    draft_quote_for_caller,
    draft_quote_for_client,
)
from commerce.orders.sales_quotes.actions.sending import send_quote
from tests.make.people import AT, make_client
from tests.make.records import make_currency, make_product

CTX = Context(AT, SYSTEM)
OF_SENT = {one: {"sent_at": AT} for one in ("sent", "accepted", "lapsed", "withdrawn")}
"""What a quote has beside each state."""
LAST_DAY = AT.date() + timedelta(days=14)


def make_caller_draft(**over: Any) -> SalesQuote:
    """An empty draft for Nora New, who is no client."""
    values = {"name": "Nora New", "email": "nora@example.com", "country": "DE", "locale": "en"}
    values["currency_code"] = make_currency("EUR").code
    return draft_quote_for_caller(**{**values, **over}, ctx=CTX)


def make_draft_quote(
    client: Client | None = None, *, lines: Sequence[CartLine] = (), promo_code: str | None = None
) -> SalesQuote:
    """A draft with a product, monthly, or with these lines."""
    quote = draft_quote_for_client(client=client or make_client(), ctx=CTX)
    plain = lines or [ProductCartLine(product_id=make_product().pk, billing_cycle="monthly")]
    change_quote_draft(quote=quote, lines=lambda _old: plain, promo_code=promo_code, ctx=CTX)
    quote.refresh_from_db()
    return quote


def make_quote(
    client: Client | None = None, *, valid_until: date = LAST_DAY, note: str = "", **over: Any
) -> SalesQuote:
    """A quote that was sent."""
    draft = make_draft_quote(client, **over)
    return send_quote(quote=draft, valid_until=valid_until, note=note, ctx=CTX)
