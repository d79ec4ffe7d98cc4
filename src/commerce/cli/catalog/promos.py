"""Commands about promo codes."""

from collections.abc import Callable, Mapping
from typing import Any

import click
from django.db.models import Count

from commerce.catalog.actions.deletion import delete_promo
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.finding import find_currency, find_product
from commerce.catalog.models import PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.cli.lookup import find_promo, operator_context
from commerce.cli.output import (
    as_text,
    json_option,
    percent_of_basis_points,
    print_list,
    print_record,
)
from commerce.cli.param_types import (
    NONE_WORD,
    WholeNumber,
    parse_basis_points,
    parse_day,
    parse_limit,
    typed_options,
)
from commerce.config import console
from commerce.kit.money import Money, parse_amount
from commerce.orders.models import PromoUse
from commerce.orders.rules import OrderStatus
from commerce.presentation.records import Record

USE_LIMIT = WholeNumber(1, 1_000_000)
FIELD_PARSERS: dict[str, Callable[[str], object]] = {
    "max_uses": parse_limit,
    "max_uses_per_client": parse_limit,
    "starts_on": parse_day,
    "ends_on": parse_day,
}
"""What is typed as a number or a day, or as the word "none"."""


@click.group()
def promo() -> None:
    """Manage promo codes.

    \b
    Examples:
      commerce promo add SPRING --percent 20 --recurring --product starter --ends-on 2030-05-31
      commerce promo add FIVE --amount 5.00 EUR --amount 6.00 USD --max-uses 100
      commerce promo change SPRING --ends-on none --notes "Extended."
      commerce promo disable FIVE
    """


def _uses() -> dict[int, int]:
    rows = PromoUse.objects.exclude(order__status=OrderStatus.CANCELLED)
    return dict(rows.values_list("promo_id").annotate(Count("pk")).order_by())


def promo_record(row: PromoCode, uses: Mapping[int, int]) -> dict[str, Any]:
    is_percentage = row.kind == PromoCodeKind.PERCENT
    amounts = sorted(row.amounts.all(), key=lambda one: one.currency_id)
    return {
        "code": row.code,
        "percent": percent_of_basis_points(row.percent) if is_percentage else None,
        "amounts": [{"amount": Money(one.amount, one.currency_id)} for one in amounts],
        "recurring": row.recurring,
        "active": row.is_active,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "uses": uses.get(row.pk, 0),
        "max_uses": row.max_uses,
    }


def _promo_row(record: Mapping[str, Any]) -> Record:
    off = f"{as_text(record['percent'])} %" if record["percent"] is not None else None
    return {
        "code": record["code"],
        "takes_off": off or [each["amount"] for each in record["amounts"]],
        "invoices": "every" if record["recurring"] else "the first",
        "active": record["active"],
        "starts_on": record["starts_on"],
        "ends_on": record["ends_on"],
        "uses": f"{record['uses']}{f' of {most}' if (most := record['max_uses']) else ''}",
    }


@promo.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List promo codes with their discount, status, and number of uses."""
    uses = _uses()
    rows = PromoCode.objects.order_by("code").prefetch_related("amounts")
    records = [promo_record(row, uses) for row in rows]
    print_list(records, as_json=as_json, none="No promo codes.", table=map(_promo_row, records))


@promo.command()
@click.argument("code")
@json_option
def show(*, code: str, as_json: bool) -> None:
    """Show the details of CODE."""
    row = find_promo(code)
    record = promo_record(row, _uses()) | {
        "max_uses_per_client": row.max_uses_per_client,
        "new_clients_only": row.new_clients_only,
        "products": list(row.products.order_by("slug").values_list("slug", flat=True)),
        "cycles": list(row.cycles),
        "tlds": list(row.tlds),
        "notes": row.notes,
    }
    print_record(record, as_json=as_json)


@promo.command()
@click.argument("code")
@click.option("--percent", metavar="PERCENT", help="Percentage off, such as 20 or 12.5.")
@click.option("--amount", "amounts", multiple=True, metavar="AMOUNT CURRENCY", nargs=2)
@click.option("--recurring", is_flag=True, help="Apply to every invoice, not just the first.")
@click.option(
    "--product", "products", multiple=True, help="Limit to this product (slug). Can be repeated."
)
@click.option(
    "--cycle", "cycles", multiple=True, help="Limit to this billing cycle. Can be repeated."
)
@click.option(
    "--tld", "tlds", multiple=True, help="Apply to domains with this TLD. Can be repeated."
)
@click.option("--max-uses", type=USE_LIMIT, help="Maximum number of uses by all clients.")
@click.option("--max-uses-per-client", type=USE_LIMIT)
@click.option("--starts-on", type=click.DateTime(["%Y-%m-%d"]), help="First day the code is valid.")
@click.option("--ends-on", type=click.DateTime(["%Y-%m-%d"]), help="Last day the code is valid.")
@click.option("--new-clients-only", is_flag=True)
@click.option("--notes", default="", help="Internal notes for staff.")
def add(
    *,
    code: str,
    percent: str | None,
    amounts: tuple[tuple[str, str], ...],
    products: tuple[str, ...],
    **fields: Any,
) -> None:
    """Create the promo code CODE with a percentage, or an amount per currency."""
    ctx = operator_context()
    for name in ("starts_on", "ends_on"):
        fields[name] = fields[name] and fields[name].date()
    codes = [(find_currency(currency).pk, text) for text, currency in amounts]
    made = create_promo(
        code=code,
        percent=parse_basis_points(percent) if percent else 0,
        amounts={currency: parse_amount(text, currency) for currency, text in codes},
        products=[find_product(slug) for slug in products],
        **fields,
        ctx=ctx,
    )
    console.print_message(f"Created promo code {made.code}.")


@promo.command()
@click.argument("code")
@click.option(
    "--recurring/--first-invoice", default=None, help="Apply to every invoice, or just the first."
)
@click.option("--product", "products", multiple=True, help='Replace the list; "none" empties it.')
@click.option("--cycle", "cycles", multiple=True, help='Replace the list; "none" empties it.')
@click.option("--tld", "tlds", multiple=True, help='Replace the list; "none" empties it.')
@click.option("--max-uses", metavar="N", help='A number, or "none" for no limit.')
@click.option("--max-uses-per-client", metavar="N", help='A number, or "none" for no limit.')
@click.option("--starts-on", metavar="DAY", help='First day the code is valid, or "none".')
@click.option("--ends-on", metavar="DAY", help='Last day the code is valid, or "none".')
@click.option("--new-clients-only/--all-clients", default=None)
@click.option("--notes", help="Internal notes for staff.")
def change(*, code: str, **fields: Any) -> None:
    """Change CODE. The discount itself can't be changed; create another code instead.

    Lists are replaced as a whole, and "none" empties one. A code without products applies to everything except domains.
    """
    ctx = operator_context()
    row = find_promo(code)
    new = typed_options({name: None if value == () else value for name, value in fields.items()})
    for name in ("products", "cycles", "tlds"):
        if name in new:
            new[name] = [] if new[name] == (NONE_WORD,) else list(new[name])
    if "products" in new:
        new["products"] = [find_product(slug) for slug in new["products"]]
    for name, read in FIELD_PARSERS.items():
        if name in new:
            new[name] = read(new[name])
    change_promo(promo=row, **new, ctx=ctx)
    console.print_message(f"Updated {row.code}.")


@promo.command()
@click.argument("code")
def enable(*, code: str) -> None:
    """Activate CODE."""
    _switch(code, on=True)


@promo.command()
@click.argument("code")
def disable(*, code: str) -> None:
    """Deactivate CODE. Services that already use it on every invoice keep it."""
    _switch(code, on=False)


def _switch(code: str, *, on: bool) -> None:
    ctx = operator_context()
    row = find_promo(code)
    change_promo(promo=row, is_active=on, ctx=ctx)
    console.print_message(f"{row.code} is now {'active' if on else 'inactive'}.")


@promo.command()
@click.argument("code")
def delete(*, code: str) -> None:
    """Delete CODE. Only possible while no order has used it; otherwise deactivate it."""
    ctx = operator_context()
    row = find_promo(code)
    delete_promo(promo=row, ctx=ctx)
    console.print_message(f"Deleted {row.code}.")
