"""Prices that staff and a client agreed on, in place of the catalogue's (catalog-and-orders.md 8)."""

from dataclasses import replace

from commerce.audit.reasons import require_reason
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_line
from commerce.orders.cart_lines import PriceOverride

MAX_UNIT_AMOUNT = 10**12
"""Minor units of one unit: an order's total stays far within what the database keeps."""


def validate_price_override(override: PriceOverride) -> PriceOverride:
    """The price with its reason as it is kept. Raises ``BusinessError`` unless both can be."""
    if override.amount < 0:
        raise BusinessError("price_override.negative", field="price")
    if override.amount > MAX_UNIT_AMOUNT:
        raise BusinessError("price_override.too_large", field="price")
    return replace(override, reason=require_reason(clean_line(override.reason)))
