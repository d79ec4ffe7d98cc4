"""Commands about client groups: who pays prices of their own, or a percentage less."""

from typing import Any

import click

from commerce.cli import ready
from commerce.cli.catalog_rows import (
    NONE,
    amounts,
    basis_points,
    client_group,
    given,
    percent_text,
    price_lines,
    product_at,
    told,
)
from commerce.cli.clients import find


@click.group()
def group() -> None:
    """Groups of clients who pay prices of their own, or a percentage less.

    A group is named by its id or its name.

    \b
    Examples:
      commerce group add Partners --discount 10
      commerce group price Partners starter EUR monthly 4.00
      commerce group put alice@example.com Partners
    """


@group.command("list")
def list_() -> None:
    """List the groups with their id, discount and number of clients."""
    ready.django()
    from django.db.models import Count

    from commerce.accounts.models import ClientGroup

    for row in ClientGroup.objects.annotate(members=Count("clients")).order_by("name"):
        off = percent_text(row.discount)
        click.echo(f"{row.pk}  {row.name}  ({off} off, {row.members} clients)")


@group.command()
@click.argument("name", metavar="GROUP")
def show(*, name: str) -> None:
    """Show GROUP with its prices and clients."""
    ready.django()
    row = client_group(name)
    click.echo(f"{row.pk}  {row.name}  ({percent_text(row.discount)} off)")
    if row.description:
        click.echo(row.description)
    prices = row.prices.select_related("product").order_by("product__slug")
    for slug in dict.fromkeys(price.product.slug for price in prices):
        click.echo(f"{slug}")
        for line in price_lines([price for price in prices if price.product.slug == slug]):
            click.echo(f"    {line}")
    for client in row.clients.order_by("pk"):
        click.echo(f"client {client.pk}  {client.name}  {client.company}".rstrip())


@group.command()
@click.argument("name")
@click.option("--discount", default="0", metavar="PERCENT", help="Off all but domains.")
@click.option("--colour", default="", help="Such as #3366cc.")
@click.option("--description", default="")
def add(*, name: str, discount: str, **fields: Any) -> None:
    """Make a group of clients, and print its id."""
    saying = told()
    from commerce.accounts.actions import create_client_group

    made = create_client_group(name=name, discount=basis_points(discount), **fields, **saying)
    click.echo(made.pk)


@group.command()
@click.argument("group_name", metavar="GROUP")
@click.option("--name")
@click.option("--discount", metavar="PERCENT", help="Off all but domains.")
@click.option("--colour", help="Such as #3366cc.")
@click.option("--description")
def change(*, group_name: str, discount: str | None, **fields: Any) -> None:
    """Change what is named of GROUP; services that exist keep their price."""
    saying = told()
    from commerce.accounts.actions import change_client_group

    points = None if discount is None else basis_points(discount)
    new = given({"discount": points, **fields})
    change_client_group(group=client_group(group_name), **new, **saying)
    ready.say(f"Client group {group_name} is changed.")


@group.command()
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
    saying = told()
    from commerce.catalog.actions import remove_group_price, set_group_price

    row, currency = client_group(name), currency.upper()
    key: dict[str, Any] = {
        "group": row,
        "product": product_at(product),
        "currency_code": currency,
        "billing_cycle": cycle,
    }
    if amount == NONE:
        remove_group_price(**key, **saying)
        ready.say(f"{row} pays what everybody pays for {product} in {currency} {cycle}.")
        return
    set_group_price(**key, **amounts(currency, amount, setup), **saying)
    ready.say(f"{row} pays {amount} {currency} {cycle} for {product}.")


@group.command()
@click.argument("client")
@click.argument("name", metavar="GROUP")
def put(*, client: str, name: str) -> None:
    """Put CLIENT (id or billing e-mail) into GROUP, or out of any with "none"; services keep their price."""
    saying = told()
    from commerce.accounts.actions import put_in_group

    row = find(client)
    into = None if name == NONE else client_group(name)
    put_in_group(client=row, group=into, **saying)
    ready.say(f"{row.name} (client {row.pk}) is in {into or 'no group'}.")
