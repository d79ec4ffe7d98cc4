"""What holds an order for a look of staff before it becomes active (``orders.review_rules``). A rule never rejects."""

from datetime import datetime, timedelta

from commerce.accounts.models import Client
from commerce.orders.models import Order
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings import current


def review_hold_reason(
    client: Client, total: int, *, address: str | None, network_country: str, at: datetime
) -> str:
    """Why this order should wait, for staff; empty if no rule matches. ``total`` is in the client's currency.

    ``network_country`` is that of the network address; a country that is not known matches nothing.
    """
    rules = current.get_setting("orders.review_rules")
    limit = rules.get(client.currency_code)
    if limit is not None and total > limit:
        return "The total is above the limit of the review rules."
    if (
        "country" in rules
        and network_country in COUNTRY_CODES
        and network_country != client.country
    ):
        return f"It came from {network_country}, and the billing address is in {client.country}."
    most = rules.get("address")
    if most is not None and address and _is_new(client, at):
        recent = Order.objects.filter(address=address, created_at__gt=at - timedelta(days=1))
        if recent.of_new_clients().count() >= most:
            return f"More than {most} orders of new clients came from {address} within a day."
    return ""


def _is_new(client: Client, at: datetime) -> bool:
    """As in ``of_new_clients``: no order of theirs had become active before."""
    return not Order.objects.for_client(client).filter(activated_at__lt=at).exists()
