"""What the daily run does with orders and carts that nobody came back to (billing.md 10)."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet

from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.cancelling import cancel_unpaid_order
from commerce.orders.actions.carts import expire_cart
from commerce.orders.models import Cart, Order, SalesQuote
from commerce.orders.rules import CartStatus, OrderStatus
from commerce.orders.sales_quotes.actions.sending import lapse_quote
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings import current


def find_unpaid_orders(day: RunDay) -> QuerySet[Order]:
    """Pending orders whose invoice is unpaid so many days after its due date; none if that is 0."""
    days = current.get_setting("orders.cancel_unpaid_after_days")
    if not days:
        return Order.objects.none()
    return Order.objects.filter(
        status=OrderStatus.PENDING,
        invoice__status__in=OPEN_INVOICE_STATUSES,
        invoice__due_date__lte=day.date - timedelta(days=days),
    )


def cancel_unpaid_order_daily(order_id: int, day: RunDay) -> StepCounts:
    """Cancel one of them, unless it was paid or changed just now."""
    order = Order.objects.get(pk=order_id)
    try:
        cancel_unpaid_order(order=order, reason="Not paid in time.", ctx=Context(day.at, day.actor))
    except StateConflict:
        return {}
    return {"orders": 1}


def invoice_of_undelivered_order() -> Exists:
    """In a query over invoices: those of an order of which nothing was ever delivered."""
    return Exists(Order.objects.filter(invoice=OuterRef("pk"), activated_at=None))


def find_carts_to_expire(day: RunDay) -> QuerySet[Cart]:
    """Open carts without a change for ``orders.cart_days``, those of quotes as well."""
    kept = timedelta(days=current.get_setting("orders.cart_days"))
    return Cart.objects.filter(status=CartStatus.OPEN, changed_at__lte=day.at - kept)


def expire_cart_daily(cart_id: int, day: RunDay) -> StepCounts:
    """Forget one of them."""
    try:
        expire_cart(cart=Cart.objects.get(pk=cart_id), ctx=Context(day.at, day.actor))
    except StateConflict:
        return {}
    return {"carts": 1}


def find_quotes_to_lapse(day: RunDay) -> QuerySet[SalesQuote]:
    """Quotes whose last day is past and that nobody accepted."""
    return SalesQuote.objects.lapsing(day.date)


def lapse_quote_daily(quote_id: int, day: RunDay) -> StepCounts:
    """One of them lapses, unless it was accepted just now."""
    try:
        lapse_quote(quote=SalesQuote.objects.get(pk=quote_id), ctx=Context(day.at, day.actor))
    except StateConflict:
        return {}
    return {"quotes": 1}
