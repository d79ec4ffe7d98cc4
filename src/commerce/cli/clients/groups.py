"""Commands about client groups: who pays prices of their own, or a percentage less."""

from itertools import groupby
from typing import Any

import click
from django.db.models import Count

from commerce.accounts.finding import find_client_group
from commerce.accounts.models import ClientGroup
from commerce.catalog.actions.prices import remove_group_price, set_group_price
from commerce.catalog.finding import find_product
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context, parse_price_amounts
from commerce.cli.output import (
    json_option,
    percent_of_basis_points,
    price_records,
    print_list,
    print_record,
)
from commerce.cli.param_types import (
    NONE_WORD,
)
from commerce.config import console
from commerce.record_acts.clients import CLIENT_GROUP_ACTS


@click.group("client-group")
def client_group() -> None:
    """Manage client groups and their prices.

    Clients in a group get special prices or a percentage discount. Groups are identified by ID or name.

    \b
    Examples:
      commerce client-group new --name Partners --discount 10
      commerce client-group price Partners starter EUR monthly 4.00
      commerce client group alice@example.com --group Partners
    """


@client_group.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List client groups with their discount and number of clients."""
    rows = ClientGroup.objects.annotate(members=Count("clients")).order_by("name")
    records = [group_record(row) | {"clients": row.members} for row in rows]
    print_list(records, as_json=as_json, none="No client groups.")


def group_record(row: ClientGroup) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "discount_percent": percent_of_basis_points(row.discount),
        "description": row.description,
    }


@client_group.command()
@click.argument("name", metavar="GROUP")
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Show the prices and clients of GROUP."""
    row = find_client_group(name)
    prices = row.prices.select_related("product").order_by("product__slug")
    record = group_record(row) | {
        "prices": [
            {"product": slug} | price
            for slug, of_product in groupby(prices, lambda price: price.product.slug)
            for price in price_records(of_product)
        ],
        "clients": [
            {"id": client.pk, "name": client.name, "company": client.company}
            for client in row.clients.order_by("pk")
        ],
    }
    print_record(record, as_json=as_json)


@client_group.command()
@click.argument("name", metavar="GROUP")
@click.argument("product")
@click.argument("currency")
@click.argument("cycle")
@click.argument("amount")
@click.option(
    "--setup", default="0", metavar="AMOUNT", help="Setup fee, charged on the first invoice."
)
def price(*, name: str, product: str, currency: str, cycle: str, amount: str, setup: str) -> None:
    """Set a special price of PRODUCT for GROUP in CURRENCY and CYCLE. Use "none" to remove it.

    The group's percentage discount isn't applied on top. A billing cycle without a regular price stays unavailable.

    \b
    Example:
      commerce client-group price Partners starter EUR monthly 4.00 --setup 2.00
    """
    ctx = operator_context()
    row, currency = find_client_group(name), currency.upper()
    key: dict[str, Any] = {
        "group": row,
        "product": find_product(product),
        "currency_code": currency,
        "billing_cycle": cycle,
    }
    if amount == NONE_WORD:
        remove_group_price(**key, ctx=ctx)
        console.print_message(
            f"{row} now pays the regular price for {product} in {currency} {cycle}."
        )
        return
    set_group_price(**key, **parse_price_amounts(currency, amount, setup), ctx=ctx)
    console.print_message(f"{row} now pays {amount} {currency} {cycle} for {product}.")


add_acts(
    client_group,
    CLIENT_GROUP_ACTS,
    find_client_group,
    group_record,
    id_type=click.STRING,
    id_name="group",
)
