"""Commands about domain names: what they are sold under, and for how much."""

from typing import Any

import click

from commerce.cli import ready
from commerce.cli.catalog_rows import text_of, told
from commerce.cli.payment_rows import minor


@click.group()
def tld() -> None:
    """Set what domain names are sold under, and for how much."""


@tld.command("set")
@click.argument("tld")
@click.argument("currency")
@click.option("--register", metavar="AMOUNT", help='A year of a new name; "none" is not offered.')
@click.option("--renew", metavar="AMOUNT", help="A year of a renewal.")
@click.option("--transfer", metavar="AMOUNT", help="A transfer to us.")
@click.option("--restore", metavar="AMOUNT", help="A restore, without its renewal.")
@click.option("--registrar", metavar="NAME", help='Of new names; "default": domains.registrar.')
@click.option("--on/--off", "on", default=None, help="Take it into sale, or out of it.")
def set_(
    *, tld: str, currency: str, registrar: str | None, on: bool | None, **prices: str | None
) -> None:
    """Set prices of TLD in CURRENCY; those that are not named stay.

    Domains that exist keep their price and their registrar.
    """
    saying = told()
    from django.db import transaction

    from commerce.domains.actions import set_tld, set_tld_price

    currency = currency.upper()
    new: dict[str, Any] = {
        name: None if text == "none" else minor(text, currency)
        for name, text in prices.items()
        if text is not None
    }
    with transaction.atomic():
        more: dict[str, Any] = {} if on is None else {"is_active": on}
        if registrar is not None:
            more["registrar"] = "" if registrar == "default" else registrar
        row = set_tld(tld=tld, **more, **saying)
        set_tld_price(tld=row, currency_code=currency, **new, **saying)
    ready.say(f".{row.tld} is set in {currency}.")


@tld.command()
@click.argument("state", type=click.Choice(["on", "off"]))
@click.argument("tlds", nargs=-1, required=True)
def switch(*, state: str, tlds: tuple[str, ...]) -> None:
    """Take TLDS into sale, or out of it; domains that exist go on."""
    saying = told()
    from commerce.domains.actions import switch_tlds

    ready.say(f"{switch_tlds(tlds=tlds, on=state == 'on', **saying)} changed.")


@tld.command("import-csv")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_csv(*, file: str, dry_run: bool) -> None:
    """Take over FILE (- is standard input), as `commerce tld export-csv` writes it, and list what changes."""
    saying = told()
    from commerce.domains.actions import import_tlds
    from commerce.domains.price_lists import PRICES, typed

    changes = import_tlds(text=text_of(file), dry_run=dry_run, **saying)
    for change in changes:
        before, after = change.before, change.after
        if change.column in PRICES:
            before, after = (typed(value, change.currency_code) for value in (before, after))
        where = f".{change.tld} {change.column} {change.currency_code}".rstrip()
        click.echo(f"{where}: {shown(before)} → {shown(after)}")
    ready.say(f"{len(changes)} changes{', none of them made' if dry_run else ''}.")


@tld.command("export-csv")
def export_csv() -> None:
    """Print the table as CSV, one line for each TLD and currency."""
    ready.django()
    from commerce.domains.offers import price_lines
    from commerce.domains.price_lists import written

    click.echo(written(price_lines()), nl=False)


def shown(value: object) -> str:
    """A value of the table for people."""
    return "none" if value in (None, "") else str(value)
