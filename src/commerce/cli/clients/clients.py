"""Commands about clients, the customer records that are billed."""

from typing import Any

import click

from commerce.accounts.data_export.archive import client_records
from commerce.accounts.finding import find_client, find_client_group
from commerce.accounts.models import Client
from commerce.accounts.records.clients import CLIENT_FIELDS
from commerce.accounts.rules import ClientStatus
from commerce.cli.acts import add_acts
from commerce.cli.clients.client_records import client_details, client_search
from commerce.cli.clients.compare import compare
from commerce.cli.output import json_option, print_json, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.record_acts.clients import CLIENT_ACTS, CLIENTS_ACTS

whom = click.argument("client", metavar="CLIENT")

LISTED = "id name company email country currency status created_at"
"""What the table of the list shows of each client."""


@click.group()
def client() -> None:
    """Manage clients."""


client.add_command(compare)


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
@click.option("--everything", is_flag=True, help="Show all records of the client, as JSON.")
@json_option
def show(client: str, *, everything: bool, as_json: bool) -> None:
    """Show CLIENT (ID or billing email) with its members, services, invoices, and credit."""
    if everything:
        print_json(client_records(find_client(client).pk))
        return
    print_record(client_details(find_client(client)), as_json=as_json)


add_acts(
    client,
    (*CLIENT_ACTS, *CLIENTS_ACTS),
    find_client,
    CLIENT_FIELDS.read,
    id_type=click.STRING,
    id_name="client",
    names={"new": "create", "edit": "change"},
    options={
        "tags": "tag",
        "owner_email": "owner",
        "currency_code": "currency",
        "locale": "language",
    },
)
