"""Commands about servers: the machines that hosting accounts live on."""

from typing import Any

import click

from commerce.cli.lookup import find_server, operator_context
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.hosting.actions.servers import change_server, create_server
from commerce.hosting.models import Server

OPTIONS = (
    click.option("--group", metavar="NAME", help="Server group, which products refer to."),
    click.option(
        "--module", metavar="NAME", help="Module that provisions accounts, such as manual."
    ),
    click.option(
        "--ipv4", metavar="ADDRESS", help='IPv4 address of websites, for DNS; "none" for none.'
    ),
    click.option(
        "--ipv6", metavar="ADDRESS", help='IPv6 address of websites, for DNS; "none" for none.'
    ),
    click.option("--panel-url", metavar="URL", help="Control panel URL for clients."),
    click.option(
        "--max-accounts",
        type=WholeNumber(0, 1_000_000),
        help="Maximum number of accounts; 0 for no limit.",
    ),
    click.option(
        "--nameservers",
        metavar="HOSTS",
        help='2 to 4 nameservers, separated by spaces, for domains ordered with a service; "none" for the defaults.',
    ),
)


def _options(command: Any) -> Any:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def _typed_fields(typed: dict[str, Any]) -> dict[str, Any]:
    """What was typed, as the actions take it."""
    fields = {name: value for name, value in typed.items() if value is not None}
    if "nameservers" in fields:
        hosts = fields["nameservers"].replace(",", " ").split()
        fields["nameservers"] = [] if hosts == ["none"] else hosts
    for name in ("ipv4", "ipv6"):
        if fields.get(name) == "none":
            fields[name] = ""
    return fields


@click.group()
def server() -> None:
    """Manage hosting servers."""


@server.command()
@click.argument("name")
@click.argument("hostname")
@_options
def add(*, name: str, hostname: str, **typed: Any) -> None:
    """Add a server for new accounts of products with its module and group.

    New accounts go to the active server with the most free capacity.
    """
    ctx = operator_context()
    row = create_server(name=name, hostname=hostname, **_typed_fields(typed), ctx=ctx)
    console.print_message(f"Added server {row}.")


@server.command()
@click.argument("server_name", metavar="SERVER")
@click.option("--name", metavar="NAME", help="New name.")
@click.option("--hostname", metavar="HOST", help="Hostname, shown for every service on it.")
@_options
def change(*, server_name: str, **typed: Any) -> None:
    """Change a server."""
    ctx = operator_context()
    row = find_server(server_name)
    change_server(server=row, **_typed_fields(typed), ctx=ctx)
    console.print_message(f"Updated server {row}.")


@server.command()
@click.argument("server_name", metavar="SERVER")
def off(*, server_name: str) -> None:
    """Stop creating new accounts on a server. Existing accounts continue."""
    _switch(server_name, on=False)


@server.command()
@click.argument("server_name", metavar="SERVER")
def on(*, server_name: str) -> None:
    """Resume creating new accounts on a server."""
    _switch(server_name, on=True)


def _switch(name: str, *, on: bool) -> None:
    ctx = operator_context()
    row = find_server(name)
    change_server(server=row, is_active=on, ctx=ctx)
    console.print_message(f"Server {row} {'accepts' if on else 'no longer accepts'} new accounts.")


@server.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List servers with their number of accounts."""
    records = [server_record(one) for one in Server.objects.with_account_count().order_by("name")]
    shown = ("name", "hostname", "module", "group", "accounts", "max_accounts", "active")
    none = "No servers. `commerce server add NAME HOSTNAME` makes one."
    print_list(records, as_json=as_json, none=none, table=pick(records, *shown))


@server.command()
@click.argument("server_name", metavar="SERVER")
@json_option
def show(*, server_name: str, as_json: bool) -> None:
    """Show the details of a server."""
    row = Server.objects.with_account_count().get(pk=find_server(server_name).pk)
    print_record(server_record(row), as_json=as_json)


def server_record(row: Server) -> dict[str, Any]:
    return {
        "name": row.name,
        "hostname": row.hostname,
        "module": row.module,
        "group": row.group,
        "ipv4": row.ipv4,
        "ipv6": row.ipv6,
        "panel_url": row.panel_url,
        "nameservers": row.nameservers,
        "accounts": row.account_count,
        "max_accounts": row.max_accounts or None,
        "active": row.is_active,
    }
