"""Mails to staff about exchange rates."""

from datetime import datetime

from commerce.accounts.recipients import send_staff_email
from commerce.catalog.models import Currency
from commerce.presentation.formats import lazy_decimal


def send_rate_held_email(*, currency: Currency, at: datetime) -> None:
    """Staff hear once that a published rate waits for them, however many more are published until they decide."""
    send_staff_email(
        event="exchange_rate_held",
        idempotency_key=f"{currency.pk} {currency.rate_on} {currency.rate}",
        page=f"currencies/{currency.pk}",
        values={
            "currency": currency.pk,
            "old_rate": lazy_decimal(currency.rate),
            "new_rate": lazy_decimal(currency.held_rate),
            "rate_date": currency.held_on,
        },
        at=at,
    )
