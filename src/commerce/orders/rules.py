"""States of orders, and how their items become lines of an invoice (billing.md 3, catalog-and-orders.md 5 and 8).

Amounts are minor units, before tax.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from commerce.billing.rules import OUTSIDE_SCOPE, Line, Tax

ORDER_MOVES = {
    "pending": frozenset({"active", "fraud", "cancelled"}),
    "fraud": frozenset({"pending", "cancelled", "active"}),  # active only if it was that before
    "active": frozenset({"fraud"}),
}

CYCLE_NAMES = {
    "monthly": "monthly",
    "quarterly": "quarterly",
    "semi_annually": "semi-annually",
    "annually": "annually",
    "biennially": "every two years",
    "triennially": "every three years",
    "one_time": "one time",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A chosen option of one unit; ``amount`` is its part of the price in this cycle."""

    name: str
    value: str
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductItem:
    """``qty`` units of a product. ``base``, ``setup_fee`` and the positive ``discount`` are those of one unit."""

    product_id: int
    product_name: str
    billing_cycle: str
    base: int
    qty: int = 1
    options: tuple[Option, ...] = ()
    setup_fee: int = 0
    discount: int = 0
    discount_name: str = ""
    discount_recurs: bool = False
    domain: str = ""
    tax: Tax = OUTSIDE_SCOPE

    @property
    def unit_amount(self) -> int:
        """Base and options: the price of one unit before discounts and without setup."""
        return self.base + sum(option.amount for option in self.options)

    @property
    def recurring(self) -> int:
        """What each renewal of one unit charges."""
        return self.unit_amount - (self.discount if self.discount_recurs else 0)

    @property
    def subtotal(self) -> int:
        """All units with their setup, before discounts."""
        return self.qty * (self.unit_amount + self.setup_fee)

    def lines(self) -> list[Line]:
        """The lines of the order's invoice: product, priced options, setup fee, discount."""
        name, milli = self.product_name, self.qty * 1000
        text = f"{name}, {CYCLE_NAMES[self.billing_cycle]}"
        if self.billing_cycle != "one_time":
            text += " (first period from activation)"
        free = ", ".join(f"{o.name}: {o.value}" for o in self.options if not o.amount)
        found = [Line(text + (f"; {free}" if free else ""), self.base, self.tax, milli)]
        found += [
            Line(f"{name}: {option.name}, {option.value}", option.amount, self.tax, milli)
            for option in self.options
            if option.amount
        ]
        if self.setup_fee:
            found.append(Line(f"{name}: setup fee", self.setup_fee, self.tax, milli))
        if self.discount:
            text = f"{name}: {self.discount_name or 'discount'}"
            found.append(Line(text, -self.discount * self.qty, self.tax))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainItem:
    """One domain name. ``unit_amount`` is the price of one year, ``renewal`` that of one year's renewal."""

    action: str
    domain: str
    unit_amount: int
    renewal: int
    years: int = 1
    nameservers: tuple[str, ...] = ()
    whois_privacy: bool = False
    auto_renew: bool = True
    tax: Tax = OUTSIDE_SCOPE

    billing_cycle = "annually"
    options: tuple[Option, ...] = ()
    setup_fee = 0
    discount = 0
    product_id = None

    @property
    def product_name(self) -> str:
        """As orders and invoices name it: "Domain registration" or "Domain transfer"."""
        return "Domain transfer" if self.action == "transfer" else "Domain registration"

    @property
    def qty(self) -> int:
        """Years of a registration; a transfer is one."""
        return 1 if self.action == "transfer" else self.years

    @property
    def subtotal(self) -> int:
        """All years."""
        return self.qty * self.unit_amount

    def lines(self) -> list[Line]:
        """The line of the order's invoice."""
        years = "1 year" if self.years == 1 else f"{self.years} years"
        text = f"{self.product_name}: {self.domain} ({years})"
        return [Line(text, self.unit_amount, self.tax, self.qty * 1000)]


type Item = ProductItem | DomainItem


def subtotal(items: Sequence[Item]) -> int:
    """Σ quantity × (list price + setup), before discounts."""
    return sum(item.subtotal for item in items)


def discount(items: Sequence[Item]) -> int:
    """Σ of all discounts, positive."""
    return sum(item.discount * item.qty for item in items)


def lines(items: Sequence[Item]) -> list[Line]:
    """The lines of the order's invoice, in the order of the items."""
    return [line for item in items for line in item.lines()]
