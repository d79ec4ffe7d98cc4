"""Mails about orders (notifications.md 3): reactions to what happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.billing.invoices.emails import invoice_url, lines_and_sums
from commerce.billing.invoices.rules import SettlementKind
from commerce.events.publish import at_event_time
from commerce.kit.context import Context
from commerce.kit.money import Money
from commerce.orders.events import (
    OrderActivated,
    OrderAwaitingApproval,
    OrderCancelled,
    OrderPlaced,
    OrderRejected,
)
from commerce.orders.models import Order
from commerce.support.consumers.actions import instruction_for_mail


def _send_order_email(
    event: str,
    order: Order,
    occasion: str,
    at: datetime,
    *,
    attach: Sequence[tuple[str, int]] = (),
    **more: Any,
) -> None:
    values = {
        "order_number": order.number,
        "order_url": f"{settings.COMMERCE_URL}/client/orders/{order.pk}",
    }
    send_client_email(
        client=order.client,
        event=event,
        idempotency_key=f"{order.pk} {occasion}".strip(),
        values={**values, **more},
        at=at,
        about=("order", order.pk),
        attach=attach,
    )


def _order(order_id: int) -> Order:
    return Order.objects.select_related("client", "invoice").get(pk=order_id)


def _items(order: Order) -> list[dict[str, Any]]:
    """Each position with its price before discounts and tax."""
    return [
        {
            "description": " ".join(
                filter(
                    None, [f"{item.qty} ×", item.product_name, item.domain and f"({item.domain})"]
                )
            ),
            "amount": Money(item.amount, order.currency_id),
        }
        for item in order.items.order_by("position")
    ]


def _items_and_sums(order: Order) -> dict[str, Any]:
    """What an order without an invoice costs: its positions, and sums that end in its total; together they add up."""
    listed = discount = 0
    for item in order.items.all():
        listed += item.amount
        discount += item.group_discount + item.promo_discount
    rows = [(_("Discount"), -discount)] if discount else []
    if tax := order.total - listed + discount:  # prices may have it in them
        rows.append((_("Tax"), tax))
    rows.append((_("Total"), order.total))
    code = order.currency_id
    sums = [{"description": text, "amount": Money(amount, code)} for text, amount in rows]
    return {"items": _items(order), "sums": sums}


@at_event_time
def send_order_placed_email(event: OrderPlaced, ctx: Context) -> None:
    """An order was placed; its invoice is named while something of it is due, or that it has none. A consumer gets the
    instruction on withdrawal and the model form, as text and as a PDF.
    """
    order = _order(event.order_id)
    due = order.invoice is not None and order.invoice.amount_due > 0
    total = Money(order.total, order.currency_id)
    if order.invoice is not None:
        charged = lines_and_sums(order.invoice)
    else:
        charged = _items_and_sums(order)
    told, attach = instruction_for_mail(client=order.client, record=("order", order.pk), ctx=ctx)
    _send_order_email(
        "order_placed",
        order,
        "",
        ctx.at,
        **charged,
        total=total,
        invoice_url=invoice_url(order.invoice.pk) if due and order.invoice else "",
        not_charged=order.invoice is None,
        attach=attach,
        **told,
    )


@at_event_time
def send_order_active_email(event: OrderActivated, ctx: Context) -> None:
    """An order became active."""
    order = _order(event.order_id)
    _send_order_email("order_activated", order, ctx.at.isoformat(), ctx.at, items=_items(order))


@at_event_time
def send_order_cancelled_email(event: OrderCancelled, ctx: Context) -> None:
    """An order was cancelled, by the client or unpaid."""
    order = _order(event.order_id)
    _send_order_email(
        "order_cancelled", order, ctx.at.isoformat(), ctx.at, credited=_credited(order)
    )


@at_event_time
def send_order_rejected_email(event: OrderRejected, ctx: Context) -> None:
    """Staff did not accept an order."""
    order = _order(event.order_id)
    _send_order_email(
        "order_rejected", order, ctx.at.isoformat(), ctx.at, credited=_credited(order)
    )


def _credited(order: Order) -> Money | None:
    """What was paid for it and is credit now."""
    if order.invoice is None:
        return None
    back = order.invoice.settlement_entries.filter(kind=SettlementKind.TO_CREDIT).values_list(
        "amount", flat=True
    )
    return Money(-sum(back), order.currency_id) if back else None


@at_event_time
def ask_for_approval(event: OrderAwaitingApproval, ctx: Context) -> None:
    """A paid order waits for staff."""
    order = _order(event.order_id)
    send_staff_email(
        event="order_awaiting_approval",
        idempotency_key=f"{order.pk}",
        page=f"orders/{order.pk}",
        client=order.client,
        values={"order_number": order.number, "total": Money(order.total, order.currency_id)},
        at=ctx.at,
        about=("order", order.pk),
    )
