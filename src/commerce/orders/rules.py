"""States of orders; order lines, which are priced cart lines, and the lines of an invoice that each becomes.

billing.md 3, catalog-and-orders.md 5 and 8.

Amounts are minor units, before tax (with it, where prices include it). Discounts are positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from commerce.billing.invoices.rules import (
    OUTSIDE_SCOPE,
    DraftLine,
    InvoiceLineKind,
    LineTax,
    PricedInvoice,
)
from commerce.catalog.quote import DomainPrice, ProductPrice
from commerce.catalog.rules import OrderItemAction, ProductType
from commerce.kit.periods import BillingCycle


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


ORDER_MOVES = {
    OrderStatus.PENDING: frozenset({OrderStatus.ACTIVE, OrderStatus.FRAUD, OrderStatus.CANCELLED}),
    # Active only if it was that before.
    OrderStatus.FRAUD: frozenset({OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.ACTIVE}),
    OrderStatus.ACTIVE: frozenset({OrderStatus.FRAUD}),
}

CART_MOVES = {
    CartStatus.OPEN: frozenset({CartStatus.ORDERED, CartStatus.EXPIRED, CartStatus.MERGED})
}

MAX_ORDER_ITEMS = 50
"""Of one cart, and so of one order."""

CYCLE_TEXTS: Mapping[str, str] = {
    BillingCycle.MONTHLY: "monthly",
    BillingCycle.QUARTERLY: "quarterly",
    BillingCycle.SEMI_ANNUALLY: "semi-annually",
    BillingCycle.ANNUALLY: "annually",
    BillingCycle.BIENNIALLY: "every two years",
    BillingCycle.TRIENNIALLY: "every three years",
    BillingCycle.ONE_TIME: "one time",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOrderLine(ProductPrice):
    """Units of a product with their price, as orders and invoices name it, and how they are taxed."""

    product_name: str
    domain: str = ""
    price_reason: str = ""
    """Why staff agreed on another price than ``list_amount``; for staff alone."""
    tax: LineTax = OUTSIDE_SCOPE
    tax_kind: str = ""
    home_rate_milli: int = 0

    action: ClassVar[str] = OrderItemAction.PRODUCT
    whois_privacy: ClassVar[bool] = False

    def lines(self) -> list[DraftLine]:
        """The lines of the order's invoice: product, priced options, setup fee, discounts."""
        name, milli = self.product_name, self.qty * 1000
        text = f"{name}, {CYCLE_TEXTS[self.billing_cycle]}"
        if self.billing_cycle != BillingCycle.ONE_TIME:
            text += " (first period from activation)"
        if free := ", ".join(f"{o.name}: {o.value}" for o in self.options if not o.amount):
            text += f"; {free}"
        found = [self._line("item", text, self.base, milli)]
        found += [
            self._line("option", f"{name}: {option.name}, {option.value}", option.amount, milli)
            for option in self.options
            if option.amount
        ]
        if self.unit_setup_fee:
            found.append(self._line("setup", f"{name}: setup fee", self.unit_setup_fee, milli))
        if self.total_group_discount:
            found.append(
                self._line("discount", f"{name}: your discount", -self.total_group_discount)
            )
        if self.total_promo_discount:
            text = f"{name}: promo code {self.promo_code}"
            found.append(self._line("discount", text, -self.total_promo_discount))
        return found

    def shares(self, unit: int) -> list[int | None]:
        """What each of ``lines`` holds of one unit (from 0); None is a setup fee, which is for no period."""
        found: list[int | None] = [self.base]
        found += [option.amount for option in self.options if option.amount]
        if self.unit_setup_fee:
            found.append(None)
        if self.total_group_discount:
            found.append(self.group_discount)
        if self.total_promo_discount:
            found.append(self.promo_discounts[unit])
        return found

    def _line(self, kind: str, text: str, amount: int, milli: int = 1000) -> DraftLine:
        return _line(self, kind, text, amount, milli)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOrderLine(DomainPrice):
    """One domain name with its price, what its registrar is told, and how it is taxed; ``auth_code`` is sealed."""

    domain: str
    nameservers: tuple[str, ...] = ()
    has_own_nameservers: bool = False
    """Otherwise they are those of the server of a hosting service in the same order that uses the name, or ours."""
    whois_privacy: bool = False
    auto_renew: bool = True
    auth_code: str = ""
    registrant: tuple[tuple[str, str], ...] = ()
    extra_fields: tuple[tuple[str, str], ...] = ()
    price_reason: str = ""
    """As that of a product."""
    tax: LineTax = OUTSIDE_SCOPE
    home_rate_milli: int = 0

    tax_kind: ClassVar[str] = ProductType.DOMAIN
    product_id: ClassVar[None] = None

    @property
    def product_name(self) -> str:
        """As orders and invoices name it: "Domain registration" or "Domain transfer"."""
        return (
            "Domain transfer" if self.action == OrderItemAction.TRANSFER else "Domain registration"
        )

    def lines(self) -> list[DraftLine]:
        """The lines of the order's invoice: the name, and a discount."""
        years = "1 year" if self.years == 1 else f"{self.years} years"
        text = f"{self.product_name}: {self.domain} ({years})"
        found = [_line(self, "domain", text, self.unit_amount, self.qty * 1000)]
        if self.total_promo_discount:
            text = f"{self.domain}: promo code {self.promo_code}"
            found.append(_line(self, "discount", text, -self.total_promo_discount))
        return found


type OrderLine = ProductOrderLine | DomainOrderLine


def _line(item: OrderLine, kind: str, text: str, amount: int, milli: int = 1000) -> DraftLine:
    return DraftLine(
        text,
        amount,
        item.tax,
        milli,
        kind=kind,
        tax_kind=item.tax_kind,
        home_rate_milli=item.home_rate_milli,
    )


def invoice_lines(items: Sequence[OrderLine]) -> list[DraftLine]:
    """The lines of the order's invoice, in the order of the items."""
    return [line for item in items for line in item.lines()]


def unit_shares(items: Sequence[OrderLine]) -> list[list[list[list[int]]]]:
    """For each item, for each unit of a product: (position of a line, what it holds of this unit)."""
    found: list[list[list[list[int]]]] = []
    first = 1
    for item in items:
        units = []
        if isinstance(item, ProductOrderLine):
            units = [_positions(item.shares(unit), first) for unit in range(item.qty)]
        found.append(units)
        first += len(item.lines())
    return found


def _positions(amounts: Sequence[int | None], first: int) -> list[list[int]]:
    numbered = enumerate(amounts, start=first)
    return [[position, amount] for position, amount in numbered if amount is not None]


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
