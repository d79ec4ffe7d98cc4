"""Commands about domain names: what they are sold under, and for how much."""

from operator import attrgetter
from typing import Any

import click
from django.db import transaction

from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import read_text_file
from commerce.config import console
from commerce.domains.actions.tlds import import_tlds, set_tld, set_tld_price
from commerce.domains.models import Tld
from commerce.domains.offers import price_list_rows
from commerce.domains.price_lists import PRICE_COLUMNS, format_price, format_price_list
from commerce.domains.registrars.known_fields import known_registry_fields
from commerce.domains.registrars.registry_fields import (
    RegistryFieldType,
    options_of_field,
    read_options,
)
from commerce.domains.rules import normalize_tld
from commerce.kit.errors import BusinessError
from commerce.kit.money import parse_amount
from commerce.presentation.records import Record
from commerce.record_acts.catalog import TLD_ACTS


@click.group()
def tld() -> None:
    """Manage TLDs and their prices."""


@tld.command("set")
@click.argument("tld")
@click.argument("currency")
@click.option(
    "--register", metavar="AMOUNT", help='Registration price per year, or "none" if not offered.'
)
@click.option("--renew", metavar="AMOUNT", help="Renewal price per year.")
@click.option("--transfer", metavar="AMOUNT", help="Transfer price.")
@click.option("--restore", metavar="AMOUNT", help="Restore price, without the renewal.")
@click.option(
    "--registrar",
    metavar="NAME",
    help='Registrar of new domains, or "default" for the one in domains.registrar.',
)
@click.option("--on/--off", "on", default=None, help="Start or stop selling it.")
def set_(
    *, tld: str, currency: str, registrar: str | None, on: bool | None, **prices: str | None
) -> None:
    """Set the prices of TLD in CURRENCY. Prices that you don't specify stay the same.

    Existing domains keep their price and registrar.

    \b
    Example:
      commerce tld set com EUR --register 12.00 --renew 14.00 --transfer 12.00 --on
    """
    ctx = operator_context()
    currency = currency.upper()
    new: dict[str, Any] = {
        name: None if text == "none" else parse_amount(text, currency)
        for name, text in prices.items()
        if text is not None
    }
    with transaction.atomic():
        more: dict[str, Any] = {} if on is None else {"is_active": on}
        if registrar is not None:
            more["registrar"] = "" if registrar == "default" else registrar
        row = set_tld(tld=tld, **more, ctx=ctx)
        set_tld_price(tld=row, currency_code=currency, **new, ctx=ctx)
    console.print_message(f"Updated .{row.tld} in {currency}.")


@tld.group("field")
def tld_field() -> None:
    """Manage what registries require beyond the contacts."""


@tld_field.command("list")
@click.argument("tld")
@json_option
def list_fields(*, tld: str, as_json: bool) -> None:
    """List the registry fields of TLD, or those proposed for it."""
    row = find_tld(tld)
    fields = row.extra_fields or known_registry_fields(row.tld)
    if fields and not row.extra_fields:
        console.print_message("Proposed. Run `commerce tld field propose` to take them over.")
    records = [
        {
            "name": field["name"],
            "label": field["label"],
            "type": field["type"],
            "required": field["required"],
            "choices": [f"{value}={text}" for value, text in options_of_field(field)],
            "only_if": field.get("needed_if"),
        }
        for field in fields
    ]
    print_list(records, as_json=as_json, none=f"The registry of .{row.tld} requires nothing more.")


@tld_field.command("set")
@click.argument("tld")
@click.argument("name")
@click.option("--label", default="", help="Label at checkout; the name if left out.")
@click.option(
    "--type",
    "kind",
    type=click.Choice([str(one) for one in RegistryFieldType]),
    default="text",
    show_default=True,
)
@click.option("--required/--optional", default=True, show_default=True)
@click.option(
    "--choice", "choices", multiple=True, metavar="VALUE[=LABEL]", help="Repeat for each choice."
)
@click.option(
    "--only-if", default="", metavar="FIELD=VALUE,VALUE", help="Ask only for these answers."
)
def set_field(
    *,
    tld: str,
    name: str,
    label: str,
    kind: str,
    required: bool,
    choices: tuple[str, ...],
    only_if: str,
) -> None:
    """Add the registry field NAME to TLD, or replace it.

    \b
    Example:
      commerce tld field set us RegistrantPurpose --type choice --choice "P3=Personal use"
    """
    row = find_tld(tld)
    options = read_options("\n".join(choices))
    field: dict[str, Any] = {"name": name, "label": label, "type": kind, "required": required}
    field["options"] = options
    condition, _sign, values = only_if.partition("=")
    if condition:
        field["needed_if"] = [condition, values.split(",")]
    fields = [field if one["name"] == name else one for one in row.extra_fields]
    fields += [] if field in fields else [field]
    set_tld(tld=row.tld, extra_fields=fields, ctx=operator_context())
    console.print_message(f"Updated .{row.tld}.")


@tld_field.command("remove")
@click.argument("tld")
@click.argument("name")
def remove_field(*, tld: str, name: str) -> None:
    """Remove the registry field NAME from TLD."""
    row = find_tld(tld)
    fields = [one for one in row.extra_fields if one["name"] != name]
    if len(fields) == len(row.extra_fields):
        raise BusinessError("tld.field_unknown", name=name, field="name")
    set_tld(tld=row.tld, extra_fields=fields, ctx=operator_context())
    console.print_message(f"Updated .{row.tld}.")


@tld_field.command("propose")
@click.argument("tld")
def propose_fields(*, tld: str) -> None:
    """Take over the fields that the registry of TLD is known to require, by its registrar's names."""
    row = find_tld(tld)
    fields = known_registry_fields(row.tld)
    if not fields:
        console.print_message(f"Nothing is known of .{row.tld} at its registrar.")
        return
    set_tld(tld=row.tld, extra_fields=fields, ctx=operator_context())
    console.print_message(f"Updated .{row.tld}: {len(fields)} fields.")


def find_tld(tld: str) -> Tld:
    """The TLD of the table. Raises ``BusinessError``."""
    row = Tld.objects.filter(tld=normalize_tld(tld)).first()
    if row is None:
        raise BusinessError("tld.unknown", tlds=tld, field="tld")
    return row


@tld.command("import-csv")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Show what would change without changing anything.")
def import_csv(*, file: str, dry_run: bool) -> None:
    """Import prices from FILE (- for standard input) as written by `commerce tld export-csv`."""
    ctx = operator_context()
    changes = import_tlds(text=read_text_file(file), dry_run=dry_run, ctx=ctx)
    for change in changes:
        before, after = change.before, change.after
        if change.column in PRICE_COLUMNS:
            before, after = (format_price(value, change.currency_code) for value in (before, after))
        where = f".{change.tld} {change.column} {change.currency_code}".rstrip()
        click.echo(f"{where}: {format_value(before)} → {format_value(after)}")
    console.print_message(
        f"{len(changes)} changes{' (dry run; nothing saved)' if dry_run else ''}."
    )


@tld.command("export-csv")
def export_csv() -> None:
    """Export prices as CSV, one line per TLD and currency."""
    click.echo(format_price_list(price_list_rows()), nl=False)


def format_value(value: object) -> str:
    """A value of the table for people."""
    return "none" if value in (None, "") else str(value)


def tld_record(row: Tld) -> Record:
    return {
        "tld": row.tld,
        "on_sale": row.is_active,
        "registrar": row.registrar or None,
        "min_years": row.min_years,
        "max_years": row.max_years,
        "code_required": row.code_required,
        "privacy_available": row.privacy_available,
        "transfer_adds_year": row.transfer_adds_year,
        "grace_days": row.grace_days,
        "redemption_days": row.redemption_days,
        "renew_advance_days": row.renew_advance_days,
        "position": row.position,
    }


add_acts(
    tld,
    TLD_ACTS,
    find_tld,
    tld_record,
    id_type=click.STRING,
    id_name="tld",
    called=attrgetter("tld"),
    names={"new": "add", "edit": "change"},
)
