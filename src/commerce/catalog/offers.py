"""What a product is offered for, and what a buyer chose of it (catalog-and-orders.md 3 to 5).

Values in, values out, but for those at the end that read the rows: their statements do not grow with the number of
products. Amounts are minor units of the one currency that the rows were read in.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from django.db.models import F

from commerce.catalog.models import GroupPrice, OptionPrice, OptionValue, Price
from commerce.catalog.quote import ChosenOption
from commerce.catalog.rules import OptionType
from commerce.kit.errors import BusinessError
from commerce.kit.money import round_half_up
from commerce.kit.periods import MONTHS_PER_CYCLE, BillingCycle

BILLING_CYCLES = tuple(BillingCycle)
"""All billing cycles, the shortest first."""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """Step 1 of the quote: one unit without options. ``is_group_price`` if it is a price of the client's group."""

    base: int
    setup_fee: int = 0
    is_group_price: bool = False


@dataclass(frozen=True, slots=True)
class StartingPrice:
    """The lowest price of a product, by the month unless it is charged once."""

    amount: int
    billing_cycle: str
    per_month: bool


def starting_price(prices: Mapping[str, UnitPrice]) -> StartingPrice | None:
    """The lowest price per month over the recurring cycles, else the one-time price; none if nothing is offered."""
    monthly = {
        c: Fraction(prices[c].base, MONTHS_PER_CYCLE[c]) for c in MONTHS_PER_CYCLE if c in prices
    }
    if monthly:
        cycle = min(monthly, key=monthly.__getitem__)
        return StartingPrice(round_half_up(monthly[cycle]), cycle, per_month=True)
    once = prices.get(BillingCycle.ONE_TIME)
    return StartingPrice(once.base, BillingCycle.ONE_TIME, per_month=False) if once else None


def cycle_saving(prices: Mapping[str, UnitPrice], billing_cycle: str) -> int:
    """Per cent by which a longer cycle is cheaper than paying by the month, 0 if it is not; setup fees do not count."""
    months, monthly = MONTHS_PER_CYCLE.get(billing_cycle, 1), prices.get(BillingCycle.MONTHLY)
    if billing_cycle not in prices or monthly is None or months == 1 or not monthly.base:
        return 0
    part = Fraction(prices[billing_cycle].base, months * monthly.base)
    return max(0, round_half_up(100 * (1 - part)))


@dataclass(frozen=True, slots=True)
class OfferedValue:
    """A value that can be chosen; ``prices`` are (price, setup fee) by cycle, and a cycle without one is free."""

    id: int
    name: str
    prices: Mapping[str, tuple[int, int]]

    def at(self, billing_cycle: str) -> tuple[int, int]:
        """Price and setup fee of one in a cycle."""
        return self.prices.get(billing_cycle, (0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedOption:
    """An option of a product with its values in their order."""

    id: int
    name: str
    type: str
    required: bool
    values: tuple[OfferedValue, ...]
    minimum: int = 0
    maximum: int = 0

    def chosen(self, picked: int | None, billing_cycle: str) -> ChosenOption | None:
        """What was picked: the id of a value, 1 or 0 for a checkbox, a number for a quantity; none is nothing chosen.

        Raises ``BusinessError`` for what is not offered.
        """
        if not self.values:
            return None
        if self.type == OptionType.QUANTITY:
            return self._number(picked, billing_cycle)
        if self.type == OptionType.CHECKBOX:
            return self._ticked(picked, billing_cycle)
        if picked is None:
            return self._of(self.values[0], billing_cycle) if self.required else None
        for value in self.values:
            if value.id == picked:
                return self._of(value, billing_cycle)
        raise BusinessError("option.value_not_offered", option=self.name, field="options")

    def picked(self, value: str) -> int | None:
        """What must be picked for a value that was sold, by the name that is kept of it; None if it is not offered."""
        if self.type == OptionType.QUANTITY:
            number = re.fullmatch(r"([0-9]{1,9}) × (.*)", value, re.DOTALL)
            fits = number and self.values and number[2] == self.values[0].name
            inside = fits and number and self.minimum <= int(number[1]) <= self.maximum
            return int(number[1]) if number and inside else None
        same = next((known for known in self.values if known.name == value), None)
        if same is None:
            return None
        return 1 if self.type == OptionType.CHECKBOX else same.id

    def _ticked(self, picked: int | None, billing_cycle: str) -> ChosenOption | None:
        if picked not in (None, 0, 1):
            raise BusinessError("option.not_on_or_off", option=self.name, field="options")
        if not picked:
            if self.required:
                raise BusinessError("option.not_ticked", option=self.name, field="options")
            return None
        return self._of(self.values[0], billing_cycle)

    def _number(self, picked: int | None, billing_cycle: str) -> ChosenOption | None:
        least = self.minimum if self.required else 0
        number = least if picked is None else picked
        if not (self.minimum <= number <= self.maximum or number == least):
            raise BusinessError(
                "option.number_out_of_range",
                option=self.name,
                least=self.minimum,
                most=self.maximum,
                field="options",
            )
        return self._of(self.values[0], billing_cycle, number) if number else None

    def _of(
        self, value: OfferedValue, billing_cycle: str, number: int | None = None
    ) -> ChosenOption:
        price, setup_fee = value.at(billing_cycle)
        if number is None:
            return ChosenOption(self.name, value.name, price, setup_fee)
        return ChosenOption(
            self.name, f"{number} × {value.name}", number * price, number * setup_fee
        )


def choose_options(
    offered_options: Iterable[OfferedOption], choices: Mapping[int, int], billing_cycle: str
) -> tuple[ChosenOption, ...]:
    """The options of one unit in their order, from {option id: value id, tick or number}.

    Raises ``BusinessError`` for an option or a value that is not the product's, and for a number out of its range.
    """
    options = list(offered_options)
    if not choices.keys() <= {option.id for option in options}:
        raise BusinessError("option.not_of_product", field="options")
    found = (option.chosen(choices.get(option.id), billing_cycle) for option in options)
    return tuple(chosen for chosen in found if chosen)


type PriceList = dict[int, dict[str, UnitPrice]]


def price_list(
    product_ids: Iterable[int], currency_code: str, group_id: int | None = None
) -> PriceList:
    """Prices by product and cycle in one currency, the shortest cycle first; those of a client group in place of ours.

    A product or cycle without a row in the price table is not in it. One statement, two with a group.
    """
    wanted = {"product_id__in": list(product_ids), "currency_id": currency_code}
    if not wanted["product_id__in"]:
        return {}
    columns = ("product_id", "billing_cycle", "price", "setup_fee")
    found: PriceList = {}
    rows = Price.objects.filter(**wanted).values_list(*columns)
    for product_id, cycle, price, fee in sorted(rows, key=lambda row: BILLING_CYCLES.index(row[1])):
        found.setdefault(product_id, {})[cycle] = UnitPrice(price, fee)
    if group_id is not None:
        ours = GroupPrice.objects.filter(group_id=group_id, **wanted).values_list(*columns)
        for product_id, cycle, price, fee in ours:
            if cycle in found.get(product_id, ()):
                found[product_id][cycle] = UnitPrice(price, fee, is_group_price=True)
    return found


def product_options(
    product_ids: Iterable[int], currency_code: str
) -> dict[int, tuple[OfferedOption, ...]]:
    """The options of each product, in the order of groups and options, with prices in one currency for each cycle."""
    wanted = list(product_ids)
    offered = _offered_values(wanted) if wanted else []
    if not offered:
        return {}
    prices: dict[int, dict[str, tuple[int, int]]] = {}
    priced = OptionPrice.objects.filter(
        value__in={value.pk for value in offered}, currency=currency_code
    )
    for row in priced:
        prices.setdefault(row.value_id, {})[row.billing_cycle] = (row.price, row.setup_fee)
    found: dict[int, tuple[OfferedOption, ...]] = {}
    by_option = groupby(offered, key=lambda value: (value.product_id, value.option_id))
    for (product_id, _option_id), values in by_option:
        option = _offered_option([*values], prices)
        found[product_id] = (*found.get(product_id, ()), option)
    return found


def _offered_values(product_ids: list[int]) -> list[Any]:
    """The values of each product's options with its ``product_id``, those of one option after each other."""
    rows = OptionValue.objects.filter(option__group__products__in=product_ids)
    return list(
        rows.annotate(product_id=F("option__group__products"))
        .select_related("option")
        .order_by(
            "option__group__position",
            "option__group_id",
            "product_id",
            "option__position",
            "option_id",
            "position",
            "id",
        )
    )


def _offered_option(
    values: list[OptionValue], prices: Mapping[int, Mapping[str, tuple[int, int]]]
) -> OfferedOption:
    option = values[0].option
    return OfferedOption(
        id=option.pk,
        name=option.name,
        type=option.type,
        required=option.required,
        minimum=option.minimum,
        maximum=option.maximum,
        values=tuple(OfferedValue(one.pk, one.name, prices.get(one.pk, {})) for one in values),
    )
