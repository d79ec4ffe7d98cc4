"""What the daily run does with orders and carts that nobody came back to (billing.md 10)."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from commerce.billing.daily import Day
from commerce.billing.daily.step import Counts
from commerce.billing.rules import OPEN
from commerce.kit.errors import Moved
from commerce.orders.actions import cancel_unpaid_order
from commerce.orders.actions.carts import expire_cart
from commerce.orders.models import Cart, Order
from commerce.preferences import current


def find_unpaid(day: Day) -> QuerySet[Order]:
    """Pending orders whose invoice is unpaid so many days after its due date; none if that is 0."""
    days = current.get("orders.cancel_unpaid_after_days")
    if not days:
        return Order.objects.none()
    return Order.objects.filter(
        status=Order.Status.PENDING,
        invoice__status__in=OPEN,
        invoice__due_date__lte=day.date - timedelta(days=days),
    )


def cancel_unpaid(order_id: int, day: Day) -> Counts:
    """Cancel one of them, unless it was paid or changed just now."""
    order = Order.objects.get(pk=order_id)
    try:
        cancel_unpaid_order(order=order, reason="Not paid in time.", at=day.at, actor=day.actor)
    except Moved:
        return {}
    return {"orders": 1}


def of_order_never_active() -> Exists:
    """In a query over invoices: those of an order of which nothing was ever delivered."""
    return Exists(Order.objects.filter(invoice=OuterRef("pk"), activated_at=None))


def find_old_carts(day: Day) -> QuerySet[Cart]:
    """Open carts without a change for ``orders.cart_days``."""
    kept = timedelta(days=current.get("orders.cart_days"))
    return Cart.objects.open().filter(changed_at__lte=day.at - kept)


def expire_old_cart(cart_id: int, day: Day) -> Counts:
    """Forget one of them."""
    try:
        expire_cart(cart=Cart.objects.get(pk=cart_id), at=day.at, actor=day.actor)
    except Moved:
        return {}
    return {"carts": 1}
