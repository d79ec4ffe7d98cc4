"""Commands about configurable options: groups of them, their values, and what these cost."""

from collections.abc import Iterable, Iterator
from typing import Any

import click

from commerce.catalog.actions.deletion import delete_option_group
from commerce.catalog.actions.options import (
    add_option_value,
    change_option,
    change_option_group,
    change_option_value,
    create_option,
    create_option_group,
    remove_option,
    remove_option_value,
    set_option_group_products,
    set_option_price,
)
from commerce.catalog.models import Option, OptionGroup, OptionValue
from commerce.catalog.rules import OptionType
from commerce.cli.lookup import (
    find_currency,
    find_option,
    find_option_group,
    find_option_value,
    find_product,
    operator_context,
    parse_price_amounts,
)
from commerce.cli.output import blank_repeats, json_option, price_records, print_list
from commerce.cli.param_types import (
    POSITION,
    EnumChoice,
    WholeNumber,
    typed_options,
)
from commerce.config import console
from commerce.presentation.records import Record

QUANTITY = WholeNumber(0, 1_000_000)


@click.group()
def option() -> None:
    """Manage configurable options and their prices.

    An option group is linked to products and contains options. An option has values, and a value has a price for
    each currency and billing cycle. Commands that create something print its ID; `list` shows all of them.

    \b
    Example:
      commerce option add-group Extras --product starter         prints 1
      commerce option add 1 Memory --value "4 GB" --value "8 GB"  prints 1
      commerce option list                                       "8 GB" is value 2
      commerce option price 2 EUR monthly 3.00
      commerce option add 1 Addresses --type quantity --value "IPv4 address" --optional --max 8
    """


@option.command("list")
@click.option("--product", metavar="ADDRESS", help="Filter by product.")
@json_option
def list_(*, product: str | None, as_json: bool) -> None:
    """List option groups with their products, options, values, and prices."""
    rows = find_product(product).option_groups.all() if product else OptionGroup.objects.all()
    parts = ("products", "options__values__prices")
    records = [
        {
            "id": group.pk,
            "name": group.name,
            "products": sorted(one.slug for one in group.products.all()),
            "options": [option_record(row) for row in _in_order(group.options.all())],
        }
        for group in rows.order_by("position", "pk").prefetch_related(*parts)
    ]
    print_list(records, as_json=as_json, none="No option groups.", table=_rows_of_options(records))


def _in_order[Row: (Option, OptionValue)](rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda one: (one.position, one.pk))


def option_record(row: Option) -> dict[str, Any]:
    is_quantity = row.type == OptionType.QUANTITY
    return {
        "id": row.pk,
        "name": row.name,
        "type": row.type,
        "required": row.required,
        "minimum": row.minimum if is_quantity else None,
        "maximum": row.maximum if is_quantity else None,
        "values": [
            {
                "id": value.pk,
                "name": value.name,
                "prices": price_records(list(value.prices.all())),
            }
            for value in _in_order(row.values.all())
        ],
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


@option.command("add-group")
@click.argument("name")
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="ADDRESS",
    help="Link the group to this product. Can be repeated.",
)
@click.option("--position", type=POSITION, default=0, help="Position among the groups, from 0.")
def add_group(*, name: str, products: tuple[str, ...], position: int) -> None:
    """Create an option group and print its ID."""
    ctx = operator_context()
    rows = [find_product(slug) for slug in products]
    click.echo(create_option_group(name=name, products=rows, position=position, ctx=ctx).pk)


@option.command("change-group")
@click.argument("group")
@click.option("--name")
@click.option("--position", type=POSITION, help="Position among the groups, from 0.")
def change_group(*, group: str, **fields: Any) -> None:
    """Change the name or position of GROUP (ID or name)."""
    ctx = operator_context()
    change_option_group(group=find_option_group(group), **typed_options(fields), ctx=ctx)
    console.print_message(f"Updated option group {group}.")


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
@click.argument("group")
@click.argument("name")
@click.option(
    "--type",
    "kind",
    type=EnumChoice(OptionType),
    default=OptionType.DROPDOWN.value,
    show_default=True,
)
@click.option(
    "--value",
    "values",
    multiple=True,
    required=True,
    help="Value to choose from, in order. Can be repeated.",
)
@click.option("--required/--optional", default=True, help="[default: required]")
@click.option("--min", "minimum", type=QUANTITY, default=0, help="Of a quantity.")
@click.option("--max", "maximum", type=QUANTITY, default=100, help="Of a quantity. [default: 100]")
@click.option("--position", type=POSITION, default=0, help="Position in the group, from 0.")
def add(*, group: str, **fields: Any) -> None:
    """Create an option in GROUP (ID or name) and print its ID.

    Checkboxes and quantities have exactly one value. A value without a price is free.

    \b
    Example:
      commerce option add Extras Memory --value "4 GB" --value "8 GB"
    """
    ctx = operator_context()
    click.echo(create_option(group=find_option_group(group), **fields, ctx=ctx).pk)


@option.command()
@click.argument("option_id", metavar="OPTION", type=WholeNumber())
@click.option("--name")
@click.option("--required/--optional", default=None)
@click.option("--min", "minimum", type=QUANTITY, help="Of a quantity.")
@click.option("--max", "maximum", type=QUANTITY, help="Of a quantity.")
@click.option("--position", type=POSITION, help="Position in the group, from 0.")
def change(*, option_id: int, **fields: Any) -> None:
    """Change OPTION (ID). Existing services don't change."""
    ctx = operator_context()
    change_option(option=find_option(option_id), **typed_options(fields), ctx=ctx)
    console.print_message(f"Updated option {option_id}.")


@option.command("add-value")
@click.argument("option_id", metavar="OPTION", type=WholeNumber())
@click.argument("name")
def add_value_(*, option_id: int, name: str) -> None:
    """Add a value to OPTION (ID) and print its ID."""
    ctx = operator_context()
    click.echo(add_option_value(option=find_option(option_id), name=name, ctx=ctx).pk)


@option.command("change-value")
@click.argument("value_id", metavar="VALUE", type=WholeNumber())
@click.option("--name")
@click.option("--position", type=POSITION, help="Position in the option, from 0.")
def change_value_(*, value_id: int, **fields: Any) -> None:
    """Change the name or position of VALUE (ID). Existing services keep the old name."""
    ctx = operator_context()
    change_option_value(value=find_option_value(value_id), **typed_options(fields), ctx=ctx)
    console.print_message(f"Updated value {value_id}.")


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


@option.command("delete-group")
@click.argument("group")
def delete_group(*, group: str) -> None:
    """Delete GROUP (ID or name) with its options. Only possible while no product is linked to it."""
    ctx = operator_context()
    delete_option_group(group=find_option_group(group), ctx=ctx)
    console.print_message(f"Deleted option group {group}.")


@option.command()
@click.argument("option_id", metavar="OPTION", type=WholeNumber())
def delete(*, option_id: int) -> None:
    """Delete OPTION (ID) with its values and prices. Existing services don't change."""
    ctx = operator_context()
    remove_option(option=find_option(option_id), ctx=ctx)
    console.print_message(f"Deleted option {option_id}.")


@option.command("delete-value")
@click.argument("value_id", metavar="VALUE", type=WholeNumber())
def delete_value(*, value_id: int) -> None:
    """Delete VALUE (ID). To delete the last value of an option, delete the option."""
    ctx = operator_context()
    remove_option_value(value=find_option_value(value_id), ctx=ctx)
    console.print_message(f"Deleted value {value_id}.")
