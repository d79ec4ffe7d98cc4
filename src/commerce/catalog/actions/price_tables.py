"""Whole tables of prices, saved at once: all of it, or nothing (catalog-and-orders.md 3 and 4)."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from commerce.catalog.actions.options import set_option_price
from commerce.catalog.actions.prices import remove_price, set_price, set_price_blocked_reason
from commerce.catalog.models import Option, OptionPrice, OptionValue, Price, Product
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict

type PriceKey = tuple[str, str]
"""Currency and billing cycle."""

type PriceTable = Mapping[PriceKey, tuple[int, int] | None]
"""Price and setup fee in minor units for each currency and cycle; None is not offered."""


@transaction.atomic
def set_price_table(
    *, product: Product, prices: PriceTable, ctx: Context, expected: PriceTable | None = None
) -> int:
    """Set and remove those prices of a product that differ, each with its audit entry; how many that were.

    Raises ``StateConflict`` when the stored table is no longer the ``expected`` one, and what ``set_price`` does; then
    none is changed.
    """
    row = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
    if blocked := set_price_blocked_reason(row, ctx):
        raise blocked
    changed = _differing(prices, stored_prices(Price.objects.filter(product=product)), expected)
    for (currency_code, billing_cycle), new in changed.items():
        key: dict[str, Any] = {"product": product, "currency_code": currency_code}
        key["billing_cycle"] = billing_cycle
        if new is None:
            remove_price(**key, ctx=ctx)
        else:
            set_price(**key, price=new[0], setup_fee=new[1], ctx=ctx)
    return len(changed)


@transaction.atomic
def set_option_price_table(
    *, value: OptionValue, prices: PriceTable, ctx: Context, expected: PriceTable | None = None
) -> int:
    """The same for a value of an option, where None is free. Raises what ``set_option_price`` does."""
    Option.objects.select_for_update(no_key=True).get(pk=value.option_id)
    free = {key: new if new and any(new) else None for key, new in prices.items()}
    changed = _differing(free, stored_prices(OptionPrice.objects.filter(value=value)), expected)
    for (currency_code, billing_cycle), new in changed.items():
        price, setup_fee = new or (0, 0)
        set_option_price(
            value=value,
            currency_code=currency_code,
            billing_cycle=billing_cycle,
            price=price,
            setup_fee=setup_fee,
            ctx=ctx,
        )
    return len(changed)


def stored_prices(rows: "models.QuerySet[Any]") -> dict[PriceKey, tuple[int, int]]:
    """The rows of a price table by currency and cycle."""
    found = rows.values_list("currency_id", "billing_cycle", "price", "setup_fee")
    return {(code, cycle): (price, setup_fee) for code, cycle, price, setup_fee in found}


def _differing(new: PriceTable, old: PriceTable, expected: PriceTable | None) -> PriceTable:
    if expected is not None and expected != old:
        raise StateConflict("price.changed_meanwhile")
    return {key: prices for key, prices in new.items() if prices != old.get(key)}
