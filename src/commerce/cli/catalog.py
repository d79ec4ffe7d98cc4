"""Commands about what is sold: products and prices, promo codes, TLDs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commerce.cli import ready
from commerce.cli.clients import operator

if TYPE_CHECKING:
    from commerce.catalog.models import Product
    from commerce.kit.actor import Actor


def say() -> dict[str, Any]:
    """Time and actor, as every action takes them."""
    from commerce.kit import clock

    ready.django()
    actor: Actor = operator()
    return {"at": clock.now(), "actor": actor}


def product_at(slug: str) -> "Product":
    """The product with this address, retired or not. Raises ``Refused``."""
    from commerce.catalog.models import Product
    from commerce.kit.errors import Refused

    found = Product.objects.filter(slug=slug).first()
    if found is None:
        raise Refused(f"There is no product {slug}. `commerce catalog list` has them all.")
    return found


def minor(text: str, currency_code: str) -> int:
    """A typed amount in minor units. Raises ``Refused`` for more decimals than the currency has."""
    from commerce.kit.errors import Refused
    from commerce.kit.money import parse_amount

    try:
        return parse_amount(text, currency_code)
    except ValueError as error:
        raise Refused(str(error), field="price") from error


@click.group()
def catalog() -> None:
    """See what is sold, and set prices and stock."""


@catalog.command("list")
def list_() -> None:
    """List all products with their state, stock and prices."""
    ready.django()
    from commerce.catalog.models import Product
    from commerce.catalog.offers import CYCLES
    from commerce.kit.money import Money

    rows = Product.objects.in_order().prefetch_related("prices", "stock")
    for product in rows:
        left = f", {product.stock.left} left" if product.stock_control else ""
        click.echo(f"{product.slug}  {product.name}  ({product.status}{left})")
        prices = sorted(
            product.prices.all(), key=lambda p: (p.currency_id, CYCLES.index(p.billing_cycle))
        )
        for price in prices:
            setup = Money(price.setup_fee, price.currency_id)
            click.echo(
                f"    {price.billing_cycle:<14}{Money(price.price, price.currency_id)}"
                + (f" + {setup} setup" if price.setup_fee else "")
            )


@catalog.command("price")
@click.argument("product")
@click.argument("currency")
@click.argument("cycle")
@click.argument("amount")
@click.option("--setup", default="0", metavar="AMOUNT", help="Charged once, on the first invoice.")
def price_(*, product: str, currency: str, cycle: str, amount: str, setup: str) -> None:
    """Sell PRODUCT for AMOUNT in CURRENCY each CYCLE; the amount "none" offers it no longer.

    Services that exist keep their price.
    """
    told = say()
    from commerce.catalog.actions import remove_price, set_price

    currency = currency.upper()
    key: dict[str, Any] = {
        "product": product_at(product),
        "currency_code": currency,
        "billing_cycle": cycle,
    }
    if amount == "none":
        remove_price(**key, **told)
        ready.say(f"{product} is no longer sold in {currency} {cycle}.")
        return
    price, setup_fee = minor(amount, currency), minor(setup, currency)
    set_price(**key, price=price, setup_fee=setup_fee, **told)
    ready.say(f"{product} costs {amount} {currency} {cycle}.")


@catalog.command()
@click.argument("product")
@click.argument("left")
def stock(*, product: str, left: str) -> None:
    """Let LEFT more units of PRODUCT be sold; "unlimited" ends the control of its stock."""
    told = say()
    from commerce.catalog.actions import set_stock
    from commerce.kit.errors import Refused

    if left != "unlimited" and not (left.isascii() and left.isdecimal()):
        raise Refused('A stock is a whole number, or "unlimited".')
    set_stock(product=product_at(product), left=None if left == "unlimited" else int(left), **told)
    ready.say(f"{product}: {left}.")


@catalog.command("add-group")
@click.argument("name")
def add_group(name: str) -> None:
    """Make a group of products, and print its address."""
    told = say()
    from commerce.catalog.actions import create_group

    click.echo(create_group(name=name, **told).slug)


@catalog.command("add")
@click.argument("name")
@click.option("--group", required=True, metavar="ADDRESS", help="The product group.")
@click.option("--other", is_flag=True, help="Not a hosting account that a module provides.")
@click.option("--immediate", is_flag=True, help="Active with its order; otherwise staff set it.")
@click.option("--require-domain", is_flag=True, help="Ordered with a domain name only.")
@click.option("--max-per-client", type=click.IntRange(1))
@click.option("--description", default="", help="Markdown.")
def add_product(*, name: str, group: str, other: bool, immediate: bool, **fields: Any) -> None:
    """Make a product, and print its address; it is sold once it has a price."""
    told = say()
    from commerce.catalog.actions import create_product
    from commerce.catalog.models import ProductGroup
    from commerce.kit.errors import Refused

    found = ProductGroup.objects.filter(slug=group).first()
    if found is None:
        raise Refused(f"There is no product group {group}.")
    fields["kind"] = "other" if other else "hosting"
    fields["activation"] = "immediate" if immediate else "manual"
    click.echo(create_product(group=found, name=name, **fields, **told).slug)


@catalog.command()
@click.argument("product")
@click.argument("state", type=click.Choice(["active", "hidden", "retired"]))
def move(*, product: str, state: str) -> None:
    """Offer PRODUCT in the store, by link only (hidden), or no longer (retired); services go on."""
    told = say()
    from commerce.catalog.actions import move_product

    move_product(product=product_at(product), to=state, **told)
    ready.say(f"{product} is {state}.")


@click.group()
def promo() -> None:
    """Make promo codes and switch them off."""


@promo.command()
@click.argument("code")
@click.option("--percent", metavar="PERCENT", help="Such as 20 or 12.5.")
@click.option("--amount", "amounts", multiple=True, metavar="AMOUNT CURRENCY", nargs=2)
@click.option("--recurring", is_flag=True, help="On every invoice, not the first one only.")
@click.option("--product", "products", multiple=True, help="Only these, by their address.")
@click.option("--cycle", "cycles", multiple=True, help="Only these billing cycles.")
@click.option("--tld", "tlds", multiple=True, help="Also (or only) names under these.")
@click.option("--max-uses", type=click.IntRange(1))
@click.option("--max-uses-per-client", type=click.IntRange(1))
@click.option("--starts-on", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--new-clients-only", is_flag=True)
@click.option("--notes", default="")
def add(
    *,
    code: str,
    percent: str | None,
    amounts: tuple[tuple[str, str], ...],
    products: tuple[str, ...],
    **fields: Any,
) -> None:
    """Make CODE, which takes off a percentage, or an amount in each currency."""
    told = say()
    from commerce.catalog.actions import create_promo

    for name in ("starts_on", "ends_on"):
        fields[name] = fields[name] and fields[name].date()
    made = create_promo(
        code=code,
        percent=minor(percent, "EUR") if percent else 0,  # two decimals: basis points
        amounts={currency.upper(): minor(text, currency.upper()) for text, currency in amounts},
        products=[product_at(slug) for slug in products],
        **fields,
        **told,
    )
    ready.say(f"{made.code} can be used.")


@promo.command()
@click.argument("code")
def off(code: str) -> None:
    """Switch CODE off; services that have it on every invoice keep it."""
    told = say()
    from commerce.catalog.actions import change_promo
    from commerce.catalog.promos import find
    from commerce.kit.errors import Refused

    row = find(code)
    if row is None:
        raise Refused(f"There is no promo code {code}.")
    change_promo(promo=row, is_active=False, **told)
    ready.say(f"{row.code} is off.")


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
@click.option("--on/--off", "on", default=None, help="Take it into sale, or out of it.")
def set_(*, tld: str, currency: str, on: bool | None, **prices: str | None) -> None:
    """Set prices of TLD in CURRENCY; those that are not named stay. Domains that exist keep theirs."""
    told = say()
    from django.db import transaction

    from commerce.domains.actions import set_tld, set_tld_price

    currency = currency.upper()
    new: dict[str, Any] = {
        name: None if text == "none" else minor(text, currency)
        for name, text in prices.items()
        if text is not None
    }
    with transaction.atomic():
        switch: dict[str, Any] = {} if on is None else {"is_active": on}
        row = set_tld(tld=tld, **switch, **told)
        set_tld_price(tld=row, currency_code=currency, **new, **told)
    ready.say(f".{row.tld} is set in {currency}.")


@tld.command()
@click.argument("state", type=click.Choice(["on", "off"]))
@click.argument("tlds", nargs=-1, required=True)
def switch(*, state: str, tlds: tuple[str, ...]) -> None:
    """Take TLDS into sale, or out of it; domains that exist go on."""
    told = say()
    from commerce.domains.actions import switch_tlds

    ready.say(f"{switch_tlds(tlds=tlds, on=state == 'on', **told)} changed.")


@tld.command("import-csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_csv(*, file: Path, dry_run: bool) -> None:
    """Take over FILE, as `commerce tld export-csv` writes it, and list what changes."""
    told = say()
    from commerce.domains.actions import import_tlds
    from commerce.domains.price_lists import PRICES, typed
    from commerce.kit.errors import Refused

    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("The file is not UTF-8 text.") from error
    changes = import_tlds(text=text, dry_run=dry_run, **told)
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
