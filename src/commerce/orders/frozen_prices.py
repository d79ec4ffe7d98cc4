"""What a line cost when it was quoted: its net price and discounts, which an order by that quote keeps (decision 147).

Neither tax nor whether it is sold at all is among them: those are judged when it is ordered.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from commerce.catalog.quote import ChosenOption
from commerce.orders.order_lines import DomainOrderLine, OrderLine

type FrozenPrice = Mapping[str, Any]
"""Amounts of one line, as JSON keeps them."""

_OF_PRODUCT = ("base", "setup_fee", "is_group_price", "options")
_OF_NAME = ("unit_amount", "renewal", "years")
_DISCOUNTS = ("group_discount", "promo_discounts", "promo_code", "promo_recurs")
_OF_STAFF = ("list_amount", "price_reason", "discount_reason")


def frozen_price(line: OrderLine) -> FrozenPrice:
    """What is kept of a priced line."""
    own = _OF_NAME if isinstance(line, DomainOrderLine) else _OF_PRODUCT
    every = asdict(line)
    return {name: every[name] for name in (*own, *_DISCOUNTS, *_OF_STAFF)}


def at_frozen_price(line: OrderLine, price: FrozenPrice) -> OrderLine:
    """The line at the price and with the discounts that were kept of it."""
    values = dict(price) | {"promo_discounts": tuple(price["promo_discounts"])}
    if "options" in price:
        values["options"] = tuple(ChosenOption(**one) for one in price["options"])
    return replace(line, **values)
