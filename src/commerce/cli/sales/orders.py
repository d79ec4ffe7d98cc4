"""Commands about orders: what staff do until they have pages for it."""

from typing import Any

import click
from django.db.models import Q

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.tax.actions import refresh_vat_check
from commerce.cli.lookup import find_client, find_order, operator_context
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.cli.sales.order_input import parse_order_lines
from commerce.config import console
from commerce.kit.money import Money
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import approve_order, hold_order, set_order_notes
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.models import Order, OrderItem
from commerce.orders.rules import OrderStatus

REASON = click.option(
    "--reason", required=True, help="For staff and the audit log; clients never see it."
)


def _print_state(order: Order) -> None:
    """Say what the order is now."""
    order.refresh_from_db()
    console.print_message(
        f"{order.number} is {order.status}{', on hold' if order.on_hold else ''}."
    )


@click.group()
def order() -> None:
    """Place, approve, hold, stop and cancel orders.

    Orders are named by number (ORD-0042) or id.
    """


@order.command("list")
@click.option("--client", metavar="CLIENT", help="Only of this client: id or billing e-mail.")
@click.option("--status", type=EnumChoice(OrderStatus))
@click.option("--waiting", is_flag=True, help="Only those that wait for approval.")
@click.option("--limit", default=50, show_default=True, type=WholeNumber(1, 1000))
@json_option
def list_(
    *, client: str | None, status: str | None, waiting: bool, limit: int, as_json: bool
) -> None:
    """List orders, the newest first."""
    rows = Order.objects.newest_first().select_related("client", "invoice")
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    if waiting:
        payable = Q(invoice=None) | Q(invoice__status=InvoiceStatus.PAID)
        rows = rows.filter(payable, status=OrderStatus.PENDING)
    records = [order_record(row) for row in rows[:limit]]
    shown = ("number", "created_at", "status", "on_hold", "total", "client", "invoice")
    print_list(records, as_json=as_json, none="No orders.", table=pick(records, *shown))


def order_record(row: Order) -> dict[str, Any]:
    return {
        "id": row.pk,
        "number": row.number,
        "created_at": row.created_at,
        "status": row.status,
        "on_hold": row.on_hold,
        "total": Money(row.total, row.currency_id),
        "client": str(row.client),
        "client_id": row.client_id,
        "invoice": row.invoice and row.invoice.number,
    }


@order.command()
@click.argument("number")
@json_option
def show(number: str, *, as_json: bool) -> None:
    """Show one order: items, sums, invoice, and what became of each unit."""
    row = find_order(number)
    code, invoice = row.currency_id, row.invoice
    items = row.items.order_by("position").prefetch_related("units__service", "units__domain")
    record = order_record(row) | {
        "hold_reason": row.hold_reason,
        "notes": row.notes,
        "promo_code": row.promo_code,
        "subtotal": Money(row.subtotal, code),
        "discount": Money(row.discount, code),
        "tax": Money(row.tax_amount, code),
        "invoice_status": invoice and invoice.status,
        "amount_due": Money(invoice.amount_due, code) if invoice else None,
        "items": [order_item_record(item, code) for item in items],
    }
    print_record(record, as_json=as_json)


def order_item_record(item: OrderItem, currency_code: str) -> dict[str, Any]:
    """What was ordered, at which price of a unit, and the services and domains that it became."""
    listed = item.list_amount
    return {
        "qty": item.qty,
        "product": item.product_name,
        "domain": item.domain,
        "billing_cycle": item.billing_cycle,
        "unit_amount": Money(item.unit_amount, currency_code),
        "list_amount": None if listed is None else Money(listed, currency_code),
        "price_reason": item.price_reason,
        "options": {option["name"]: option["value"] for option in item.options},
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


@order.command()
@click.argument("number")
@click.option("--activate-unpaid", metavar="REASON", default="", help="Go on without payment.")
def approve(number: str, *, activate_unpaid: str) -> None:
    """Let a pending order go on: its services and names are set up. Lifts a hold."""
    order = find_order(number)
    approve_order(order=order, unpaid_because=activate_unpaid, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("number")
@REASON
def hold(number: str, *, reason: str) -> None:
    """Keep a pending order waiting for approval, even once it is paid."""
    order = find_order(number)
    hold_order(order=order, reason=reason, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("number")
@click.argument("text")
def note(number: str, *, text: str) -> None:
    """Write TEXT down beside an order, in place of its notes; "" takes them away. Clients never see them."""
    order = find_order(number)
    set_order_notes(order=order, notes=text, ctx=operator_context())
    console.print_message(f"{order.number} has {'these notes' if order.notes else 'no notes'} now.")


@order.command()
@click.argument("number")
@REASON
def fraud(number: str, *, reason: str) -> None:
    """Stop an order under suspicion; what runs already is suspended."""
    order = find_order(number)
    stop_order_as_fraud(order=order, reason=reason, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("number")
@REASON
def release(number: str, *, reason: str) -> None:
    """The suspicion is gone: back to what it was, services resumed."""
    order = find_order(number)
    release_order(order=order, reason=reason, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("number")
@REASON
def reject(number: str, *, reason: str) -> None:
    """Turn an order down; the client is told so, without the reason. Money goes to credit."""
    order = find_order(number)
    reject_order(order=order, reason=reason, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("number")
@REASON
def cancel(number: str, *, reason: str) -> None:
    """Cancel a pending order, or one under suspicion. Money already received goes to credit."""
    order = find_order(number)
    cancel_order(order=order, reason=reason, ctx=operator_context())
    _print_state(order)


@order.command()
@click.argument("client")
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="SLUG:CYCLE[:QTY[:DOMAIN]]",
    help="Such as starter:monthly or starter:annually:1:acme.com.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="ITEM:NAME=VALUE",
    help="Such as starter:Memory=8 GB; yes or no for a tick, a number for a quantity.",
)
@click.option("--register", "names", multiple=True, metavar="NAME[:YEARS]", help="A domain name.")
@click.option(
    "--transfer",
    "transfers",
    multiple=True,
    metavar="NAME",
    help="A domain name to bring here. Its code is asked for, or read from standard input, a line each.",
)
@click.option(
    "--nameserver", "hosts", multiple=True, metavar="NAME:HOST", help="2 to 4 for a name."
)
@click.option(
    "--privacy", "hidden", multiple=True, metavar="NAME", help="Hide the holder of a name."
)
@click.option(
    "--holder",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Who holds the names, such as phone=+49.301234; what is not said is the client's own. Without any, the"
    " registrar's own contact counts.",
)
@click.option(
    "--extra",
    multiple=True,
    metavar="NAME:FIELD=VALUE",
    help="What the registry of a name asks for.",
)
@click.option(
    "--price",
    "prices",
    type=(str, str, str),
    multiple=True,
    metavar="ITEM AMOUNT REASON",
    help="The price of one unit that you agreed on with the client, options included, without setup; of a name for one"
    " year. The client never sees the reason.",
)
@click.option("--no-invoice", is_flag=True, help="Charge nothing: it waits for `order approve`.")
@click.option("--promo", default="", metavar="CODE", help="Promo code.")
@click.option("--key", required=True, help="One-time key: the same key again is the same order.")
def place(client: str, *, promo: str, key: str, no_invoice: bool, **typed: Any) -> None:
    """Place an order for CLIENT (id or billing e-mail) at today's prices, and print its number.

    What is said of an item may be said of several. An ITEM is the slug of a product or a domain name of this order;
    starter#2 is the second starter. Stock, limits and all else that refuses an order count as for the client.

    \b
    Examples:
      commerce order place alice@example.com --key a1 --product starter:annually --option "starter:Memory=8 GB"
      commerce order place 7 --key a2 --register acme.com:2 --price acme.com 9.00 "agreed by phone"
    """
    owner, ctx = find_client(client), operator_context()
    cart_lines = parse_order_lines(owner, **typed)
    refresh_vat_check(client=owner, ctx=ctx)
    made = place_cart_lines(
        cart_lines=cart_lines,
        client=owner,
        placed_by=None,
        shown_total=None,
        idempotency_key=key,
        promo_code=promo,
        with_invoice=not no_invoice,
        ctx=ctx,
    )
    click.echo(made.number)
    if made.invoice is None:
        console.print_message(
            f"It has no invoice; `commerce order approve {made.number}` lets it go on."
        )
