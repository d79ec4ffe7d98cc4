"""Commands about domain names: what they are sold under, and for how much."""

from typing import Any

import click
from django.db import transaction

from commerce.cli.lookup import operator_context
from commerce.cli.param_types import read_text_file
from commerce.config import console
from commerce.domains.actions.tlds import import_tlds, set_tld, set_tld_price, switch_tlds
from commerce.domains.offers import price_list_rows
from commerce.domains.price_lists import PRICE_COLUMNS, format_price, format_price_list
from commerce.kit.money import parse_amount


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


@tld.command()
@click.argument("state", type=click.Choice(["on", "off"]))
@click.argument("tlds", nargs=-1, required=True)
def switch(*, state: str, tlds: tuple[str, ...]) -> None:
    """Start or stop selling TLDS. Existing domains don't change."""
    ctx = operator_context()
    console.print_message(f"{switch_tlds(tlds=tlds, on_sale=state == 'on', ctx=ctx)} changed.")


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
