"""What became of a cart that was ordered, for a second tab and the way back."""

from datetime import timedelta

from commerce.accounts.models import Client
from commerce.kit import clock
from commerce.orders.models import Cart, Order

RECENTLY_ORDERED = timedelta(days=1)
"""How long an empty cart says what was ordered."""


def recently_ordered(client: Client, *, cart_id: int = 0) -> Order | None:
    """The order of this cart of the client, or of the last one that was ordered within a day."""
    carts = Cart.objects.for_client(client).that_were_ordered()
    since = clock.now() - RECENTLY_ORDERED
    rows = carts.filter(pk=cart_id) if cart_id else carts.filter(changed_at__gt=since)
    found = rows.select_related("order__invoice").first()
    return found.order if found else None
