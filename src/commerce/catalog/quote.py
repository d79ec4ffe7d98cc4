"""The price of every unit of a cart: the one function behind cart, checkout, order and invoice.

Steps 1 to 9 of catalog-and-orders.md 5, and domains.md 3. Values in, values out: ``queries`` and ``promo_checks`` read
the rows. Amounts are minor units of one currency, before tax (with it, where prices include it); percentages are basis
points (2000 is 20 %). All discounts are positive numbers that are taken off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from commerce.catalog.rules import OrderItemAction
from commerce.kit.errors import BusinessError
from commerce.kit.money import allocate, round_half_up


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """A chosen option of one unit, with what it adds to the price in the item's cycle, and once at setup."""

    name: str
    value: str
    amount: int = 0
    setup_fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuoteItem:
    """``qty`` equal units of a product. ``base`` and ``setup_fee`` are those of one unit without its options (step 1).

    ``is_group_price``: they are prices of the client's group, on which its percentage does not come on top.
    """

    product_id: int
    billing_cycle: str
    base: int
    setup_fee: int = 0
    qty: int = 1
    options: tuple[ChosenOption, ...] = ()
    is_group_price: bool = False
    list_price: int | None = None
    """What the catalogue says for one unit, where staff agreed on another price with the client."""

    @property
    def list_amount(self) -> int:
        """Step 3: base and options of one unit."""
        return self.base + sum(option.amount for option in self.options)

    def with_agreed_price(self, amount: int) -> "ProductQuoteItem":
        """The item at an agreed price of one unit, options included; the group's percentage is not taken off."""
        included = tuple(replace(option, amount=0) for option in self.options)
        return replace(
            self, base=amount, options=included, is_group_price=True, list_price=self.list_amount
        )

    @property
    def setup_amount(self) -> int:
        """Step 2: setup fees of one unit, charged once and never discounted."""
        return self.setup_fee + sum(option.setup_fee for option in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainQuoteItem:
    """One name. ``price`` is that of one year for a registration or renewal, and of all for a transfer.

    ``renewal`` is the price of one year's renewal, and ``years`` the term that the name renews by.
    """

    action: str
    tld: str
    price: int
    renewal: int = 0
    years: int = 1
    list_price: int | None = None
    """What the catalogue says for one year, where staff agreed on another price with the client."""

    qty = 1
    setup_amount = 0
    is_group_price = True
    """No percentage of a group applies."""

    @property
    def list_amount(self) -> int:
        """The years of a registration or renewal; a transfer is paid once."""
        return self.price if self.action == OrderItemAction.TRANSFER else self.price * self.years

    def with_agreed_price(self, amount: int) -> "DomainQuoteItem":
        """The item at an agreed price of one year (of all, for a transfer); its renewals cost what they did."""
        return replace(self, price=amount, list_price=self.price)


type QuoteItem = ProductQuoteItem | DomainQuoteItem


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoDiscount:
    """A code that may be used: ``percent`` basis points, or a fixed ``amount`` in the cart's currency.

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

    def applies_to(self, item: QuoteItem) -> bool:
        """Whether it discounts this item."""
        if isinstance(item, DomainQuoteItem):
            return item.tld in self.tlds
        if self.tlds and not (self.products or self.cycles):
            return False
        named = not self.products or item.product_id in self.products
        return named and (not self.cycles or item.billing_cycle in self.cycles)


@dataclass(frozen=True, slots=True)
class QuotedUnit:
    """The figures of one unit. ``list_amount``, discounts and ``recurring`` are without ``setup_amount``."""

    list_amount: int
    setup_amount: int
    group_discount: int
    promo_discount: int
    recurring: int

    @property
    def discount(self) -> int:
        """What the first invoice takes off."""
        return self.group_discount + self.promo_discount

    @property
    def first(self) -> int:
        """Step 8: what the unit costs on the first invoice, without setup."""
        return self.list_amount - self.discount

    @property
    def due(self) -> int:
        """What the first invoice charges for it, before tax."""
        return self.first + self.setup_amount


@dataclass(frozen=True, slots=True)
class QuotedItem:
    """An item with the figures of each of its units, which may differ by one minor unit under a fixed promo code."""

    item: QuoteItem
    units: tuple[QuotedUnit, ...]
    promo: PromoDiscount | None = None
    """The code that discounts it, if one does."""

    @property
    def subtotal(self) -> int:
        """All units with setup, before discounts."""
        return sum(unit.list_amount + unit.setup_amount for unit in self.units)

    @property
    def group_discount(self) -> int:
        return sum(unit.group_discount for unit in self.units)

    @property
    def promo_discount(self) -> int:
        return sum(unit.promo_discount for unit in self.units)

    @property
    def discount(self) -> int:
        """Of all units: the invoice shows it as one line of quantity 1."""
        return self.group_discount + self.promo_discount

    @property
    def due(self) -> int:
        """What the first invoice charges, before tax."""
        return self.subtotal - self.discount

    @property
    def recurring(self) -> int:
        """What one renewal of all units charges, before tax."""
        return sum(unit.recurring for unit in self.units)

    def parts(self, unit: int) -> dict[str, Any]:
        """What the recurring price of the unit (from 0) is made of, for ``Service.parts``; options are kept beside it.

        ``base`` + options − ``group_discount`` − ``promo_discount`` = ``recurring``.
        """
        if isinstance(self.item, DomainQuoteItem):
            return {}
        figures = self.units[unit]
        recurs = self.promo is not None and self.promo.recurring
        return {
            "base": self.item.base,
            "group_discount": figures.group_discount,
            "promo_discount": figures.promo_discount if recurs else 0,
            "promo_code": self.promo.code if self.promo and recurs else "",
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cart costs before tax: Σ items = subtotal − discount = due."""

    items: tuple[QuotedItem, ...]

    @property
    def subtotal(self) -> int:
        """With setup, before discounts."""
        return sum(item.subtotal for item in self.items)

    @property
    def discount(self) -> int:
        return sum(item.discount for item in self.items)

    @property
    def due(self) -> int:
        return self.subtotal - self.discount


def quote_items(
    items: Sequence[QuoteItem], *, group_percent: int = 0, promo: PromoDiscount | None = None
) -> Quote:
    """Price a whole cart, in its order. ``group_percent`` are the basis points of the client's group.

    Raises ``BusinessError`` for a unit whose options take more off than it costs.
    """
    if any(item.list_amount < 0 for item in items):
        raise BusinessError("option.total_negative", field="options")
    by_group = [_group_discount(item, group_percent) for item in items]
    by_promo = _promo_discounts(items, by_group, promo)
    found = []
    for item, group, promos in zip(items, by_group, by_promo, strict=True):
        fits = promo if promo and promo.applies_to(item) else None
        kept = bool(fits and fits.recurring)
        units = (
            QuotedUnit(
                item.list_amount,
                item.setup_amount,
                group,
                off,
                _recurring(item, group, off if kept else 0),
            )
            for off in promos
        )
        found.append(QuotedItem(item, tuple(units), fits))
    return Quote(tuple(found))


def _group_discount(item: QuoteItem, percent: int) -> int:
    return 0 if item.is_group_price else round_half_up(Fraction(item.list_amount * percent, 10_000))


def _promo_discounts(
    items: Sequence[QuoteItem], by_group: Sequence[int], promo: PromoDiscount | None
) -> list[tuple[int, ...]]:
    """Steps 6 and 7: for each item what each of its units is discounted by."""
    after = [
        item.list_amount - group if promo and promo.applies_to(item) else 0
        for item, group in zip(items, by_group, strict=True)
    ]
    if promo is None or promo.percent:
        percent = promo.percent if promo else 0
        return [
            (round_half_up(Fraction(left * percent, 10_000)),) * item.qty
            for item, left in zip(items, after, strict=True)
        ]
    units = [left for item, left in zip(items, after, strict=True) for _ in range(item.qty)]
    shares = iter(allocate(min(promo.amount, sum(units)), units))
    return [tuple(next(shares) for _ in range(item.qty)) for item in items]


def _recurring(item: QuoteItem, group_discount: int, promo_discount: int) -> int:
    """Step 9. A name renews at the full price of its TLD (domains.md 1)."""
    if isinstance(item, DomainQuoteItem):
        return item.renewal * item.years
    return item.list_amount - group_discount - promo_discount
