"""Commands about orders: what staff do until they have pages for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from commerce.cli import ready
from commerce.cli.clients import find, operator

if TYPE_CHECKING:
    from commerce.orders.models import Order
    from commerce.orders.wishes import Wish

REASON = click.option(
    "--reason", required=True, help="For staff and the audit log; clients never see it."
)


def find_order(text: str) -> "Order":
    """The order with this number (ORD-0042) or id. Raises ``Refused``."""
    from commerce.kit.errors import Refused
    from commerce.orders.models import Order

    digits = text.upper().removeprefix("ORD-")
    known = digits.isascii() and digits.isdecimal() and len(digits) < 19
    found = Order.objects.filter(pk=int(digits)).first() if known else None
    if found is None:
        raise Refused(f"There is no order {text}.")
    return found


def act(number: str, verb: Callable[..., Any], **said: str) -> None:
    """Do it, and say what the order is now."""
    from commerce.kit import clock

    order = find_order(number)
    verb(order=order, at=clock.now(), actor=operator(), **said)
    order.refresh_from_db()
    ready.say(f"{order.number} is {order.status}{', on hold' if order.on_hold else ''}.")


@click.group()
def order() -> None:
    """Place, approve, hold, stop and cancel orders.

    Orders are named by number (ORD-0042) or id.
    """


@order.command("list")
@click.option("--client", metavar="CLIENT", help="Only of this client: id or billing e-mail.")
@click.option("--status", type=click.Choice(["pending", "active", "fraud", "cancelled"]))
@click.option("--waiting", is_flag=True, help="Only paid ones that wait for approval.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(*, client: str | None, status: str | None, waiting: bool, limit: int) -> None:
    """List orders, the newest first."""
    ready.django()
    from commerce.kit.money import Money
    from commerce.orders.models import Order

    rows = Order.objects.newest_first().select_related("client", "invoice")
    if client:
        rows = rows.for_client(find(client))
    if status:
        rows = rows.filter(status=status)
    if waiting:
        rows = rows.filter(status="pending", invoice__status="paid")
    for one in rows[:limit]:
        held = " (on hold)" if one.on_hold else ""
        total = Money(one.total, one.currency_id)
        click.echo(
            f"{one.number}  {one.created_at:%Y-%m-%d}  {one.status}{held}  {total}  {one.client}"
        )


@order.command()
@click.argument("number")
def show(number: str) -> None:
    """Show one order: items, sums, invoice, and what became of each unit."""
    ready.django()
    from commerce.kit.money import Money

    one = find_order(number)

    def money(amount: int) -> Money:
        return Money(amount, one.currency_id)

    click.echo(f"{one.number}  {one.status}  {one.client} (client {one.client_id})")
    if one.on_hold:
        click.echo(f"on hold: {one.hold_reason}")
    if one.notes:
        click.echo(f"notes: {one.notes}")
    for item in one.items.order_by("position").prefetch_related("units__service", "units__domain"):
        name = f"{item.qty} × {item.product_name} {item.domain}".rstrip()
        click.echo(f"  {name}, {item.billing_cycle}: {money(item.unit_amount)} each")
        for unit in item.units.all():
            made = unit.service or unit.domain
            kind = "service" if unit.service else "domain"
            click.echo(f"    {kind} {made and made.pk}: {made and made.status}")
    click.echo(f"subtotal {money(one.subtotal)}, discount {money(one.discount)}")
    click.echo(f"tax {money(one.tax_amount)}, total {money(one.total)}  {one.promo_code}".rstrip())
    if one.invoice is not None:
        due = money(one.invoice.amount_due)
        click.echo(f"invoice {one.invoice}: {one.invoice.status}, {due} due")


@order.command()
@click.argument("number")
@click.option("--activate-unpaid", metavar="REASON", default="", help="Go on without payment.")
def approve(number: str, *, activate_unpaid: str) -> None:
    """Let a pending order go on: its services and names are set up. Lifts a hold."""
    ready.django()
    from commerce.orders.actions import approve_order

    act(number, approve_order, unpaid_because=activate_unpaid)


@order.command()
@click.argument("number")
@REASON
def hold(number: str, *, reason: str) -> None:
    """Keep a pending order waiting for approval, even once it is paid."""
    ready.django()
    from commerce.orders.actions import hold_order

    act(number, hold_order, reason=reason)


@order.command()
@click.argument("number")
@click.argument("text")
def note(number: str, *, text: str) -> None:
    """Write TEXT down beside an order, in place of its notes; "" takes them away. Clients never see them."""
    ready.django()
    from commerce.kit import clock
    from commerce.orders.actions import note_order

    order = find_order(number)
    note_order(order=order, notes=text, at=clock.now(), actor=operator())
    ready.say(f"{order.number} has {'these notes' if order.notes else 'no notes'} now.")


@order.command()
@click.argument("number")
@REASON
def fraud(number: str, *, reason: str) -> None:
    """Stop an order under suspicion; what runs already is suspended."""
    ready.django()
    from commerce.orders.actions import stop_order_as_fraud

    act(number, stop_order_as_fraud, reason=reason)


@order.command()
@click.argument("number")
@REASON
def release(number: str, *, reason: str) -> None:
    """The suspicion is gone: back to what it was, services resumed."""
    ready.django()
    from commerce.orders.actions import release_order

    act(number, release_order, reason=reason)


@order.command()
@click.argument("number")
@REASON
def reject(number: str, *, reason: str) -> None:
    """Turn an order down; the client is told so, without the reason. Money goes to credit."""
    ready.django()
    from commerce.orders.actions import reject_order

    act(number, reject_order, reason=reason)


@order.command()
@click.argument("number")
@REASON
def cancel(number: str, *, reason: str) -> None:
    """Cancel a pending order, or one under suspicion. Money already received goes to credit."""
    ready.django()
    from commerce.orders.actions import cancel_order

    act(number, cancel_order, reason=reason)


@order.command()
@click.argument("client")
@click.option(
    "--product",
    "products",
    multiple=True,
    metavar="SLUG:CYCLE[:QTY[:DOMAIN]]",
    help="Such as starter:monthly or starter:annually:1:acme.com. May be repeated.",
)
@click.option(
    "--register",
    "names",
    multiple=True,
    metavar="NAME[:YEARS]",
    help="A domain name to register. May be repeated.",
)
@click.option("--promo", default="", metavar="CODE", help="Promo code.")
@click.option("--key", required=True, help="One-time key: the same key again is the same order.")
def place(
    client: str, *, products: tuple[str, ...], names: tuple[str, ...], promo: str, key: str
) -> None:
    """Place an order for CLIENT (id or billing e-mail) at today's prices, and print its number."""
    ready.django()
    from commerce.billing.tax import refresh_vat
    from commerce.kit import clock
    from commerce.orders.actions import place_quoted_order

    wishes: list[Wish] = [_product(text) for text in products]
    wishes += [_name(text) for text in names]
    owner, at = find(client), clock.now()
    refresh_vat(client=owner, at=at, actor=operator())
    made = place_quoted_order(
        wishes=wishes,
        client=owner,
        placed_by=None,
        shown_total=None,
        key=key,
        promo_code=promo,
        at=at,
        actor=operator(),
    )
    click.echo(made.number)


def _product(text: str) -> "Wish":
    from commerce.catalog.models import Product
    from commerce.kit.errors import Refused
    from commerce.orders.offered import named
    from commerce.orders.wishes import ProductWish

    slug, cycle, qty, domain = [*text.split(":"), "", "", ""][:4]
    found = Product.objects.at(slug)
    if found is None:
        raise Refused(f"There is no product {slug} on sale.")
    return ProductWish(
        product_id=found.pk,
        billing_cycle=cycle,
        qty=_number(qty or "1"),
        domain=domain and named(domain),
    )


def _name(text: str) -> "Wish":
    from commerce.orders.offered import named
    from commerce.orders.wishes import DomainWish

    name, _, years = text.partition(":")
    return DomainWish(action="register", domain=named(name), years=_number(years or "1"))


def _number(text: str) -> int:
    from commerce.kit.errors import Refused

    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise Refused(f"{text} is not a quantity.")
    return int(text)
