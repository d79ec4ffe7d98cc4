"""What the catalogue says, read from its rows into values: prices, options (catalog-and-orders.md 3 to 5).

The number of statements does not grow with the number of products.
"""

from collections.abc import Iterable

from commerce.catalog import rules
from commerce.catalog.models import (
    Currency,
    GroupPrice,
    OptionGroup,
    OptionPrice,
    OptionValue,
    Price,
)
from commerce.catalog.offers import BILLING_CYCLES, OfferedOption, OfferedValue, UnitPrice

type PriceList = dict[int, dict[str, UnitPrice]]


def currency_signs() -> dict[str, tuple[str, str]]:
    """What stands before and after amounts of each currency, inactive ones too: what exists in them is still shown."""
    rows = Currency.objects.values_list("code", "prefix", "suffix")
    return rules.unambiguous_signs({code: (prefix, suffix) for code, prefix, suffix in rows})


def price_list(
    product_ids: Iterable[int], currency_code: str, group_id: int | None = None
) -> PriceList:
    """Prices by product and cycle in one currency, the shortest cycle first; those of a client group in place of ours.

    A product or cycle without a row in the price table is not in it. One statement, two with a group.
    """
    wanted = {"product_id__in": list(product_ids), "currency_id": currency_code}
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


def product_prices(
    product_id: int, currency_code: str, group_id: int | None = None
) -> dict[str, UnitPrice]:
    """Prices of one product by cycle; empty if it is not offered in the currency."""
    return price_list([product_id], currency_code, group_id).get(product_id, {})


def product_options(
    product_ids: Iterable[int], currency_code: str
) -> dict[int, tuple[OfferedOption, ...]]:
    """The options of each product, in the order of groups and options, with prices in one currency for each cycle."""
    links = list(
        OptionGroup.products.through.objects.filter(product_id__in=list(product_ids))
        .order_by("optiongroup__position", "optiongroup_id")
        .values_list("product_id", "optiongroup_id")
    )
    by_group = _offered({group_id for _, group_id in links}, currency_code) if links else {}
    found: dict[int, tuple[OfferedOption, ...]] = {}
    for product_id, group_id in links:
        found[product_id] = (*found.get(product_id, ()), *by_group.get(group_id, ()))
    return found


def _offered(group_ids: set[int], currency_code: str) -> dict[int, list[OfferedOption]]:
    offered = list(
        OptionValue.objects.filter(option__group_id__in=group_ids)
        .select_related("option")
        .order_by("option__position", "option_id", "position", "id")
    )
    prices: dict[int, dict[str, tuple[int, int]]] = {}
    priced = OptionPrice.objects.filter(
        value__in=[value.pk for value in offered], currency=currency_code
    )
    for row in priced:
        prices.setdefault(row.value_id, {})[row.billing_cycle] = (row.price, row.setup_fee)
    values: dict[int, list[OfferedValue]] = {}
    for value in offered:
        one = OfferedValue(value.pk, value.name, prices.get(value.pk, {}))
        values.setdefault(value.option_id, []).append(one)
    found: dict[int, list[OfferedOption]] = {}
    for option in {value.option_id: value.option for value in offered}.values():
        found.setdefault(option.group_id, []).append(
            OfferedOption(
                id=option.pk,
                name=option.name,
                type=option.type,
                required=option.required,
                minimum=option.minimum,
                maximum=option.maximum,
                values=tuple(values[option.pk]),
            )
        )
    return found
