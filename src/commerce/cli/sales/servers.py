"""Commands about servers: the machines that hosting accounts live on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from commerce.cli.acts import add_acts
from commerce.cli.adapter_settings import say_forgotten, typed_value
from commerce.cli.lookup import operator_context
from commerce.cli.money.payment_input import ask_to_confirm, confirm_option
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_settings import missing_settings, set_secret_names
from commerce.hosting.actions.servers import (
    change_server,
    create_server,
)
from commerce.hosting.models import DriftFinding, Server
from commerce.hosting.modules.registry import module_class
from commerce.hosting.panel_servers import find_server
from commerce.hosting.server_tests import (
    ask_server_now,
    shown_fingerprint,
    try_server,
)
from commerce.record_acts import SERVER_ACTS

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
    click.option(
        "--port",
        type=WholeNumber(0, 65_535),
        help="Port of the control panel; 0 for the module's own.",
    ),
    click.option(
        "--fingerprint",
        metavar="SHA256",
        help='Certificate to pin, as `commerce server fingerprint` shows it; "none" for a public authority.',
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


@contextmanager
def forgotten_told(row: Server) -> Iterator[None]:
    """Say which secrets did not outlive a change of where they are sent."""
    before = set_secret_names(row)
    yield
    if gone := before - set_secret_names(row):
        say_forgotten(gone, f"commerce server set {row}")


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
    for name in ("ipv4", "ipv6", "fingerprint"):
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
    if missing := missing_settings(row):
        fields = ", ".join(each.name for each in missing)
        console.print_message(
            f"It takes no accounts yet: set {fields} with `commerce server set {row}`, then run"
            f" `commerce server test {row}` and `commerce server enable {row}`."
        )


@server.command()
@click.argument("server_name", metavar="SERVER")
@click.option("--name", metavar="NAME", help="New name.")
@click.option("--hostname", metavar="HOST", help="Hostname, shown for every service on it.")
@_options
@confirm_option
def change(*, server_name: str, confirm: tuple[str, ...], **typed: Any) -> None:
    """Change a server. With a new address it is first asked for some of its accounts."""
    ctx = operator_context()
    row = find_server(server_name)
    with forgotten_told(row):
        fields = _typed_fields(typed)
        ask_to_confirm(
            lambda sure: change_server(server=row, **fields, confirmed=sure, ctx=ctx), confirm
        )
        console.print_message(f"Updated server {row}.")


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
    print_record(server_record(_find(server_name)), as_json=as_json)


def _find(name: str) -> Server:
    return Server.objects.with_account_count().get(pk=find_server(name).pk)


@server.command("set")
@click.argument("server_name", metavar="SERVER")
@click.argument("field")
@click.argument("value", required=False)
@confirm_option
def set_(*, server_name: str, field: str, value: str | None, confirm: tuple[str, ...]) -> None:
    """Set FIELD of SERVER to VALUE. List the fields with `commerce server show`.

    Secrets aren't accepted as an argument: omit VALUE, then type or pipe it. An empty secret leaves it as it is.
    """
    row, ctx = find_server(server_name), operator_context()
    known = {each.name: each for each in module_class(row.module).fields}
    found = known.get(field)
    if found is not None and found.secret and value is not None:
        raise click.UsageError("Omit VALUE for secrets; type or pipe it.")
    if found is not None and value is None:
        value = typed_value(found)
    with forgotten_told(row):
        settings = {field: value or ""}
        ask_to_confirm(
            lambda sure: change_server(server=row, settings=settings, confirmed=sure, ctx=ctx),
            confirm,
        )
        console.print_message(f"{field} of server {row} is set.")


@server.command()
@click.argument("server_name", metavar="SERVER")
@json_option
def test(*, server_name: str, as_json: bool) -> None:
    """Ask the control panel of a server something harmless. Exits with 1 if it doesn't work."""
    row = find_server(server_name)
    tested = try_server(server=row, ctx=operator_context())
    record = {
        "server": row.name,
        "milliseconds": tested.milliseconds,
        "answer": tested.answer,
    }
    print_record(record, as_json=as_json)


@server.command()
@click.argument("server_name", metavar="SERVER")
@json_option
def fingerprint(*, server_name: str, as_json: bool) -> None:
    """Show the fingerprint of the certificate that a server shows now, and the pinned one.

    To pin it, compare it on the server itself, then run `commerce server change SERVER --fingerprint`.
    """
    row = find_server(server_name)
    shown = shown_fingerprint(server=row)
    record = {"server": row.name, "shown": shown, "pinned": row.fingerprint or None}
    print_record(record, as_json=as_json)


@server.command("try-now")
@click.argument("server_name", metavar="SERVER")
def try_now(*, server_name: str) -> None:
    """Ask a server that didn't answer. If it does, and has your accounts, everything that was waiting continues."""
    row, ctx = find_server(server_name), operator_context()
    ask_server_now(server=row, ctx=ctx)
    console.print_message(f"Server {row} answers. What was waiting continues.")


@server.command()
@click.argument("server_name", metavar="SERVER", required=False)
@click.option("--now", is_flag=True, help="Compare again; the worker does it.")
@json_option
def drift(*, server_name: str | None, now: bool, as_json: bool) -> None:
    """Show where accounts on a server, or on all, differ from what is stored here. Nothing is changed.

    Servers are compared every day.
    """
    rows = [find_server(server_name)] if server_name else list(Server.objects.order_by("name"))
    if now:
        ctx = operator_context()
        asked = [row for row in rows if server_name or not module_class(row.module).is_manual]
        for row in asked:
            request_comparison(server=row, ctx=ctx)
        console.print_message(f"Comparing {len(asked)} server{'' if len(asked) == 1 else 's'}.")
        return
    findings = DriftFinding.objects.filter(server__in=rows).select_related("server")
    records = [
        {
            "server": finding.server.name,
            "service": finding.service_id,
            "account": finding.account,
            "kind": finding.kind,
            "local": finding.local,
            "remote": finding.remote or None,
            "found_at": finding.found_at,
        }
        for finding in findings.order_by("server__name", "pk")
    ]
    print_list(records, as_json=as_json, none="No differences.")


def server_record(row: Server) -> dict[str, Any]:
    secrets = set_secret_names(row)
    return {
        "name": row.name,
        "hostname": row.hostname,
        "port": row.port or module_class(row.module).default_port,
        "fingerprint": row.fingerprint or None,
        "module": row.module,
        "group": row.group,
        "ipv4": row.ipv4,
        "ipv6": row.ipv6,
        "panel_url": row.panel_url,
        "nameservers": row.nameservers,
        "accounts": row.account_count,
        "max_accounts": row.max_accounts or None,
        "active": row.is_active,
        "settings": {
            each.name: ("set" if each.name in secrets else "not set")
            if each.secret
            else row.settings.get(each.name, "")
            for each in module_class(row.module).fields
        },
        "compared_at": row.drift_checked_at,
        "tested_at": row.tested_at,
        "test_problem": row.test_problem or None,
    }


add_acts(server, SERVER_ACTS, _find, server_record, id_type=click.STRING, id_name="server")
