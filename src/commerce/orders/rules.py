"""States of carts and orders, and the sums of an order (billing.md 3, catalog-and-orders.md 5 and 8)."""

from dataclasses import dataclass
from enum import StrEnum

from commerce.billing.invoices.rules import InvoiceLineKind, PricedInvoice


class CartStatus(StrEnum):
    """What became of a cart."""

    OPEN = "open"
    ORDERED = "ordered"
    EXPIRED = "expired"
    MERGED = "merged"


class OrderStatus(StrEnum):
    """Where an order stands."""

    PENDING = "pending"
    ACTIVE = "active"
    FRAUD = "fraud"
    CANCELLED = "cancelled"


class QuoteStatus(StrEnum):
    """Where a quote of staff stands (invariants.md)."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class QuotedAct(StrEnum):
    """What a price quote is for."""

    ORDER = "order"
    PLAN_CHANGE = "plan_change"
    RENEWAL = "renewal"
    RESTORE = "restore"


ORDER_MOVES = {
    OrderStatus.PENDING: frozenset({OrderStatus.ACTIVE, OrderStatus.FRAUD, OrderStatus.CANCELLED}),
    # Active only if it was that before.
    OrderStatus.FRAUD: frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.ACTIVE}),
    OrderStatus.ACTIVE: frozenset({OrderStatus.FRAUD, OrderStatus.CANCELLED}),
}

QUOTE_MOVES = {
    QuoteStatus.DRAFT: frozenset({QuoteStatus.SENT}),
    QuoteStatus.SENT: frozenset({QuoteStatus.ACCEPTED, QuoteStatus.LAPSED, QuoteStatus.WITHDRAWN}),
}

CART_MOVES = {
    CartStatus.OPEN: frozenset({CartStatus.ORDERED, CartStatus.EXPIRED, CartStatus.MERGED})
}

QUOTE_DAYS = 14
"""For how many days a quote is valid unless staff choose another day."""
MAX_ORDER_ITEMS = 50
"""Of one cart, and so of one order."""
MAX_ORDER_UNITS = 1_000
"""Of one order, all items together: it is placed and paid in one transaction, for which others wait."""


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """What an order says: total = subtotal − discount + tax. With prices that include tax they are the net figures."""

    subtotal: int
    discount: int
    tax_amount: int
    total: int


def order_totals(priced: PricedInvoice) -> OrderTotals:
    """The sums of an order from the lines of its invoice, so that the two agree to the unit (M7)."""
    discount = -sum(row.net for row in priced.lines if row.line.kind == InvoiceLineKind.DISCOUNT)
    return OrderTotals(priced.subtotal + discount, discount, priced.tax, priced.total)
