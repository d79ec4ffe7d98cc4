"""Accepting a quote: who can, and what becomes of it once it is an order."""

from typing import Any

from commerce.accounts.models import Client, User
from commerce.audit.states import move
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.events import QuoteAccepted
from commerce.orders.models import Order, SalesQuote
from commerce.orders.rules import QUOTE_MOVES, QuoteStatus
from commerce.site_settings import current


def move_quote(quote: SalesQuote, to: QuoteStatus, ctx: Context, **changes: Any) -> None:
    """Move it along its table, which is audited."""
    move(
        quote,
        to,
        allowed=QUOTE_MOVES,
        ctx=ctx,
        client_id=quote.client_id,
        changed_at=ctx.at,
        **changes,
    )


def sent_blocked_reason(quote: SalesQuote, ctx: Context) -> StateConflict | None:
    """What is not sent, or was answered, is not open."""
    is_open = quote.status == QuoteStatus.SENT
    return None if is_open else StateConflict("sales_quote.not_open", is_moot=True)


def accept_blocked_reason(quote: SalesQuote, client: Client, ctx: Context) -> BusinessError | None:
    """Why a client cannot accept it, whatever it offers."""
    if reason := sent_blocked_reason(quote, ctx):
        return reason
    if quote.valid_until < current.business_date(ctx.at):
        return StateConflict("sales_quote.lapsed")
    if quote.client_id not in (None, client.pk):
        return StateConflict("sales_quote.of_other_client")
    if quote.currency_id != client.currency_code:
        return StateConflict("sales_quote.other_currency", currency=quote.currency_id)
    return None


def lock_accepted_quote(quote_id: int, client: Client, ctx: Context) -> SalesQuote:
    """A quote that a client accepts at this moment, under lock. Raises ``BusinessError`` if they cannot."""
    row = SalesQuote.objects.select_for_update(of=("self",)).get(pk=quote_id)
    if reason := accept_blocked_reason(row, client, ctx):
        raise reason
    return row


def mark_accepted(quote: SalesQuote, order: Order, user: User | None, ctx: Context) -> None:
    """It is this order. The caller has locked it."""
    if quote.client_id is None:
        quote.client, quote.name, quote.email = order.client, "", ""
        quote.country = quote.locale = ""
        quote.save(update_fields=["client", "name", "email", "country", "locale"])
    move_quote(quote, QuoteStatus.ACCEPTED, ctx, order=order, accepted_by=user, ended_at=ctx.at)
    publish(QuoteAccepted(quote.pk), at=ctx.at, client_id=quote.client_id)
