"""Emails about quotes (notifications.md 3): to whom it is for, and to staff when it was answered."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commerce.accounts.locale import effective_language
from commerce.accounts.recipients import client_variables, send_client_email, send_staff_email
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce
from commerce.orders.events import QuoteAccepted, QuoteSent
from commerce.orders.models import SalesQuote
from commerce.orders.sales_quotes.links import quote_url
from commerce.orders.sales_quotes.pricing import price_quote


def _quote(quote_id: int) -> SalesQuote:
    return SalesQuote.objects.select_related("client__group", "order").get(pk=quote_id)


@at_event_time
def send_quote_email(event: QuoteSent, ctx: Context) -> None:
    """A quote with its link, to those of a client who read its bills, or to the caller."""
    quote = _quote(event.quote_id)
    locale = effective_language(quote.client.locale if quote.client else quote.locale)
    with override(locale):
        values = _values(quote)
    if quote.client is not None:
        send_client_email(
            client=quote.client,
            event="quote_sent",
            idempotency_key=f"{quote.pk}",
            values=values,
            at=ctx.at,
            about=("sales_quote", quote.pk),
        )
        return
    announce(
        event="quote_sent",
        idempotency_key=f"{quote.pk}",
        to=[Recipient(quote.email, name=quote.name, locale=locale)],
        values={**client_variables(None), "client_name": quote.name, **values},
        at=ctx.at,
        about=("sales_quote", quote.pk),
    )


def _values(quote: SalesQuote) -> dict[str, Any]:
    priced, code = price_quote(quote), quote.currency_id
    rows = [(_("Tax"), priced.priced_invoice.tax)] if priced.priced_invoice.tax else []
    rows.append((_("Total"), priced.sums.total))
    return {
        "quote_number": quote.number,
        "items": [
            {"description": row.line.description, "amount": Money(row.net, code)}
            for row in priced.priced_invoice.lines
        ],
        "sums": [{"description": text, "amount": Money(amount, code)} for text, amount in rows],
        "total": Money(priced.sums.total, code),
        "valid_until": quote.valid_until,
        "note": quote.note,
        "quote_url": quote_url(quote),
    }


@at_event_time
def send_quote_accepted_email(event: QuoteAccepted, ctx: Context) -> None:
    """To staff: it is an order."""
    quote = _quote(event.quote_id)
    assert quote.order is not None  # what was accepted is
    send_staff_email(
        event="quote_accepted",
        idempotency_key=f"{quote.pk}",
        page=f"orders/{quote.order.pk}",
        client=quote.client,
        values={
            "quote_number": quote.number,
            "order_number": quote.order.number,
            "total": Money(quote.order.total, quote.currency_id),
        },
        at=ctx.at,
        about=("sales_quote", quote.pk),
    )


def send_quote_not_honored_email(*, quote: SalesQuote, reason: str, at: datetime) -> None:
    """To staff, once a day for each quote: somebody wanted to accept it, and something of it cannot be ordered."""
    send_staff_email(
        event="quote_not_honored",
        idempotency_key=f"{quote.pk} {at.date().isoformat()}",
        page=f"quotes/{quote.pk}",
        client=quote.client,
        values={"quote_number": quote.number, "reason": reason},
        at=at,
        about=("sales_quote", quote.pk),
    )
