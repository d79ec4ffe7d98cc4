"""Commands about currencies."""

from typing import Any

import click

from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates, fetch_exchange_rates_now
from commerce.catalog.exchange_rates.rules import is_too_old
from commerce.catalog.finding import find_currency
from commerce.catalog.models import Currency
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list
from commerce.config import console
from commerce.record_acts.catalog import CURRENCY_ACTS
from commerce.site_settings.current import business_date, get_setting


@click.group()
def currency() -> None:
    """Manage currencies.

    \b
    Examples:
      commerce currency add --code GBP --name "Pound sterling" --prefix £
      commerce currency rate GBP --rate 1.17 --on 2030-01-31
      commerce currency default EUR
      commerce currency rates
    """


@currency.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List currencies with their format and exchange rate, the default first."""
    rows = Currency.objects.order_by("-is_default", "-is_active", "code")
    records = list(map(currency_record, rows))
    print_list(records, as_json=as_json, none="No currencies.")


def currency_record(row: Currency) -> dict[str, Any]:
    return {
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


add_acts(
    currency,
    # What was fetched is told at length.
    tuple(one for one in CURRENCY_ACTS if one is not fetch_exchange_rates_now),
    find_currency,
    currency_record,
    id_type=click.STRING,
    id_name="code",
    names={
        "new": "add",
        "edit": "change",
        "confirm_rate": "confirm",
        "activate": "enable",
        "deactivate": "disable",
    },
)
