"""Commands about promo codes."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import click
from django.db.models import Count

from commerce.catalog.actions.promos import change_promo
from commerce.catalog.models import PromoCode
from commerce.catalog.rules import PromoCodeKind
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_promo, operator_context
from commerce.cli.output import (
    as_text,
    json_option,
    percent_of_basis_points,
    print_list,
    print_record,
)
from commerce.config import console
from commerce.kit.money import Money
from commerce.orders.models import PromoUse
from commerce.orders.rules import OrderStatus
from commerce.presentation.records import Record
from commerce.record_acts.catalog import PROMO_CODE_ACTS


@click.group()
def promo() -> None:
    """Manage promo codes.

    \b
    Examples:
      commerce promo add --code SPRING --percent 20 --recurring --products starter --ends-on 2030-05-31
      commerce promo add --code FIVE --amounts "5.00 EUR" --amounts "6.00 USD" --max-uses 100
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


add_acts(
    promo,
    PROMO_CODE_ACTS,
    find_promo,
    lambda row: promo_record(row, _uses()),
    id_type=click.STRING,
    id_name="code",
    called=attrgetter("code"),
    names={"new": "add", "edit": "change"},
)
