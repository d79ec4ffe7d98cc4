"""What a line costs before tax: the one arithmetic behind cart, order, plan change and re-price.

Steps 1 to 9 of catalog-and-orders.md 5, and domains.md 3. Values in, values out: ``queries`` and ``promo_checks`` read
the rows. Amounts are minor units of one currency, before tax (with it, where prices include it); percentages are basis
points (2000 is 20 %). All discounts are positive numbers that are taken off.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, ClassVar, Self

from commerce.catalog.rules import OrderItemAction
from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up
from commerce.kit.periods import BillingCycle

PRICE_OVERRIDE = "agreed"
"""The key of ``price_parts`` that says that staff agreed on the price: it is not the catalog's."""


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """A chosen option of one unit, with what it adds to the price in the line's cycle, and once at setup."""

    name: str
    value: str
    amount: int = 0
    setup_fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePrice(ABC):
    """What a product and a domain name have in common; a name has no options and no percentage of a group."""

    options: tuple[ChosenOption, ...] = ()
    list_amount: int | None = None
    """What the catalog says for one unit, where staff agreed on another price with the client."""
    group_discount: int = 0
    """Of one unit."""
    promo_discounts: tuple[int, ...] = ()
    """Of each unit; under a fixed code they may differ by one minor unit. Empty without a code that applies."""
    promo_code: str = ""
    promo_recurs: bool = False
    own_discount: "PromoDiscount | None" = None
    """What staff take off this line alone, after the group's percentage; no promo code applies to it then."""

    @property
    @abstractmethod
    def discountable(self) -> tuple[int, ...]:
        """Step 3: what each unit costs before discounts and without setup."""

    @property
    def after_group_discount(self) -> tuple[int, ...]:
        """Of each unit: what a promo code takes its discount from."""
        return tuple(amount - self.group_discount for amount in self.discountable)

    @property
    def total_group_discount(self) -> int:
        """Of all units: the invoice shows it as one line of quantity 1."""
        return self.group_discount * len(self.discountable)

    @property
    def total_promo_discount(self) -> int:
        """As that of the group."""
        return sum(self.promo_discounts)

    def options_to_keep(self) -> list[dict[str, Any]]:
        """The options as a service and an order item keep them."""
        return [{"name": o.name, "value": o.value, "amount": o.amount} for o in self.options]

    def with_group_discount(self, percent: int) -> Self:
        """Steps 4 and 5: less the percentage of the client's group, where one applies."""
        del percent
        return self

    def with_own_discount(self) -> Self:
        """Less what staff take off: ``promo_discounts`` without a code."""
        if self.own_discount is None:
            return self
        shares = _promo_discounts(self.own_discount, self.after_group_discount)
        return self.with_promo(self.own_discount, [*shares])

    def with_promo(self, promo: "PromoDiscount", discounts: Sequence[int]) -> Self:
        """Steps 6 and 7: less what the code takes off each unit."""
        return replace(
            self,
            promo_discounts=tuple(discounts),
            promo_code=promo.code,
            promo_recurs=promo.recurring,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPrice(LinePrice):
    """``qty`` equal units of a product. ``base`` and ``setup_fee`` are those of one unit without its options (step 1).

    ``is_group_price``: they are prices of the client's group, on which its percentage does not come on top.
    """

    product_id: int
    billing_cycle: str
    base: int
    setup_fee: int = 0
    qty: int = 1
    is_group_price: bool = False

    @property
    def unit_amount(self) -> int:
        """Base and options of one unit, before discounts and without setup."""
        return self.base + sum(option.amount for option in self.options)

    @property
    def unit_setup_fee(self) -> int:
        """Step 2: setup fees of one unit with its options, charged once and never discounted."""
        return self.setup_fee + sum(option.setup_fee for option in self.options)

    @property
    def discountable(self) -> tuple[int, ...]:
        """Each of the ``qty`` units."""
        return (self.unit_amount,) * self.qty

    @property
    def subtotal(self) -> int:
        """All units with their setup, before discounts."""
        return self.qty * (self.unit_amount + self.unit_setup_fee)

    def recurring(self, unit: int = 0) -> int:
        """Step 9: what each renewal of a unit (from 0) charges."""
        return self.unit_amount - self.group_discount - self._recurring_promo(unit)

    def price_parts(self, unit: int = 0) -> dict[str, Any]:
        """What ``recurring`` is made of, for ``Service.price_parts``; the options are kept beside it.

        ``base`` + options − ``group_discount`` − ``promo_discount`` = ``recurring``.
        """
        promo = self._recurring_promo(unit)
        return {
            "base": self.base,
            "group_discount": self.group_discount,
            "promo_discount": promo,
            "promo_code": self.promo_code if promo else "",
            **({} if self.list_amount is None else {PRICE_OVERRIDE: True}),
        }

    def with_agreed_price(self, amount: int) -> Self:
        """The line at an agreed price of one unit, options included; the group's percentage is not taken off."""
        included = tuple(replace(option, amount=0) for option in self.options)
        return replace(
            self, base=amount, options=included, is_group_price=True, list_amount=self.unit_amount
        )

    def with_group_discount(self, percent: int) -> Self:
        """Steps 4 and 5: less the percentage, unless the price is the group's own."""
        if self.is_group_price:
            return self
        off = round_half_up(Fraction(self.unit_amount * percent, 10_000))
        return replace(self, group_discount=off)

    def _recurring_promo(self, unit: int) -> int:
        return self.promo_discounts[unit] if self.promo_recurs and self.promo_discounts else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPrice(LinePrice):
    """One name. ``unit_amount`` and ``list_amount`` are prices of one year for a registration, and of all for a
    transfer.

    ``renewal`` is the price of one year's renewal, and ``years`` the term that the name renews by.
    """

    action: str
    tld: str
    unit_amount: int
    renewal: int = 0
    years: int = 1

    billing_cycle: ClassVar[str] = BillingCycle.ANNUALLY
    unit_setup_fee: ClassVar[int] = 0

    @property
    def qty(self) -> int:
        """Years of a registration; a transfer is paid once."""
        return 1 if self.action == OrderItemAction.TRANSFER else self.years

    @property
    def discountable(self) -> tuple[int, ...]:
        """The whole term is one unit to a promo code."""
        return (self.subtotal,)

    @property
    def subtotal(self) -> int:
        """All years."""
        return self.qty * self.unit_amount

    def recurring(self, unit: int = 0) -> int:
        """What a renewal of the whole term charges: the full price of its TLD, no discount stays (domains.md 1)."""
        del unit
        return self.renewal * self.years

    def price_parts(self, unit: int = 0) -> dict[str, Any]:
        """Empty: it renews at one price, made of nothing else."""
        del unit
        return {}

    def with_agreed_price(self, amount: int) -> Self:
        """The line at an agreed price of one year (of all, for a transfer); its renewals cost what they did."""
        return replace(self, unit_amount=amount, list_amount=self.unit_amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoDiscount:
    """A code that may be used: ``percent`` basis points, or a fixed ``amount`` in the cart's currency; without a
    ``code`` what staff take off.

    Naming nothing it is for all products in every cycle. Naming products or cycles it is for those; naming TLDs it is
    for their domains, and for products only if it names those too.
    """

    code: str
    percent: int = 0
    amount: int = 0
    recurring: bool = False
    products: frozenset[int] = field(default_factory=frozenset)
    cycles: frozenset[str] = field(default_factory=frozenset)
    tlds: frozenset[str] = field(default_factory=frozenset)

    def applies_to(self, line: LinePrice) -> bool:
        """Whether it discounts this line."""
        if isinstance(line, DomainPrice):
            return line.tld in self.tlds
        assert isinstance(line, ProductPrice)
        if self.tlds and not (self.products or self.cycles):
            return False
        named = not self.products or line.product_id in self.products
        return named and (not self.cycles or line.billing_cycle in self.cycles)


def apply_discounts[Line: LinePrice](
    lines: Sequence[Line], *, group_percent: int = 0, promo: PromoDiscount | None = None
) -> list[Line]:
    """A whole cart with its discounts, in its order. ``group_percent`` are the basis points of the client's group.

    Raises ``BusinessError`` for a unit whose options take more off than it costs.
    """
    if any(amount < 0 for line in lines for amount in line.discountable):
        raise BusinessError("option.total_negative", field="options")
    found = [line.with_group_discount(group_percent).with_own_discount() for line in lines]
    if promo is None:
        return found
    discounted = [line.own_discount is None and promo.applies_to(line) for line in found]
    units = [
        amount
        for line, applies in zip(found, discounted, strict=True)
        if applies
        for amount in line.after_group_discount
    ]
    shares = _promo_discounts(promo, units)
    return [
        line.with_promo(promo, [next(shares) for _ in line.after_group_discount])
        if applies
        else line
        for line, applies in zip(found, discounted, strict=True)
    ]


def _promo_discounts(promo: PromoDiscount, units: Sequence[int]) -> Iterator[int]:
    """What each of the units is discounted by: its percentage, or its share of the amount."""
    if promo.percent:
        return (round_half_up(Fraction(unit * promo.percent, 10_000)) for unit in units)
    return iter(allocate(min(promo.amount, sum(units)), units))
