"""What holds an order for a look of staff before it becomes active (``orders.review_rules``). A rule never rejects."""

from datetime import datetime, timedelta

from commerce.accounts.models import Client
from commerce.orders.models import Order
from commerce.preferences import current


def reason_to_hold(client: Client, total: int, address: str | None, at: datetime) -> str:
    """Why this order should wait, for staff; empty if no rule matches. ``total`` is in the client's currency."""
    rules = current.get("orders.review_rules")
    limit = rules.get(client.currency_code)
    if limit is not None and total > limit:
        return "The total is above the limit of the review rules."
    most = rules.get("address")
    if most is not None and address and _is_new(client):
        recent = Order.objects.filter(address=address, created_at__gt=at - timedelta(days=1))
        if recent.filter(client__created_at__gt=at - timedelta(days=1)).count() >= most:
            return f"More than {most} orders of new clients came from {address} within a day."
    return ""


def _is_new(client: Client) -> bool:
    return not Order.objects.for_client(client).exclude(activated_at=None).exists()
