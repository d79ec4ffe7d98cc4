"""Commands about orders: what staff do on their pages, from the server."""

from typing import Any

import click
from django.db.models import Q

from commerce.accounts.finding import find_client
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.tax.actions import refresh_vat_check
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_order, operator_context
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.cli.sales.order_input import parse_order_lines
from commerce.config import console
from commerce.kit.money import Money
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.models import Order, OrderItem
from commerce.orders.records import ORDER_FIELDS, ORDER_ITEM_FIELDS
from commerce.orders.rules import OrderStatus
from commerce.record_acts.sales import ORDER_ACTS


@click.group()
def order() -> None:
    """Manage orders.

    Orders are identified by number (ORD-0042) or ID.
    """


@order.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--status", type=EnumChoice(OrderStatus))
@click.option("--waiting", is_flag=True, help="Only orders that need approval.")
@click.option("--limit", default=50, show_default=True, type=WholeNumber(1, 1000))
@json_option
def list_(
    *, client: str | None, status: str | None, waiting: bool, limit: int, as_json: bool
) -> None:
    """List orders, newest first."""
    rows = ORDER_FIELDS.with_related(Order.objects.newest_first())
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    if waiting:
        payable = Q(invoice=None) | Q(invoice__status=InvoiceStatus.PAID)
        rows = rows.filter(payable, status=OrderStatus.PENDING)
    shown = "number created_at status on_hold total client invoice"
    print_rows(ORDER_FIELDS, rows[:limit], shown, as_json=as_json, none="No orders.")


@order.command()
@click.argument("number")
@json_option
def show(number: str, *, as_json: bool) -> None:
    """Show an order with its items, totals, invoice, and the service or domain of each item."""
    row = find_order(number)
    code, invoice = row.currency_id, row.invoice
    items = ORDER_ITEM_FIELDS.with_related(row.items.order_by("position"))
    items = items.prefetch_related("units__service", "units__domain")
    record = ORDER_FIELDS.read(row) | {
        "invoice_status": invoice and invoice.status,
        "amount_due": Money(invoice.amount_due, code) if invoice else None,
        "items": [order_item_record(item) for item in items],
    }
    print_record(record, as_json=as_json)


def order_item_record(item: OrderItem) -> dict[str, Any]:
    """What was ordered, at which price of a unit, and the services and domains that it became."""
    return ORDER_ITEM_FIELDS.read(
        item, "qty product domain billing_cycle unit_amount list_amount price_reason options"
    ) | {
        "units": [
            {
                "kind": "service" if unit.service else "domain",
                "id": made and made.pk,
                "status": made and made.status,
            }
            for unit in item.units.all()
            for made in [unit.service or unit.domain]
        ],
    }


add_acts(order, ORDER_ACTS, find_order, ORDER_FIELDS.read, id_type=click.STRING)


@order.command()
@click.argument("client")
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="SLUG:CYCLE[:QTY[:DOMAIN]]",
    help="Product to order, such as starter:monthly or starter:annually:1:acme.com.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="ITEM:NAME=VALUE",
    help="Option of a product, such as starter:Memory=8 GB. Use yes or no for a checkbox, a number for a quantity.",
)
@click.option(
    "--register",
    "names",
    multiple=True,
    metavar="NAME[:YEARS]",
    help="Domain to register, such as acme.com:2 for two years.",
)
@click.option(
    "--transfer",
    "transfers",
    multiple=True,
    metavar="NAME",
    help="Domain to transfer here. Prompts for the authorization code, or reads one per line from standard input.",
)
@click.option(
    "--nameserver",
    "hosts",
    multiple=True,
    metavar="NAME:HOST",
    help="Nameserver of a domain (2 to 4).",
)
@click.option(
    "--privacy", "hidden", multiple=True, metavar="NAME", help="Enable WHOIS privacy for a domain."
)
@click.option(
    "--holder",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Registrant field, such as phone=+49.301234; other fields come from the client. Without any, the"
    " registrar's default contact is used.",
)
@click.option(
    "--extra",
    multiple=True,
    metavar="NAME:FIELD=VALUE",
    help="Additional field that the registry of a domain requires.",
)
@click.option(
    "--price",
    "prices",
    type=(str, str, str),
    multiple=True,
    metavar="ITEM AMOUNT REASON",
    help="Custom price per unit, including options but not setup, or per year for a domain. The client doesn't see the"
    " reason.",
)
@click.option(
    "--no-invoice", is_flag=True, help="Don't invoice. The order waits for `order approve`."
)
@click.option("--promo", default="", metavar="CODE", help="Promo code.")
@click.option(
    "--key", required=True, help="Idempotency key. Repeating a key doesn't create another order."
)
def place(client: str, *, promo: str, key: str, no_invoice: bool, **typed: Any) -> None:
    """Place an order for CLIENT (ID or billing email) at current prices and print its number.

    Options can be repeated. ITEM is a product slug or a domain of this order; starter#2 is the second starter. Stock
    and other limits apply as they do for the client.

    \b
    Examples:
      commerce order place alice@example.com --key a1 --product starter:annually --option "starter:Memory=8 GB"
      commerce order place 7 --key a2 --register acme.com:2 --price acme.com 9.00 "agreed by phone"
    """
    owner, ctx = find_client(client), operator_context()
    cart_lines = parse_order_lines(owner, **typed)
    made = place_cart_lines(
        cart_lines=cart_lines,
        client=owner,
        placed_by=None,
        shown_total=None,
        vat_refresh=refresh_vat_check(client=owner, ctx=ctx),
        idempotency_key=key,
        promo_code=promo,
        with_invoice=not no_invoice,
        ctx=ctx,
    )
    click.echo(made.number)
    if made.invoice is None:
        console.print_message(
            f"The order has no invoice. Approve it with `commerce order approve {made.number}`."
        )
