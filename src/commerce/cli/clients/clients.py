"""Commands about clients, the customer records that are billed."""

from typing import Any

import click
from django.conf import settings

from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.finding import find_client, find_client_group
from commerce.accounts.models import Client
from commerce.accounts.records.clients import CLIENT_FIELDS
from commerce.accounts.rules import ClientStatus
from commerce.catalog.finding import find_currency
from commerce.cli.acts import add_acts
from commerce.cli.clients.client_records import client_details, client_search
from commerce.cli.lookup import check_country_and_currency, operator_context
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.presentation.countries import check_country
from commerce.record_acts import CLIENT_ACTS

whom = click.argument("client", metavar="CLIENT")

LISTED = "id name company email country currency status created_at"
"""What the table of the list shows of each client."""


@click.group()
def client() -> None:
    """Manage clients."""


@client.command("list")
@click.option("--status", type=EnumChoice(ClientStatus), help="Filter by status.")
@click.option("--country", metavar="CODE", help="Filter by country, such as DE.")
@click.option("--currency", metavar="CODE", help="Filter by currency, such as EUR.")
@click.option("--group", metavar="GROUP", help="Filter by client group (ID or name).")
@click.option("--search", metavar="TEXT", help="Filter by text in name, company, or email.")
@click.option("--limit", type=WholeNumber(1, 100_000), default=50, show_default=True)
@json_option
def list_(*, group: str | None, search: str | None, limit: int, as_json: bool, **same: Any) -> None:
    """List clients, newest first."""
    rows = CLIENT_FIELDS.with_related(Client.objects.order_by("-pk"))
    columns = {"status": "status", "country": "country", "currency": "currency_code"}
    for name, value in same.items():
        if value is not None:
            rows = rows.filter(**{f"{columns[name]}__iexact": value})
    if group is not None:
        rows = rows.filter(group=find_client_group(group))
    if search:
        rows = rows.filter(client_search(search))
    print_rows(CLIENT_FIELDS, rows[:limit], LISTED, as_json=as_json, none="No clients.")


@client.command()
@whom
@json_option
def show(client: str, *, as_json: bool) -> None:
    """Show CLIENT (ID or billing email) with its members, services, invoices, and credit."""
    print_record(client_details(find_client(client)), as_json=as_json)


def change_client_details(text: str, details: dict[str, str | None]) -> Client:
    """Write what was given, and nothing else. Raises ``BusinessError`` when that is nothing."""
    changes: dict[str, Any] = {name: each for name, each in details.items() if each is not None}
    if not changes:
        raise BusinessError("client.nothing_to_change")
    row, ctx = find_client(text), operator_context()
    if "country" in changes:
        changes["country"] = changes["country"].upper()
        check_country(changes["country"])
    if "currency" in changes:
        changes["currency_code"] = _sold_in(changes.pop("currency"), row)
    return change_client(client=row, ctx=ctx, **changes)


def _sold_in(code: str, row: Client) -> str:
    """A currency in which new orders are taken, or the client's. Raises ``BusinessError``."""
    found = find_currency(code)
    if not found.is_active and found.pk != row.currency_code:
        raise BusinessError("currency.not_active", currency=found.pk, field="currency")
    return found.pk


@client.command()
@whom
@click.option("--first-name")
@click.option("--last-name")
@click.option("--company")
@click.option("--email", help="Billing email. Members change their sign-in email themselves.")
@click.option("--phone")
@click.option("--address1")
@click.option("--address2")
@click.option("--postcode")
@click.option("--city")
@click.option("--state")
@click.option("--country", metavar="CODE", help="Country code, such as DE.")
@click.option(
    "--currency",
    metavar="CODE",
    help="Currency of new orders. Existing services, invoices, and credit keep theirs.",
)
@click.option("--tax-id")
def change(client: str, **details: str | None) -> None:
    """Change the details of CLIENT (ID or billing email).

    Use an empty value ("") to clear a field. Issued invoices don't change.

    \b
    Examples:
      commerce client change 17 --email billing@acme.example --phone "+44 20 7946 0018"
      commerce client change jane@example.com --currency GBP
    """
    changed = change_client_details(client, details)
    parts = [changed.name, changed.company, changed.email, changed.address1, changed.city]
    console.print_message(f"Client {changed.pk}: {', '.join(filter(None, parts))}.")


@client.command()
@click.option(
    "--owner",
    required=True,
    metavar="EMAIL",
    help="Email of the owner; a user is created if needed.",
)
@click.option("--first-name", required=True)
@click.option("--last-name", required=True)
@click.option("--country", required=True, metavar="CODE", help="Country code, such as DE.")
@click.option("--currency", required=True, metavar="CODE", help="Currency code, such as EUR.")
@click.option("--email", metavar="EMAIL", help="Billing email. [default: the owner's]")
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
    """Create a client and its owner, send a welcome email, and print the client ID.

    A new owner chooses a password with the "Forgot password" page.

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


add_acts(
    client, CLIENT_ACTS, find_client, CLIENT_FIELDS.read, id_type=click.STRING, id_name="client"
)
