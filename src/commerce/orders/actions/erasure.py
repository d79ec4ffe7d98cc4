"""What a client's orders and carts say of people (accounts.md 10)."""

from commerce.accounts.erasure.rules import ErasureScope
from commerce.jobs.erasure import erase_job_details
from commerce.kit.context import Context
from commerce.orders.models import Cart, Order, OrderItem, PriceQuote, SalesQuote


def erase_order_texts(scope: ErasureScope, ctx: Context) -> None:
    """Where orders came from, their notes, whom names were to be registered for; all of carts and quotes."""
    del ctx
    orders = Order.objects.for_client(scope.client_id)
    orders.update(address=None, user_agent="", notes="", hold_reason="")
    items = OrderItem.objects.filter(order__client_id=scope.client_id)
    items.update(auth_code="", registrant={}, extra_fields={}, price_reason="", discount_reason="")
    Cart.objects.for_client(scope.client_id).delete()
    SalesQuote.objects.for_client(scope.client_id).delete()
    PriceQuote.objects.for_client(scope.client_id).delete()
    erase_job_details("order", orders.values_list("pk", flat=True))
