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
    click.option("--group", metavar="NAME", help="Products name the group that they are made on."),
    click.option("--module", metavar="NAME", help="What sets accounts up on it, such as manual."),
    click.option("--panel-url", metavar="URL", help="Where clients sign in to its panel."),
    click.option("--max-accounts", type=WholeNumber(0, 1_000_000), help="0 is no limit."),
    click.option(
        "--nameservers",
        metavar="HOSTS",
        help='2 to 4, with spaces, for domains ordered with a service on it; "none": the usual ones.',
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
    return fields


@click.group()
def server() -> None:
    """Manage the servers that hosting accounts live on."""


@server.command()
@click.argument("name")
@click.argument("hostname")
@_options
def add(*, name: str, hostname: str, **typed: Any) -> None:
    """Add a server. Products of its module and group get their new accounts there from now on.

    When an order becomes active, the active server with the most free slots is chosen.
    """
    ctx = operator_context()
    row = create_server(name=name, hostname=hostname, **_typed_fields(typed), ctx=ctx)
    console.print_message(f"Server {row} is active.")


@server.command()
@click.argument("server_name", metavar="SERVER")
@click.option("--name", metavar="NAME", help="Another name.")
@click.option("--hostname", metavar="HOST", help="Shown for every service on it, also by the API.")
@_options
def change(*, server_name: str, **typed: Any) -> None:
    """Change a server; what is not given stays."""
    ctx = operator_context()
    row = find_server(server_name)
    change_server(server=row, **_typed_fields(typed), ctx=ctx)
    console.print_message(f"Server {row} is changed.")


@server.command()
@click.argument("server_name", metavar="SERVER")
def off(*, server_name: str) -> None:
    """Make no new accounts on a server; what is on it goes on."""
    _switch(server_name, on=False)


@server.command()
@click.argument("server_name", metavar="SERVER")
def on(*, server_name: str) -> None:
    """Make new accounts on a server again."""
    _switch(server_name, on=True)


def _switch(name: str, *, on: bool) -> None:
    ctx = operator_context()
    row = find_server(name)
    change_server(server=row, is_active=on, ctx=ctx)
    console.print_message(f"Server {row} takes {'new' if on else 'no new'} accounts.")


@server.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all servers with the accounts on them."""
    records = [server_record(one) for one in Server.objects.with_account_count().order_by("name")]
    shown = ("name", "hostname", "module", "group", "accounts", "max_accounts", "active")
    none = "No servers. `commerce server add NAME HOSTNAME` makes one."
    print_list(records, as_json=as_json, none=none, table=pick(records, *shown))


@server.command()
@click.argument("server_name", metavar="SERVER")
@json_option
def show(*, server_name: str, as_json: bool) -> None:
    """Show all that is known of a server."""
    row = Server.objects.with_account_count().get(pk=find_server(server_name).pk)
    print_record(server_record(row), as_json=as_json)


def server_record(row: Server) -> dict[str, Any]:
    return {
        "name": row.name,
        "hostname": row.hostname,
        "module": row.module,
        "group": row.group,
        "panel_url": row.panel_url,
        "nameservers": row.nameservers,
        "accounts": row.account_count,
        "max_accounts": row.max_accounts or None,
        "active": row.is_active,
    }
