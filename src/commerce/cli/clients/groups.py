"""Commands about client groups: who pays prices of their own, or a percentage less."""

from typing import Any

import click

from commerce.cli.lookup import (
    find_client,
    find_client_group,
    find_product,
    operator_context,
    parse_price_amounts,
)
from commerce.cli.output import format_basis_points, format_price_lines
from commerce.cli.param_types import (
    NONE_WORD,
    parse_basis_points,
    typed_options,
)
from commerce.config import console


@click.group("client-group")
def client_group() -> None:
    """Groups of clients who pay prices of their own, or a percentage less.

    A group is named by its id or its name.

    \b
    Examples:
      commerce client-group add Partners --discount 10
      commerce client-group price Partners starter EUR monthly 4.00
      commerce client-group put alice@example.com Partners
    """


@client_group.command("list")
def list_() -> None:
    """List the groups with their id, discount and number of clients."""
    console.load_django()
    from django.db.models import Count

    from commerce.accounts.models import ClientGroup

    for row in ClientGroup.objects.annotate(members=Count("clients")).order_by("name"):
        off = format_basis_points(row.discount)
        click.echo(f"{row.pk}  {row.name}  ({off} off, {row.members} clients)")


@client_group.command()
@click.argument("name", metavar="GROUP")
def show(*, name: str) -> None:
    """Show GROUP with its prices and clients."""
    console.load_django()
    row = find_client_group(name)
    click.echo(f"{row.pk}  {row.name}  ({format_basis_points(row.discount)} off)")
    if row.description:
        click.echo(row.description)
    prices = row.prices.select_related("product").order_by("product__slug")
    for slug in dict.fromkeys(price.product.slug for price in prices):
        click.echo(f"{slug}")
        for line in format_price_lines([price for price in prices if price.product.slug == slug]):
            click.echo(f"    {line}")
    for client in row.clients.order_by("pk"):
        click.echo(f"client {client.pk}  {client.name}  {client.company}".rstrip())


@client_group.command()
@click.argument("name")
@click.option("--discount", default="0", metavar="PERCENT", help="Off all but domains.")
@click.option("--colour", default="", help="Such as #3366cc.")
@click.option("--description", default="")
def add(*, name: str, discount: str, **fields: Any) -> None:
    """Make a group of clients, and print its id."""
    ctx = operator_context()
    from commerce.accounts.actions.client_groups import create_client_group

    made = create_client_group(name=name, discount=parse_basis_points(discount), **fields, ctx=ctx)
    click.echo(made.pk)


@client_group.command()
@click.argument("group_name", metavar="GROUP")
@click.option("--name")
@click.option("--discount", metavar="PERCENT", help="Off all but domains.")
@click.option("--colour", help="Such as #3366cc.")
@click.option("--description")
def change(*, group_name: str, discount: str | None, **fields: Any) -> None:
    """Change what is named of GROUP; services that exist keep their price."""
    ctx = operator_context()
    from commerce.accounts.actions.client_groups import change_client_group

    points = None if discount is None else parse_basis_points(discount)
    new = typed_options({"discount": points, **fields})
    change_client_group(group=find_client_group(group_name), **new, ctx=ctx)
    console.print_message(f"Client group {group_name} is changed.")


@client_group.command()
@click.argument("name", metavar="GROUP")
@click.argument("product")
@click.argument("currency")
@click.argument("cycle")
@click.argument("amount")
@click.option("--setup", default="0", metavar="AMOUNT", help="Charged once, on the first invoice.")
def price(*, name: str, product: str, currency: str, cycle: str, amount: str, setup: str) -> None:
    """Let clients of GROUP pay AMOUNT for PRODUCT in CURRENCY each CYCLE; "none" ends that.

    The percentage of the group is not taken off it. A cycle in which the product has no price is not offered by this.
    """
    ctx = operator_context()
    from commerce.catalog.actions.prices import remove_group_price, set_group_price

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
            f"{row} pays what everybody pays for {product} in {currency} {cycle}."
        )
        return
    set_group_price(**key, **parse_price_amounts(currency, amount, setup), ctx=ctx)
    console.print_message(f"{row} pays {amount} {currency} {cycle} for {product}.")


@client_group.command()
@click.argument("client")
@click.argument("name", metavar="GROUP")
def put(*, client: str, name: str) -> None:
    """Put CLIENT (id or billing e-mail) into GROUP, or out of any with "none"; services keep their price."""
    ctx = operator_context()
    from commerce.accounts.actions.client_groups import set_client_group

    row = find_client(client)
    into = None if name == NONE_WORD else find_client_group(name)
    set_client_group(client=row, group=into, ctx=ctx)
    console.print_message(f"{row.name} (client {row.pk}) is in {into or 'no group'}.")
