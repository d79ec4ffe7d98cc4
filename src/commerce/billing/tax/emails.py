"""Mails to staff about tax."""

from datetime import date, datetime

from commerce.accounts.recipients import tell_staff
from commerce.catalog.exchange_rates.emails import currency_page
from commerce.mail.models import OutgoingMail
from commerce.site_settings.current import start_of_business_date

_EVENT = "exchange_rate_missing"


def tell_of_missing_rate(
    *,
    currency_code: str,
    books_code: str,
    rate_on: date | None,
    to_set: str,
    day: date,
    at: datetime,
) -> None:
    """To staff who may set rates, once a day for each pair; ``to_set`` is the currency whose rate is to be set."""
    tell_staff(
        permission="products.manage",
        event=_EVENT,
        idempotency_key=f"{currency_code} {books_code} {day}",
        values={
            "currency": currency_code,
            "books_currency": books_code,
            "rate_date": rate_on or "",
            "rate_url": currency_page(to_set),
        },
        at=at,
    )


def is_missing_rate_told(*, currency_code: str, books_code: str, rate_on: date | None) -> bool:
    """Whether staff heard of this pair since the day of its last rate; of mails that are still kept, if it has none."""
    told = OutgoingMail.objects.filter(
        event=_EVENT, idempotency_key__startswith=f"{currency_code} {books_code} "
    )
    if rate_on:
        told = told.filter(created_at__gte=start_of_business_date(rate_on))
    return told.exists()
