"""Commands about clients, the customer records that are billed."""

from typing import Any

import click
from django.conf import settings
from django.db import transaction

from commerce.accounts.actions.client_flags import set_api_rate
from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.models import Client
from commerce.cli.lookup import check_country_and_currency, find_client, operator_context
from commerce.cli.param_types import parse_api_rate
from commerce.config import console
from commerce.kit.errors import BusinessError


@click.group()
def client() -> None:
    """Make clients, and change what counts for them."""


def change_client_details(text: str, details: dict[str, str | None]) -> Client:
    """Write what was given, and nothing else. Raises ``BusinessError`` when that is nothing."""
    changes: dict[str, Any] = {name: each for name, each in details.items() if each is not None}
    if not changes:
        raise BusinessError("client.nothing_to_change")
    row, ctx = find_client(text), operator_context()
    if "country" in changes:
        changes["country"] = check_country_and_currency(
            changes["country"].upper(), row.currency_code
        )[0]
    with transaction.atomic():
        if "api_rate" in changes:
            rate = parse_api_rate(changes.pop("api_rate"))
            set_api_rate(client=row, rate=rate, ctx=ctx)
        return change_client(client=row, ctx=ctx, **changes)


@client.command()
@click.argument("client")
@click.option("--company")
@click.option("--address1")
@click.option("--address2")
@click.option("--postcode")
@click.option("--city")
@click.option("--state")
@click.option("--country", metavar="CODE", help="ISO 3166, such as DE.")
@click.option("--tax-id")
@click.option(
    "--api-rate",
    metavar="N",
    help='Requests a minute that each API token may make; "default": as the installation allows.',
)
def change(client: str, **details: str | None) -> None:
    """Change the billing address of CLIENT (id or billing e-mail), its company, tax number or API rate.

    What is not given stays; an empty value ("") empties. Issued invoices do not change.
    """
    changed = change_client_details(client, details)
    parts = [changed.name, changed.address1, changed.city]
    console.print_message(f"Client {changed.pk}: {', '.join(filter(None, parts))}.")
    if details["api_rate"] is not None:
        quota, seconds = (changed.api_rate, 60) if changed.api_rate else settings.COMMERCE_API_RATE
        console.print_message(f"Each API token may make {quota} requests in {seconds} seconds.")


@client.command()
@click.option(
    "--owner", required=True, metavar="EMAIL", help="Who signs in; made if not known yet."
)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--country", required=True, metavar="CODE", help="ISO 3166, such as DE.")
@click.option("--currency", required=True, metavar="CODE", help="ISO 4217, such as EUR.")
@click.option("--email", metavar="EMAIL", help="Where bills go. [default: the owner's]")
@click.option("--company", default="")
@click.option("--phone", default="")
@click.option("--address1", default="")
@click.option("--address2", default="")
@click.option("--city", default="")
@click.option("--state", default="")
@click.option("--postcode", default="")
@click.option("--tax-id", default="")
def create(
    *,
    owner: str,
    email: str | None,
    country: str,
    currency: str,
    first_name: str,
    last_name: str,
    **details: Any,
) -> None:
    """Make a client with its owner, welcome the owner by mail, and print its id.

    A new owner chooses a password through the link of the page "forgot password".

    \b
    Example:
      commerce client create --owner nora@example.com --first-name Nora --last-name New --country DE --currency EUR
    """
    country, currency = check_country_and_currency(country.upper(), currency.upper())
    made, new = open_client_account(
        owner_email=owner,
        first_name=first_name,
        last_name=last_name,
        email=email or owner,
        country=country,
        currency_code=currency,
        ctx=operator_context(),
        **{name: value for name, value in details.items() if value},
    )
    if new:
        console.print_message(
            f"{owner} chooses a password at {settings.COMMERCE_URL}/client/forgot-password"
        )
    click.echo(made.pk)
