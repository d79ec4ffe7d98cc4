"""Commands about configurable options: groups of them, their values, and what these cost."""

from collections.abc import Iterable, Iterator
from typing import Any

import click

from commerce.catalog.actions.options import set_option_group_products, set_option_price
from commerce.catalog.finding import find_currency, find_product
from commerce.catalog.models import Option, OptionGroup, OptionValue
from commerce.catalog.rules import OptionType
from commerce.cli.acts import add_acts
from commerce.cli.lookup import (
    find_option,
    find_option_group,
    find_option_value,
    operator_context,
    parse_price_amounts,
)
from commerce.cli.output import blank_repeats, json_option, price_records, print_list
from commerce.cli.param_types import (
    WholeNumber,
)
from commerce.config import console
from commerce.presentation.records import Record
from commerce.record_acts.catalog import OPTION_ACTS, OPTION_GROUP_ACTS, OPTION_VALUE_ACTS


@click.group()
def option() -> None:
    """Manage configurable options and their prices.

    An option group is linked to products and contains options. An option has values, and a value has a price for
    each currency and billing cycle. Commands that create something print its ID; `list` shows all of them.

    \b
    Example:
      commerce option add-group --name Extras --products starter           prints 1
      commerce option add 1 --name Memory --values "4 GB" --values "8 GB"  prints 1
      commerce option list                                                 "8 GB" is value 2
      commerce option price 2 EUR monthly 3.00
      commerce option add 1 --name Addresses --kind quantity --values "IPv4 address" --maximum 8
    """


@option.command("list")
@click.option("--product", metavar="ADDRESS", help="Filter by product.")
@json_option
def list_(*, product: str | None, as_json: bool) -> None:
    """List option groups with their products, options, values, and prices."""
    rows = find_product(product).option_groups.all() if product else OptionGroup.objects.all()
    parts = ("products", "options__values__prices")
    records = [
        group_record(group) for group in rows.order_by("position", "pk").prefetch_related(*parts)
    ]
    print_list(records, as_json=as_json, none="No option groups.", table=_rows_of_options(records))


def _in_order[Row: (Option, OptionValue)](rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda one: (one.position, one.pk))


def group_record(group: OptionGroup) -> dict[str, Any]:
    return {
        "id": group.pk,
        "name": group.name,
        "products": sorted(one.slug for one in group.products.all()),
        "options": [option_record(row) for row in _in_order(group.options.all())],
    }


def option_record(row: Option) -> dict[str, Any]:
    is_quantity = row.type == OptionType.QUANTITY
    return {
        "id": row.pk,
        "name": row.name,
        "type": row.type,
        "required": row.required,
        "minimum": row.minimum if is_quantity else None,
        "maximum": row.maximum if is_quantity else None,
        "values": [value_record(value) for value in _in_order(row.values.all())],
    }


def value_record(value: OptionValue) -> dict[str, Any]:
    return {
        "id": value.pk,
        "name": value.name,
        "prices": price_records(list(value.prices.all())),
    }


def _rows_of_options(records: list[dict[str, Any]]) -> Iterator[Record]:
    """A row for each price of each value, under the names and ids that it belongs to."""
    free = [{"billing_cycle": "", "price": "", "setup_fee": ""}]
    for group in records:
        about = {"group": f"{group['id']} {group['name']}", "products": group["products"]}
        rows = [
            {
                **about,
                "option": f"{option['id']} {option['name']}",
                "type": _type_in_words(option),
                "value": f"{value['id']} {value['name']}",
                **price,
            }
            for option in group["options"]
            for value in option["values"]
            for price in value["prices"] or free
        ]
        empty = {**about, "option": "", "type": "", "value": "", **free[0]}
        yield from blank_repeats(rows or [empty])


def _type_in_words(option: dict[str, Any]) -> str:
    must = "required" if option["required"] else "optional"
    limits = f" {option['minimum']} to {option['maximum']}" if option["maximum"] else ""
    return f"{option['type']}{limits}, {must}"


@option.command()
@click.argument("group")
@click.argument("products", nargs=-1, required=True, metavar="PRODUCT...")
def link(*, group: str, products: tuple[str, ...]) -> None:
    """Link PRODUCTS to GROUP (ID or name)."""
    _link(group, products, on=True)


@option.command()
@click.argument("group")
@click.argument("products", nargs=-1, required=True, metavar="PRODUCT...")
def unlink(*, group: str, products: tuple[str, ...]) -> None:
    """Unlink PRODUCTS from GROUP (ID or name). Existing services keep their options."""
    _link(group, products, on=False)


def _link(typed: str, slugs: tuple[str, ...], *, on: bool) -> None:
    ctx = operator_context()
    group, named = find_option_group(typed), {find_product(slug) for slug in slugs}
    now = set(group.products.all())
    set_option_group_products(group=group, products=now | named if on else now - named, ctx=ctx)
    slugs_now = ", ".join(group.products.order_by("slug").values_list("slug", flat=True))
    console.print_message(f"{group} belongs to {slugs_now or 'no product'}.")


@option.command()
@click.argument("value_id", metavar="VALUE", type=WholeNumber())
@click.argument("currency")
@click.argument("cycle")
@click.argument("amount")
@click.option(
    "--setup", default="0", metavar="AMOUNT", help="Setup fee, charged on the first invoice."
)
def price(*, value_id: int, currency: str, cycle: str, amount: str, setup: str) -> None:
    """Set the price of VALUE (ID) per unit in CURRENCY and CYCLE. Use 0 for free, or a negative amount for a discount.

    \b
    Examples:
      commerce option price 2 EUR monthly 3.00 --setup 5.00
      commerce option price 3 EUR monthly -- -1.50
    """
    ctx = operator_context()
    row, code = find_option_value(value_id), find_currency(currency).pk
    key: dict[str, Any] = {"value": row, "currency_code": code, "billing_cycle": cycle}
    set_option_price(**key, **parse_price_amounts(code, amount, setup), ctx=ctx)
    console.print_message(f"{row.option} {row} now costs {amount} {code} {cycle}.")


add_acts(
    option,
    OPTION_GROUP_ACTS,
    find_option_group,
    group_record,
    id_type=click.STRING,
    id_name="group",
    names={
        "new": "add-group",
        "edit": "change-group",
        "add_option": "add",
        "delete": "delete-group",
    },
)
add_acts(
    option, OPTION_ACTS, find_option, option_record, id_name="option", names={"edit": "change"}
)
add_acts(
    option,
    OPTION_VALUE_ACTS,
    find_option_value,
    value_record,
    id_name="value",
    names={"edit": "change-value", "delete": "delete-value"},
)
