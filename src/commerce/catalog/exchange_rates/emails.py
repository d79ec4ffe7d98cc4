"""Mails to staff about exchange rates."""

from datetime import datetime

from django.conf import settings

from commerce.accounts.recipients import tell_staff
from commerce.catalog.models import Currency


def currency_page(currency_code: str) -> str:
    """The page of the staff area where a rate is set or confirmed."""
    return f"{settings.COMMERCE_URL}/admin/currencies/{currency_code}"


def tell_of_held_rate(*, currency: Currency, at: datetime) -> None:
    """Staff hear once that a published rate waits for them, however many more are published until they decide."""
    tell_staff(
        permission="products.manage",
        event="exchange_rate_held",
        idempotency_key=f"{currency.pk} {currency.rate_on} {currency.rate}",
        values={
            "currency": currency.pk,
            "old_rate": currency.rate,
            "new_rate": currency.held_rate,
            "rate_date": currency.held_on,
            "rate_url": currency_page(currency.pk),
        },
        at=at,
    )
