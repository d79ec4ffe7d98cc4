"""Commands about registrars: their settings, whether they answer, and what they charge beside what clients pay."""

import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from commerce.cli.adapter_settings import confirm_option, field_records, set_field
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list, print_record
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.domains.models import Domain, Tld
from commerce.domains.registrar_prices import (
    PriceChange,
    PriceMargin,
    margins,
    price_changes,
    priced_registrars,
    refresh_prices,
)
from commerce.domains.registrars import registry
from commerce.domains.registrars.contract import Registrar
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from commerce.site_settings.adapter_fields import AdapterField, adapter_settings, missing_fields

SANDBOX_TEXT = "Nothing is really registered there, but clients are invoiced."


@click.group()
def registrar() -> None:
    """Manage registrars and compare their prices."""


@registrar.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List registrars with the TLDs and domains they manage."""
    adapters = [registry.get_registrar(slug) for slug in registry.registrar_names()]
    records = [registrar_record(adapter) for adapter in adapters]
    print_list(records, as_json=as_json, none="No registrars.")
    for adapter in adapters:
        _say_sandbox(adapter)


def _say_sandbox(adapter: Registrar) -> None:
    used = adapter.slug == current.get_setting("domains.registrar") or _tlds(adapter.slug)
    if used and adapter.is_sandbox:
        console.print_message(f"{adapter.slug}: {SANDBOX_TEXT}", level=logging.WARNING)


def registrar_record(adapter: Registrar) -> dict[str, Any]:
    slug = adapter.slug
    settings = adapter_settings(f"registrar.{slug}", adapter.fields)
    return {
        "registrar": slug,
        "name": str(adapter.name),
        "default": slug == current.get_setting("domains.registrar"),
        "sandbox": adapter.is_sandbox,
        "missing": [each.name for each in missing_fields(adapter.fields, settings)],
        "tlds": _tlds(slug),
        "domains": Domain.objects.filter(registrar=slug, status__in=LIVE_DOMAIN_STATUSES).count(),
    }


def _tlds(slug: str) -> list[str]:
    rows = Tld.objects.filter(registrar=slug).order_by("position", "tld")
    return list(rows.values_list("tld", flat=True))


@registrar.command()
@click.argument("slug", metavar="REGISTRAR")
@json_option
def show(slug: str, *, as_json: bool) -> None:
    """Show the settings and capabilities of REGISTRAR. Secrets are shown as set or not set."""
    adapter = registry.get_registrar(slug)
    can = asdict(adapter.capabilities)
    record = registrar_record(adapter) | {
        "capabilities": [name for name, is_there in can.items() if is_there],
        "settings": field_records(f"registrar.{slug}", adapter.fields),
    }
    print_record(record, as_json=as_json)
    _say_sandbox(adapter)


@registrar.command("set")
@click.argument("slug", metavar="REGISTRAR")
@click.argument("field", required=False)
@click.argument("value", required=False)
@click.option("--clear", is_flag=True, help="Delete the value.")
@click.option("--default", "as_default", is_flag=True, help="Register new domains here.")
@confirm_option
def set_(
    slug: str,
    field: str | None,
    value: str | None,
    *,
    clear: bool,
    as_default: bool,
    confirm: bool,
) -> None:
    """Set FIELD of REGISTRAR to VALUE, or make it the default. List the fields with `commerce registrar show`.

    Secrets aren't accepted as an argument: omit VALUE, then type or pipe it.

    The default applies to new domains of TLDs without a registrar of their own (`commerce tld set --registrar`).
    Existing domains stay where they are.

    Before a value is saved, the registrar is asked for up to ten of your domains there. If this account doesn't have
    them, nothing is saved without --confirm.

    \b
    Examples:
      commerce registrar set opensrs username example
      commerce registrar set opensrs private_key
      commerce registrar set opensrs --default
    """
    adapter, ctx = registry.get_registrar(slug), operator_context()
    if not (field or as_default):
        raise click.UsageError("Name a FIELD, or use --default.")
    if field:
        one = _field_of(adapter, field)
        set_field(f"registrar.{slug}", one, value, clear=clear, is_confirmed=confirm)
    if as_default:
        registry.check_registrar_configured(slug)
        set_setting(key="domains.registrar", value=slug, ctx=ctx)
        console.print_message(f"New domains are registered with {slug}.")
        _say_sandbox(adapter)


def _field_of(adapter: Registrar, name: str) -> AdapterField:
    known = {each.name: each for each in adapter.fields}
    if name not in known:
        names = ", ".join(known) or "none"
        raise BusinessError("registrar.field_unknown", field_name=name, known=names)
    return known[name]


@registrar.command()
@click.argument("slug", metavar="REGISTRAR")
@json_option
def test(slug: str, *, as_json: bool) -> None:
    """Check the settings of REGISTRAR with a harmless call, and show the balance if it tells it."""
    adapter = registry.get_registrar(slug)
    balance = registry.test_registrar(slug)
    if as_json:
        print_record({"registrar": slug, "balance": balance}, as_json=True)
        return
    console.print_message(f"{slug} works.{f' Balance: {balance}' if balance else ''}")
    _say_sandbox(adapter)


@registrar.command()
@click.argument("slug", metavar="[REGISTRAR]", required=False)
@click.option("--losses", is_flag=True, help="Only prices below the registrar's cost.")
@click.option(
    "--changes", is_flag=True, help="List changes of the registrars' price lists instead."
)
@click.option(
    "--days", type=WholeNumber(1, 3650), default=90, show_default=True, help="With --changes."
)
@click.option("--refresh", is_flag=True, help="Ask the registrars first.")
@json_option
def prices(
    slug: str | None, *, losses: bool, changes: bool, days: int, refresh: bool, as_json: bool
) -> None:
    """Compare what registrars charge with what clients pay, per TLD and currency.

    Price lists are fetched daily, from registrars that have one. Costs in another currency are converted at the rates
    of `commerce currency`. Margins are per year, before tax.

    \b
    Examples:
      commerce registrar prices --losses
      commerce registrar prices sandbox --changes --days 30
    """
    if losses and changes:
        raise click.UsageError("--losses can't be combined with --changes.")
    slugs = [registry.get_registrar(slug).slug] if slug else priced_registrars()
    if refresh:
        for each in slugs:
            refresh_prices(each, ctx=operator_context())
    if changes:
        since = clock.now() - timedelta(days=days)
        found = [change for each in slugs for change in price_changes(each, since=since)]
        _print([_change_record(change) for change in found], "No changes.", as_json=as_json)
        return
    compared = [margin for each in slugs for margin in margins(each)]
    shown = [margin for margin in compared if margin.is_loss or not losses]
    none = "No prices below cost." if losses and compared else "No price lists. Use --refresh."
    _print([_margin_record(margin) for margin in shown], none, as_json=as_json)


def _print(records: list[dict[str, Any]], none: str, *, as_json: bool) -> None:
    """Amounts of several currencies in a record: in JSON each has its own beside it."""
    plain = [
        {
            name: {"amount": value.amount, "currency_code": value.currency}
            if isinstance(value, Money)
            else value
            for name, value in record.items()
        }
        for record in records
    ]
    print_list(plain, as_json=as_json, none=none, table=records)


def _margin_record(margin: PriceMargin) -> dict[str, Any]:
    return {
        "registrar": margin.registrar,
        "tld": margin.tld,
        "operation": margin.operation,
        "cost": margin.cost,
        "price": margin.price,
        "margin": margin.margin,
        "below_cost": margin.is_loss,
    }


def _change_record(change: PriceChange) -> dict[str, Any]:
    return {
        "changed_at": change.changed_at,
        "registrar": change.registrar,
        "tld": change.tld,
        "operation": change.operation,
        "old": change.old,
        "new": change.new,
    }
