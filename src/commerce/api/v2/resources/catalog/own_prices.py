"""What this client pays, by the rules of the store: currency, prices of its group, and the tax of its invoices."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from commerce.accounts.models import Client
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.orders.price_display import PriceDisplay, price_display
from commerce.site_settings.current import business_date


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """A client with its prices before tax and with it, as invoices of today say them."""

    client: Client
    net: PriceDisplay
    gross: PriceDisplay


def own_prices(client_id: int) -> OwnPrices:
    """The prices of a client."""
    client = Client.objects.for_client(client_id).select_related("group").get()
    today = business_date(clock.now())
    shown = price_display(client=client, country=client.country, on=today)
    return OwnPrices(
        client, net=replace(shown, with_tax=False), gross=replace(shown, with_tax=True)
    )


def own_currency() -> QuerySet[Any]:
    """The currency of the client whose token asks; none where nothing is sold in it any more."""
    theirs = Client.objects.for_client(TOKEN_CLIENT).values("currency_code")
    return Currency.objects.on_sale().filter(code__in=theirs).order_by().values("code")
