"""Commands that bring services and domains that exist to today's prices: looked at first, announced in time."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from django.db.models import QuerySet

from commerce.accounts.finding import find_client
from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.changes.price_changes.reprice_runs import (
    FailedClient,
    announce_reprice,
    preview_reprice,
    renewable_domains,
    repriceable_services,
    running_services,
    withdraw_act,
)
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.models import PriceChange, PriceChangeAct
from commerce.catalog.finding import find_product
from commerce.catalog.models import Currency
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_json, print_list
from commerce.cli.param_types import ROW_ID, EnumChoice
from commerce.cli.sales.reprice_report import RepriceReport
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.kit.periods import BillingCycle
from commerce.site_settings import current

_BATCH = 500
RECURRING_CYCLES = [each for each in BillingCycle if each != BillingCycle.ONE_TIME]


@click.group()
def reprice() -> None:
    """Update existing services and domains to current catalog prices.

    New catalog prices apply to new orders only until you run this. Without --apply, shows who would pay what, and when.
    """


def _common[F: Callable[..., Any]](command: F) -> F:
    """What both have."""
    for option in (
        json_option,
        click.option("--reason", default="", help="Internal reason, stored with each change."),
        click.option("--apply", is_flag=True, help="Announce the new prices and email the clients."),
        click.option("--all", "everything", is_flag=True, help="Include everything."),
        click.option("--client", "clients", multiple=True, metavar="CLIENT", help="Filter by client."),
        click.option("--currency", metavar="CODE", help="Filter by currency."),
    ):  # fmt: skip
        command = option(command)
    return command


@reprice.command()
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="ADDRESS",
    help="Filter by product. Can be repeated.",
)
@click.option("--cycle", "cycles", multiple=True, type=EnumChoice(RECURRING_CYCLES))
@click.option(
    "--service",
    "ids",
    multiple=True,
    type=ROW_ID,
    metavar="ID",
    help="Service ID. Can be repeated.",
)
@_common
def services(
    *, products: tuple[str, ...], cycles: tuple[str, ...], ids: tuple[int, ...], **options: Any
) -> None:
    """Update services to the current price of their product, options, and client group. Recurring promo codes are kept.

    Applies from the next uninvoiced period that starts at least billing.price_change_notice_days from now. Options
    that are no longer available keep their price. Safe to repeat.
    """
    rows: QuerySet[Any] = running_services()
    if ids:
        rows = _named(repriceable_services(), "pk", ids, "service")
    if products:
        rows = rows.filter(product__in=[find_product(slug) for slug in products])
    if cycles:
        rows = rows.filter(billing_cycle__in=cycles)
    _reprice(rows, "services", chosen=bool(products or cycles or ids), **options)


@reprice.command()
@click.option("--tld", "tlds", multiple=True, metavar="TLD", help="Filter by TLD. Can be repeated.")
@click.option("--domain", "names", multiple=True, metavar="NAME", help="Domain. Can be repeated.")
@_common
def domains(*, tlds: tuple[str, ...], names: tuple[str, ...], **options: Any) -> None:
    """Update domains to the current renewal price of their TLD.

    Applies from the next uninvoiced term that starts at least billing.price_change_notice_days from now.
    """
    rows: QuerySet[Any] = renewable_domains()
    if tlds:
        known = [tld.strip().lower().lstrip(".") for tld in tlds]
        rows = _named(rows, "tld", known, "tld")
    if names:
        found = [name.strip().lower() for name in names]
        rows = _named(rows, "domain_name", found, "domain")
    _reprice(rows, "domains", chosen=bool(tlds or names), **options)


def _named(rows: QuerySet[Any], column: str, wanted: Iterable[Any], what: str) -> QuerySet[Any]:
    """Those rows. Raises ``BusinessError`` for a value that no row has: it was mistyped."""
    values = set(wanted)
    chosen = rows.filter(**{f"{column}__in": values})
    if missing := values - set(chosen.values_list(column, flat=True)):
        raise BusinessError(
            "price_change.item_unknown", kind=what, missing=", ".join(map(str, sorted(missing)))
        )
    return chosen


def _reprice(
    rows: QuerySet[Any],
    noun: str,
    *,
    chosen: bool,
    everything: bool,
    clients: tuple[str, ...],
    currency: str | None,
    apply: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Show, or announce, what becomes of the rows that are chosen."""
    if not (chosen or everything or clients or currency):
        raise BusinessError("price_change.nothing_chosen", kind=noun)
    if clients:
        rows = rows.filter(client__in=[find_client(one) for one in clients])
    if currency:
        rows = rows.filter(currency=_currency(currency.upper()))
    report, ctx = RepriceReport(applied=apply), operator_context()
    if apply:
        for one in announce_reprice(rows, reason=reason, ctx=ctx):
            report.add_failure(one) if isinstance(one, FailedClient) else report.add(one)
    else:
        for each in preview_reprice(rows, current.business_date(ctx.at)):
            report.add(each)
    print_json(report.as_json()) if as_json else report.show()
    verb = "announced" if apply else "to announce; nothing is written without --apply"
    console.print_message(f"{len(report.changes)} {verb}. {len(report.left_out)} skipped.")
    if report.errors:
        raise SystemExit(1)


def _currency(code: str) -> str:
    if not Currency.objects.filter(pk=code).exists():
        raise BusinessError("currency.unknown", currency=code)
    return code


@reprice.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option(
    "--status",
    type=EnumChoice(PriceChangeStatus),
    default="planned",
    show_default=True,
)
@json_option
def list_(*, client: str | None, status: str, as_json: bool) -> None:
    """List announced price changes by effective date."""
    rows = PriceChange.objects.filter(status=status).select_related("service", "domain")
    if client:
        rows = rows.for_client(find_client(client))
    records = [
        {
            "id": row.pk,
            "status": row.status,
            "client": row.client_id,
            "act": row.act_id,
            "item": str(row.item),
            "old_amount": Money(row.old_amount, row.item.currency_id),
            "new_amount": Money(row.amount, row.item.currency_id),
            "from_date": row.from_date,
            "reason": row.reason,
        }
        for row in rows.order_by("from_date", "pk").iterator(chunk_size=_BATCH)
    ]
    print_list(records, as_json=as_json, none=f"No price is {status}.")


@reprice.command()
@click.argument("number", type=ROW_ID)
@click.option("--reason", required=True, help="Internal reason for staff.")
@click.option("--act", is_flag=True, help="NUMBER is an act: withdraw all that it announced.")
def withdraw(*, number: int, reason: str, act: bool) -> None:
    """Withdraw the announced price change NUMBER (see `commerce reprice list`) and notify the client."""
    if act:
        _drop_act(number, reason)
        return
    change = PriceChange.objects.filter(pk=number).first()
    if change is None:
        raise BusinessError("price_change.unknown", id=number)
    drop_price_change(change=change, reason=reason, ctx=operator_context())
    console.print_message(f"Withdrew the price change of {change.item}.")


def _drop_act(number: int, reason: str) -> None:
    found = PriceChangeAct.objects.filter(pk=number).first()
    if found is None:
        raise BusinessError("price_change.unknown", id=number)
    done = list(withdraw_act(found, reason=reason, ctx=operator_context()))
    for one in done:
        if isinstance(one, FailedClient):
            click.echo(f"client {one.client_id} failed: {one.error}")
    withdrawn = sum(one for one in done if isinstance(one, int))
    console.print_message(f"Withdrew {withdrawn} price changes.")
    if any(isinstance(one, FailedClient) for one in done):
        raise SystemExit(1)
