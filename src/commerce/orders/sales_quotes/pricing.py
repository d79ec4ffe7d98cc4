"""What a quote costs: a draft at the prices of today, one that was sent at its own, both with the tax of today."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec

from commerce.kit import clock
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.models import SalesQuote
from commerce.orders.quote import OrderQuote, quote_order
from commerce.orders.rules import QuoteStatus
from commerce.site_settings import current


def lines_of_quote(quote: SalesQuote) -> list[CartLine]:
    """What it offers."""
    return [cart_line_of_json(one) for one in quote.cart_lines]


def cart_line_of_json(kept: Mapping[str, Any]) -> CartLine:
    """A line as a quote keeps it."""
    if "action" in kept:
        return msgspec.convert(kept, DomainCartLine)
    return msgspec.convert(kept, ProductCartLine)


def kept_lines(lines: Sequence[CartLine]) -> list[dict[str, Any]]:
    """Lines as a quote keeps them."""
    return [asdict(line) for line in lines]


def price_quote(quote: SalesQuote, lines: Sequence[CartLine] | None = None) -> OrderQuote:
    """What it costs today: whom it is for pays their own tax. ``lines``: in place of those that it has.

    What was sent has its net prices and discounts; a line that cannot be ordered any more has a ``problem``.
    """
    is_draft = quote.status == QuoteStatus.DRAFT
    return quote_order(
        lines_of_quote(quote) if lines is None else lines,
        currency_code=quote.currency_id,
        on=current.business_date(clock.now()),
        client=quote.client,
        country=quote.country,
        promo_code=quote.promo_code if is_draft else "",
        frozen_prices=() if is_draft else quote.frozen_prices,
    )
