"""Commands about DNS zones: the zones of clients, their records, signatures and the server that answers for them."""

from typing import Any

import click

from commerce.accounts.finding import find_client
from commerce.catalog.finding import find_product
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_zone, operator_context
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.cli.param_types import read_text_file
from commerce.config import console
from commerce.dns.actions.templates import remove_product_template, set_product_template
from commerce.dns.actions.zones import open_zone, publish_zone_again
from commerce.dns.imports import apply_import, import_zone_file, prepare_import
from commerce.dns.labels import delegation_texts, warning_texts
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.records.zones import ZONE_FIELDS, ZONE_VERSION_FIELDS
from commerce.dns.servers.registry import check_server, required_dns_server
from commerce.dns.steps import difference_at_server
from commerce.dns.zone_files import write_zone_file
from commerce.kit.errors import BusinessError
from commerce.record_acts.domains import ZONE_ACTS


@click.group()
def dns() -> None:
    """Manage DNS zones and their records."""


@dns.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the zones, without those that have ended."""
    zones = ZONE_FIELDS.with_related(Zone.objects.live()).order_by("name")
    records = [_zone_record(zone) for zone in zones]
    shown = ("name", "client", "version", "live", "dnssec", "delegated", "ends_on")
    none = "No zones. `commerce dns add CLIENT NAME` makes one."
    print_list(records, as_json=as_json, none=none, table=pick(records, *shown))


def _zone_record(zone: Zone) -> dict[str, Any]:
    newest = zone.newest
    return ZONE_FIELDS.read(zone) | {
        "version": newest.number,
        "serial": newest.serial,
        "live": newest.live_at is not None,
    }


@dns.command()
@click.argument("name")
@json_option
def show(*, name: str, as_json: bool) -> None:
    """Show a zone with its records and DS records."""
    zone = find_zone(name)
    records = zone.newest.record_list()
    record = _zone_record(zone) | {
        "problems": delegation_texts(zone),
        "warnings": warning_texts(records),
        "records": [each.kept() for each in records],
    }
    print_record(record, as_json=as_json)


@dns.command()
@click.argument("client")
@click.argument("name")
def add(*, client: str, name: str) -> None:
    """Create a zone for NAME of CLIENT from the template.

    A name registered elsewhere needs an active service of the client.
    """
    zone = open_zone(client=find_client(client), name=name, ctx=operator_context())
    console.print_message(f"Created zone {zone}.")


@dns.command("export")
@click.argument("name")
def export(*, name: str) -> None:
    """Print the zone file of a zone."""
    zone = find_zone(name)
    newest = zone.newest
    click.echo(write_zone_file(zone.name, newest.record_list(), soa=newest.soa_value()), nl=False)


@dns.command("import")
@click.argument("name")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would change without changing anything.")
def import_(*, name: str, file: str, dry_run: bool) -> None:
    """Replace the records of a zone with those of a zone FILE (- for standard input)."""
    zone = find_zone(name)
    found = prepare_import(zone, read_text_file(file))
    for problem in found.problems:
        click.echo(str(problem), err=True)
    if found.problems:
        raise BusinessError("zone.import_refused", count=len(found.problems))
    for sign, records in (("-", found.change.removed), ("+", found.change.added)):
        for record in records:
            click.echo(f"{sign} {record}")
    if not dry_run:
        apply_import(zone=zone, prepared=found, ctx=operator_context())
    count = len(found.change.removed) + len(found.change.added)
    console.print_message(f"{count} changes{' (dry run; nothing saved)' if dry_run else ''}.")


@dns.command()
@click.argument("name")
@json_option
def versions(*, name: str, as_json: bool) -> None:
    """List the versions of a zone that can be restored, newest first."""
    rows = find_zone(name).versions.order_by("-number")
    print_list([_version_record(row) for row in rows], as_json=as_json, none="No versions.")


def _version_record(row: ZoneVersion) -> dict[str, Any]:
    return ZONE_VERSION_FIELDS.read(row) | {"records": len(row.records)}


def _say_made(made: ZoneVersion | None) -> None:
    console.print_message(f"Version {made.number} made." if made else "Nothing to change.")


@dns.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All zones.")
def publish(*, names: tuple[str, ...], every: bool) -> None:
    """Send zones to the DNS server again."""
    ctx = operator_context()
    zones = list(Zone.objects.live()) if every else [find_zone(name) for name in names]
    for zone in zones:
        publish_zone_again(zone=zone, ctx=ctx)
    console.print_message(f"{len(zones)} zones queued.")


@dns.command()
@click.argument("names", nargs=-1)
def compare(*, names: tuple[str, ...]) -> None:
    """Compare zones with the DNS server: all of them unless NAMES are given."""
    server, differing = required_dns_server(), 0
    zones = [find_zone(name) for name in names] or list(Zone.objects.live().order_by("name"))
    for zone in zones:
        try:
            problem = difference_at_server(zone, server)
        except OSError as silent:
            raise BusinessError(
                "dns.server_not_answering", server=server.name, problem=silent
            ) from silent
        if problem:
            differing += 1
            click.echo(f"{zone}: {problem}")
    console.print_message(f"{differing} of {len(zones)} zones differ.")
    if differing:
        raise click.exceptions.Exit(1)


@dns.command()
def test() -> None:
    """Check the connection to the DNS server."""
    server = required_dns_server()
    console.print_message(f"{server.name} {check_server(server)} is answering.")


@dns.command()
@click.argument("product")
@click.argument("file")
def template(*, product: str, file: str) -> None:
    """Use a zone FILE with placeholders for new zones of PRODUCT; "none" to use dns.template again."""
    row, ctx = find_product(product), operator_context()
    if file == "none":
        remove_product_template(product=row, ctx=ctx)
    else:
        set_product_template(product=row, text=read_text_file(file), ctx=ctx)
    console.print_message(f"Updated the DNS template of {row}.")


add_acts(
    dns,
    # Several are published at once, and a file is shown line by line.
    tuple(one for one in ZONE_ACTS if one not in (publish_zone_again, import_zone_file)),
    find_zone,
    _zone_record,
    id_type=click.STRING,
    id_name="name",
    options={"number": "version"},
)
