"""Price quotes: what an order would cost, kept for a while, and ordered at that price (client-api-v2.md 4)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import InvoiceLineKind
from commerce.db.retention import delete_in_bites
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import BillingCycle
from commerce.orders.actions.creation import OrderRequest
from commerce.orders.actions.placing import (
    PlacedOrder,
    ShownTotal,
    check_quote,
    place_program_order,
)
from commerce.orders.actions.placing_checks import check_holders
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.frozen_prices import frozen_price
from commerce.orders.models import PriceQuote
from commerce.orders.quote import OrderQuote, quote_order
from commerce.site_settings import current
from commerce.support.consumers.queries import is_consumer

QUOTE_LASTS = timedelta(minutes=15)

_ENDING = {
    "product.not_sold",
    "product.not_offered",
    "option.not_of_product",
    "option.value_not_offered",
    "option.not_ticked",
    "option.number_out_of_range",
    "tld.not_in_currency",
    "tld.years_not_offered",
    "tld.no_privacy",
    "domain.tld_not_sold",
    "promo_code.not_valid",
    "promo_code.not_begun",
    "promo_code.ended",
    "promo_code.not_for_this_cart",
    "promo_code.not_in_currency",
}
"""Refusals of an order that mean that what was quoted is not on sale any more."""


@transaction.atomic
def make_price_quote(
    *, client: Client, cart_lines: Sequence[CartLine], promo_code: str, ctx: Context
) -> PriceQuote:
    """Price what a client would order, and keep the price. Raises ``BusinessError`` for what cannot be ordered."""
    quote = quote_order(
        cart_lines,
        currency_code=client.currency_code,
        on=current.business_date(ctx.at),
        client=client,
        promo_code=promo_code,
    )
    check_quote(quote, None)
    check_holders(cart_lines, quote.currency_code, of_all=True)
    return store_price_quote(
        client=client,
        currency_id=quote.currency_code,
        promo_code=quote.promo.code if quote.promo else "",
        cart_lines=[asdict(line) for line in cart_lines],
        frozen_prices=[frozen_price(line) for line in quote.order_lines],
        total=quote.sums.total,
        answer=_answer(quote, client),
        ctx=ctx,
    )


def store_price_quote(*, answer: Mapping[str, Any], ctx: Context, **columns: Any) -> PriceQuote:
    """The row of a quote, with what the program is told."""
    return PriceQuote.objects.create(
        key=ids.random_key(),
        answer=json.dumps(answer, default=str),
        created_at=ctx.at,
        expires_at=ctx.at + QUOTE_LASTS,
        **columns,
    )


def check_quote_stands(quote: PriceQuote, currency_code: str, at: datetime) -> None:
    """Raises ``StateConflict`` for one that is over, or of a client that pays in another currency by now."""
    if quote.expires_at <= at:
        raise StateConflict("quote.expired")
    if quote.currency_id != currency_code:
        raise StateConflict("quote.ended")


def quoted_lines(quote: PriceQuote) -> list[CartLine]:
    """What a quote is for."""
    return [
        msgspec.convert(one, DomainCartLine)
        if "action" in one
        else msgspec.convert(one, ProductCartLine)
        for one in quote.cart_lines
    ]


@transaction.atomic
def place_quoted_order(
    *, quote: PriceQuote, request: OrderRequest, terms_accepted: bool, begin_at_once: bool
) -> PlacedOrder:
    """Order at a quote's net prices and discounts; all else is judged now.

    Raises ``StateConflict`` if it is over or what it quoted is no longer on sale, ``PriceChangedError`` if tax makes it
    another total, and otherwise as ``place_program_order``.
    """
    check_quote_stands(quote, request.client.currency_code, request.ctx.at)
    shown = ShownTotal(quote.total, terms_accepted=terms_accepted, begins_at_once=begin_at_once)
    try:
        return place_program_order(
            request=request,
            cart_lines=quoted_lines(quote),
            shown=shown,
            frozen_prices=quote.frozen_prices,
        )
    except BusinessError as error:
        if error.code in _ENDING:
            raise StateConflict("quote.ended") from error
        raise


def delete_old_price_quotes(*, before: datetime) -> None:
    """Forget quotes that expired before an instant, with whom names were to be registered for."""
    delete_in_bites(PriceQuote.objects.filter(expires_at__lt=before))


def _answer(quote: OrderQuote, client: Client) -> Mapping[str, Any]:
    """What the program is told, in minor units."""
    sums = quote.sums
    needs = {"terms": bool(current.get_setting("orders.terms_url"))} | begin_needs(client)
    return {
        "lines": [*_lines(quote)],
        "subtotal": sums.subtotal,
        "discount": sums.discount,
        "tax_amount": sums.tax_amount,
        "recurring": [*_recurring(quote)],
        "needs": [name for name, is_needed in needs.items() if is_needed],
    }


def begin_needs(client: Client) -> dict[str, bool]:
    """Whether a client has to ask that what they buy begins at once."""
    return {"begin_at_once": is_consumer(client)}


def _lines(quote: OrderQuote) -> Iterator[Mapping[str, Any]]:
    priced = iter(quote.priced_invoice.lines)
    for number, (entry, line) in enumerate(
        zip(quote.entries, quote.order_lines, strict=True), start=1
    ):
        rows = [next(priced) for _ in line.lines()]
        discount = -sum(row.net for row in rows if row.line.kind == InvoiceLineKind.DISCOUNT)
        net, tax = sum(row.net for row in rows), sum(row.tax for row in rows)
        yield {
            "item": number,
            "action": line.action,
            "name": entry.name,
            "quantity": line.qty,
            "subtotal": net + discount,
            "discount": discount,
            "tax_amount": tax,
            "total": net + tax,
        }


def _recurring(quote: OrderQuote) -> Iterator[Mapping[str, Any]]:
    numbers = [
        number
        for number, line in enumerate(quote.order_lines, start=1)
        if line.billing_cycle != BillingCycle.ONE_TIME
    ]
    for number, renewal in zip(numbers, quote.renewals, strict=True):
        yield {
            "item": number,
            "name": renewal.name,
            "billing_cycle": renewal.billing_cycle,
            "years": renewal.years or None,
            "first_on": renewal.first_on,
            "total": renewal.total,
        }
