"""States of orders, and how their items become lines of an invoice (billing.md 3, catalog-and-orders.md 5 and 8).

Amounts are minor units, before tax (with it, where prices include it). Discounts are positive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from commerce.billing.invoices.rules import (
    OUTSIDE_SCOPE,
    DraftLine,
    InvoiceLineKind,
    LineTax,
    PricedInvoice,
)
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


@dataclass(frozen=True, slots=True)
class OrderOption:
    """A chosen option of one unit; ``amount`` is its part of the price in this cycle."""

    name: str
    value: str
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOrderLine:
    """``qty`` units of a product. ``base``, ``setup_fee`` (with options) and ``group_discount`` are those of one unit.

    ``promo_discounts`` are those of each unit; under a fixed code they may differ by one minor unit.
    """

    product_id: int
    product_name: str
    billing_cycle: str
    base: int
    qty: int = 1
    options: tuple[OrderOption, ...] = ()
    setup_fee: int = 0
    group_discount: int = 0
    promo_discounts: tuple[int, ...] = ()
    promo_code: str = ""
    promo_recurs: bool = False
    domain: str = ""
    list_amount: int | None = None
    """What the catalogue says for one unit, where staff agreed on another price because of ``price_reason``."""
    price_reason: str = ""
    tax: LineTax = OUTSIDE_SCOPE
    tax_kind: str = ""
    home_rate_milli: int = 0

    action = OrderItemAction.PRODUCT

    @property
    def unit_amount(self) -> int:
        """Base and options: the price of one unit before discounts and without setup."""
        return self.base + sum(option.amount for option in self.options)

    @property
    def total_group_discount(self) -> int:
        """The group discount of all units."""
        return self.group_discount * self.qty

    @property
    def total_promo_discount(self) -> int:
        """The promo discount of all units."""
        return sum(self.promo_discounts)

    @property
    def subtotal(self) -> int:
        """All units with their setup, before discounts."""
        return self.qty * (self.unit_amount + self.setup_fee)

    def parts(self, unit: int) -> dict[str, Any]:
        """What each renewal of a unit (from 0) is made of, beside its options: ``Service.parts``."""
        off = self.promo_discounts[unit] if self.promo_recurs and self.promo_discounts else 0
        return {
            "base": self.base,
            "group_discount": self.group_discount,
            "promo_discount": off,
            "promo_code": self.promo_code if off else "",
            **({} if self.list_amount is None else {"agreed": True}),
        }

    def recurring(self, unit: int = 0) -> int:
        """What each renewal of a unit charges."""
        return self.unit_amount - self.group_discount - int(self.parts(unit)["promo_discount"])

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
        if self.setup_fee:
            found.append(self._line("setup", f"{name}: setup fee", self.setup_fee, milli))
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
        if self.setup_fee:
            found.append(None)
        if self.total_group_discount:
            found.append(self.group_discount)
        if self.total_promo_discount:
            found.append(self.promo_discounts[unit])
        return found

    def _line(self, kind: str, text: str, amount: int, milli: int = 1000) -> DraftLine:
        return _line(self, kind, text, amount, milli)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOrderLine:
    """One domain name. ``unit_amount`` is the price of one year (of the whole, for a transfer), ``renewal`` that of one
    year's renewal. What the registrar is told goes with it; ``auth_code`` is sealed.
    """

    action: str
    domain: str
    unit_amount: int
    renewal: int
    years: int = 1
    nameservers: tuple[str, ...] = ()
    has_own_nameservers: bool = False
    """Otherwise they are those of the server of a hosting service in the same order that uses the name, or ours."""
    whois_privacy: bool = False
    auto_renew: bool = True
    auth_code: str = ""
    registrant: tuple[tuple[str, str], ...] = ()
    extra_fields: tuple[tuple[str, str], ...] = ()
    total_promo_discount: int = 0
    promo_code: str = ""
    list_amount: int | None = None
    """As that of a product, for one year (for all, of a transfer)."""
    price_reason: str = ""
    tax: LineTax = OUTSIDE_SCOPE
    tax_kind: str = ProductType.DOMAIN
    home_rate_milli: int = 0

    billing_cycle = BillingCycle.ANNUALLY
    options: tuple[OrderOption, ...] = ()
    setup_fee = 0
    total_group_discount = 0
    product_id = None

    @property
    def product_name(self) -> str:
        """As orders and invoices name it: "Domain registration" or "Domain transfer"."""
        return (
            "Domain transfer" if self.action == OrderItemAction.TRANSFER else "Domain registration"
        )

    @property
    def qty(self) -> int:
        """Years of a registration; a transfer is one."""
        return 1 if self.action == OrderItemAction.TRANSFER else self.years

    @property
    def subtotal(self) -> int:
        """All years."""
        return self.qty * self.unit_amount

    def recurring(self, unit: int = 0) -> int:
        """What a renewal of the whole term charges; no discount stays with a name (domains.md 1)."""
        del unit
        return self.renewal * self.years

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
