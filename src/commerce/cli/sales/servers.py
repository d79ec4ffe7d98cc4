"""Commands about servers: the machines that hosting accounts live on."""

import json
from typing import TYPE_CHECKING, Any

import click

from commerce.cli.lookup import find_server, operator_context
from commerce.cli.param_types import WholeNumber
from commerce.config import console

if TYPE_CHECKING:
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
    from commerce.hosting.actions.servers import create_server

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
    from commerce.hosting.actions.servers import change_server

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
    from commerce.hosting.actions.servers import change_server

    row = find_server(name)
    change_server(server=row, is_active=on, ctx=ctx)
    console.print_message(f"Server {row} takes {'new' if on else 'no new'} accounts.")


@server.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List all servers with the accounts on them."""
    console.load_django()
    from commerce.hosting.models import Server

    rows = [_row(one) for one in Server.objects.with_used().order_by("name")]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        console.print_message("No servers. `commerce server add NAME HOSTNAME` makes one.")
        return
    table = [("NAME", "HOSTNAME", "MODULE", "GROUP", "ACCOUNTS", "STATE")]
    table += [
        (
            row["name"],
            row["hostname"],
            row["module"],
            row["group"] or "-",
            f"{row['accounts']}{f' of {most}' if (most := row['max_accounts']) else ''}",
            "active" if row["active"] else "off",
        )
        for row in rows
    ]
    console.table(table)


@server.command()
@click.argument("server_name", metavar="SERVER")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(*, server_name: str, as_json: bool) -> None:
    """Show all that is known of a server."""
    console.load_django()
    from commerce.hosting.models import Server

    row = _row(Server.objects.with_used().get(pk=find_server(server_name).pk))
    if as_json:
        click.echo(json.dumps(row, indent=2))
        return
    for name, value in row.items():
        told_as = " ".join(value) if isinstance(value, list) else value
        click.echo(f"{name.replace('_', ' ') + ':':14}{told_as if told_as != '' else '-'}")


def _row(row: "Server") -> dict[str, Any]:
    return {
        "name": row.name,
        "hostname": row.hostname,
        "module": row.module,
        "group": row.group,
        "panel_url": row.panel_url,
        "nameservers": row.nameservers,
        "accounts": row.used,
        "max_accounts": row.max_accounts,
        "active": row.is_active,
    }
