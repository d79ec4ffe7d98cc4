"""Commands about currencies."""

from datetime import datetime
from typing import Any

import click

from commerce.catalog.actions.currencies import (
    activate_currency,
    change_currency,
    create_currency,
    deactivate_currency,
    delete_currency,
    make_default_currency,
    set_exchange_rate,
)
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates
from commerce.catalog.exchange_rates.rules import is_too_old
from commerce.catalog.finding import find_currency
from commerce.catalog.models import Currency
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import typed_options
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_decimal
from commerce.site_settings.current import business_date, get_setting


@click.group()
def currency() -> None:
    """Manage currencies.

    \b
    Examples:
      commerce currency add GBP "Pound sterling" --prefix £
      commerce currency rate GBP 1.17 --on 2030-01-31
      commerce currency default EUR
      commerce currency rates
    """


@currency.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List currencies with their format and exchange rate, the default first."""
    records = [
        {
            "code": row.code,
            "name": row.name,
            "default": row.is_default,
            "active": row.is_active,
            "decimals": row.exponent,
            "prefix": row.prefix,
            "suffix": row.suffix,
            "rate": row.rate,
            "rate_on": row.rate_on,
        }
        for row in Currency.objects.order_by("-is_default", "-is_active", "code")
    ]
    print_list(records, as_json=as_json, none="No currencies.")


@currency.command()
@click.argument("code")
@click.argument("name")
@click.option("--prefix", default="", help="Symbol before amounts, such as £.")
@click.option(
    "--suffix",
    default="",
    help="Symbol after amounts, such as kr. Without either, the code is shown.",
)
def add(*, code: str, **fields: Any) -> None:
    """Add the currency CODE (ISO 4217). Prices are set separately for each currency."""
    ctx = operator_context()
    made = create_currency(code=code.upper(), **fields, ctx=ctx)
    console.print_message(f"{made} was added, with {made.exponent} decimals.")


@currency.command()
@click.argument("code")
@click.option("--name")
@click.option("--prefix", help='Symbol before amounts; "" for none.')
@click.option("--suffix", help='Symbol after amounts; "" for none.')
def change(*, code: str, **fields: Any) -> None:
    """Change the name or symbols of the currency CODE."""
    ctx = operator_context()
    change_currency(currency=find_currency(code), **typed_options(fields), ctx=ctx)
    console.print_message(f"Updated {code.upper()}.")


@currency.command()
@click.argument("code")
def default(*, code: str) -> None:
    """Make CODE the default currency. Exchange rates are cleared because they refer to the old default."""
    ctx = operator_context()
    make_default_currency(currency=find_currency(code), ctx=ctx)
    console.print_message(f"{code.upper()} is now the default currency.")


@currency.command()
@click.argument("code")
@click.argument("value", metavar="RATE")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="[default: today]")
def rate(*, code: str, value: str, day: datetime | None) -> None:
    """Set the exchange rate: what one CODE is worth in the default currency. Used for tax in your accounting currency.

    \b
    Example:
      commerce currency rate GBP 1.17 --on 2030-01-31
    """
    ctx = operator_context()
    try:
        number = parse_decimal(value)
    except ValueError as wrong:
        raise BusinessError("currency.rate_unreadable", text=value) from wrong
    on = day.date() if day else business_date(ctx.at)
    set_exchange_rate(currency=find_currency(code), rate=number, on=on, ctx=ctx)
    console.print_message(f"One {code.upper()} is worth {value} since {on}.")


@currency.command()
@json_option
def rates(*, as_json: bool) -> None:
    """List exchange rates with their source, day, and age in days. Those that are too old aren't used for tax."""
    today, most = business_date(operator_context().at), get_setting("tax.rate_days")
    rows = Currency.objects.filter(is_default=False).order_by("-is_active", "code")
    records = [
        {
            "code": row.code,
            "rate": row.rate,
            "source": row.rate_source if row.rate else "",
            "rate_on": row.rate_on,
            "age_days": (today - row.rate_on).days if row.rate_on else None,
            "too_old": is_too_old(row.rate_on, on=today, max_days=most),
            "held_rate": row.held_rate,
            "held_on": row.held_on,
        }
        for row in rows
    ]
    print_list(records, as_json=as_json, none="No currencies besides the default.")


@currency.command()
def fetch() -> None:
    """Get exchange rates from the European Central Bank now. Otherwise that happens every day.

    The setting tax.rate_source must be ecb. Rates you set on the published day or later stay.
    """
    taken = fetch_exchange_rates(ctx=operator_context())
    console.print_message(f"Rates of {taken.day}. Updated: {', '.join(taken.used) or 'none'}.")
    if taken.held:
        held = ", ".join(taken.held)
        console.print_message(f"To confirm with `commerce currency confirm`: {held}.")
    if taken.unpublished:
        console.print_message(f"Not published: {', '.join(taken.unpublished)}.")


@currency.command()
@click.argument("code")
def confirm(*, code: str) -> None:
    """Use the published exchange rate of CODE that differs too much to be used without you."""
    row = find_currency(code)
    confirm_held_rate(currency=row, ctx=operator_context())
    console.print_message(f"One {row.code} is worth {row.rate} since {row.rate_on}.")


@currency.command()
@click.argument("code")
def enable(*, code: str) -> None:
    """Activate the currency CODE for new orders."""
    _switch(code, on=True)


@currency.command()
@click.argument("code")
def disable(*, code: str) -> None:
    """Deactivate the currency CODE for new orders. Existing services and invoices don't change."""
    _switch(code, on=False)


def _switch(code: str, *, on: bool) -> None:
    switch = activate_currency if on else deactivate_currency
    switch(currency=find_currency(code), ctx=operator_context())
    console.print_message(f"{code.upper()} is {'active' if on else 'inactive'}.")


@currency.command()
@click.argument("code")
def delete(*, code: str) -> None:
    """Delete the currency CODE. Only possible while no client, price, document, or setting uses it."""
    ctx = operator_context()
    delete_currency(currency=find_currency(code), ctx=ctx)
    console.print_message(f"Deleted {code.upper()}.")
