"""Commands about servers: the machines that hosting accounts live on."""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import click

from commerce.catalog.finding import find_server_group
from commerce.catalog.models import Product, ServerGroup
from commerce.cli.acts import add_acts
from commerce.cli.adapter_settings import say_forgotten, typed_value
from commerce.cli.lookup import operator_context
from commerce.cli.money.payment_input import ask_to_confirm, confirm_option
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.config import console
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_settings import set_secret_names
from commerce.hosting.actions.server_trials import request_server_test
from commerce.hosting.actions.servers import change_server
from commerce.hosting.models import DriftFinding, Server
from commerce.hosting.modules.registry import module_class
from commerce.hosting.panel_servers import find_server
from commerce.hosting.server_tests import (
    shown_fingerprint,
    try_server,
)
from commerce.record_acts.system import SERVER_ACTS, SERVER_GROUP_ACTS


@contextmanager
def forgotten_told(row: Server) -> Iterator[None]:
    """Say which secrets did not outlive a change of where they are sent."""
    before = set_secret_names(row)
    yield
    if gone := before - set_secret_names(row):
        say_forgotten(gone, f"commerce server set {row}")


@click.group()
def server() -> None:
    """Manage hosting servers."""


@server.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List servers with their number of accounts."""
    records = [server_record(one) for one in Server.objects.with_account_count().order_by("name")]
    shown = ("name", "hostname", "module", "group", "accounts", "max_accounts", "active")
    none = "No servers. `commerce server add` makes one."
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


@server.command()
@json_option
def groups(*, as_json: bool) -> None:
    """List server groups with their servers and products."""
    records = [group_record(one) for one in ServerGroup.objects.order_by("name")]
    none = "No server groups. `commerce server add-group` makes one."
    print_list(records, as_json=as_json, none=none)


def group_record(row: ServerGroup) -> dict[str, Any]:
    servers = Server.objects.filter(group=row.name).order_by("name")
    products = Product.objects.filter(server_group=row.name).order_by("slug")
    return {
        "name": row.name,
        "servers": list(servers.values_list("name", flat=True)),
        "products": list(products.values_list("slug", flat=True)),
    }


add_acts(
    server,
    SERVER_GROUP_ACTS,
    find_server_group,
    group_record,
    id_type=click.STRING,
    id_name="group",
    called=attrgetter("name"),
    names={"new": "add-group", "edit": "rename-group", "delete": "delete-group"},
)
add_acts(
    server,
    tuple(one for one in SERVER_ACTS if one is not request_server_test),  # it says how long it took
    _find,
    lambda row: server_record(_find(row.name)),
    id_type=click.STRING,
    id_name="server",
    called=attrgetter("name"),
    names={"new": "add", "edit": "change"},
)
