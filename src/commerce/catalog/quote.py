"""The price of every unit of a cart: the one function behind cart, checkout, order and invoice.

Steps 1 to 9 of catalog-and-orders.md 5, and domains.md 3. Values in, values out: rows are read by ``reading`` and
``promos``. Amounts are minor units of one currency, before tax (with it, where prices include it); percentages are
basis points (2000 is 20 %). All discounts are positive numbers that are taken off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from commerce.kit.errors import Refused
from commerce.kit.money import round_half_up, spread


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chosen option of one unit, with what it adds to the price in the item's cycle, and once at setup."""

    name: str
    value: str
    amount: int = 0
    setup_fee: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductItem:
    """``qty`` equal units of a product. ``base`` and ``setup_fee`` are those of one unit without its options (step 1).

    ``group_priced``: they are prices of the client's group, on which its percentage does not come on top.
    """

    product_id: int
    billing_cycle: str
    base: int
    setup_fee: int = 0
    qty: int = 1
    options: tuple[Chosen, ...] = ()
    group_priced: bool = False
    in_place_of: int | None = None
    """What the catalogue says for one unit, where staff agreed on another price with the client."""

    @property
    def list(self) -> int:
        """Step 3: base and options of one unit."""
        return self.base + sum(option.amount for option in self.options)

    def at_price(self, amount: int) -> "ProductItem":
        """The item at an agreed price of one unit, options included; the group's percentage is not taken off."""
        included = tuple(replace(option, amount=0) for option in self.options)
        return replace(
            self, base=amount, options=included, group_priced=True, in_place_of=self.list
        )

    @property
    def setup(self) -> int:
        """Step 2: setup fees of one unit, charged once and never discounted."""
        return self.setup_fee + sum(option.setup_fee for option in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainItem:
    """One name. ``price`` is that of one year for a registration or renewal, and of all for a transfer.

    ``renewal`` is the price of one year's renewal, and ``years`` the term that the name renews by.
    """

    action: str
    tld: str
    price: int
    renewal: int = 0
    years: int = 1
    in_place_of: int | None = None
    """What the catalogue says for one year, where staff agreed on another price with the client."""

    qty = 1
    setup = 0
    group_priced = True
    """No percentage of a group applies."""

    @property
    def list(self) -> int:
        """The years of a registration or renewal; a transfer is paid once."""
        return self.price if self.action == "transfer" else self.price * self.years

    def at_price(self, amount: int) -> "DomainItem":
        """The item at an agreed price of one year (of all, for a transfer); its renewals cost what they did."""
        return replace(self, price=amount, in_place_of=self.price)


type Item = ProductItem | DomainItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Promo:
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

    def fits(self, item: Item) -> bool:
        """Whether it discounts this item."""
        if isinstance(item, DomainItem):
            return item.tld in self.tlds
        if self.tlds and not (self.products or self.cycles):
            return False
        named = not self.products or item.product_id in self.products
        return named and (not self.cycles or item.billing_cycle in self.cycles)


@dataclass(frozen=True, slots=True)
class Unit:
    """The figures of one unit. ``list``, discounts and ``recurring`` are without ``setup``."""

    list: int
    setup: int
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
        return self.list - self.discount

    @property
    def due(self) -> int:
        """What the first invoice charges for it, before tax."""
        return self.first + self.setup


@dataclass(frozen=True, slots=True)
class Quoted:
    """An item with the figures of each of its units, which may differ by one minor unit under a fixed promo code."""

    item: Item
    units: tuple[Unit, ...]
    promo: Promo | None = None
    """The code that discounts it, if one does."""

    @property
    def subtotal(self) -> int:
        """All units with setup, before discounts."""
        return sum(unit.list + unit.setup for unit in self.units)

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
        if isinstance(self.item, DomainItem):
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

    items: tuple[Quoted, ...]

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


def quote(items: Sequence[Item], *, group_percent: int = 0, promo: Promo | None = None) -> Quote:
    """Price a whole cart, in its order. ``group_percent`` are the basis points of the client's group.

    Raises ``Refused`` for a unit whose options take more off than it costs.
    """
    if any(item.list < 0 for item in items):
        raise Refused("The chosen options cost less than nothing.", field="options")
    by_group = [_group_discount(item, group_percent) for item in items]
    by_promo = _promo_discounts(items, by_group, promo)
    found = []
    for item, group, promos in zip(items, by_group, by_promo, strict=True):
        fits = promo if promo and promo.fits(item) else None
        kept = bool(fits and fits.recurring)
        units = (
            Unit(item.list, item.setup, group, off, _recurring(item, group, off if kept else 0))
            for off in promos
        )
        found.append(Quoted(item, tuple(units), fits))
    return Quote(tuple(found))


def _group_discount(item: Item, percent: int) -> int:
    return 0 if item.group_priced else round_half_up(Fraction(item.list * percent, 10_000))


def _promo_discounts(
    items: Sequence[Item], by_group: Sequence[int], promo: Promo | None
) -> list[tuple[int, ...]]:
    """Steps 6 and 7: for each item what each of its units is discounted by."""
    after = [
        item.list - group if promo and promo.fits(item) else 0
        for item, group in zip(items, by_group, strict=True)
    ]
    if promo is None or promo.percent:
        percent = promo.percent if promo else 0
        return [
            (round_half_up(Fraction(left * percent, 10_000)),) * item.qty
            for item, left in zip(items, after, strict=True)
        ]
    units = [left for item, left in zip(items, after, strict=True) for _ in range(item.qty)]
    shares = iter(spread(min(promo.amount, sum(units)), units))
    return [tuple(next(shares) for _ in range(item.qty)) for item in items]


def _recurring(item: Item, group_discount: int, promo_discount: int) -> int:
    """Step 9. A name renews at the full price of its TLD (domains.md 1)."""
    if isinstance(item, DomainItem):
        return item.renewal * item.years
    return item.list - group_discount - promo_discount
