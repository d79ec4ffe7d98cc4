"""Mails to staff about tax."""

from datetime import date, datetime

from commerce.accounts.models import Client
from commerce.accounts.recipients import send_staff_email
from commerce.billing.tax.rules import BooksRate
from commerce.billing.tax.vies import INVALID_REQUESTER
from commerce.mail.models import OutgoingMail
from commerce.site_settings.current import get_setting, start_of_business_date

_EVENT = "exchange_rate_missing"


def send_books_rate_missing_email(lacking: BooksRate, *, day: date, at: datetime) -> None:
    """To staff who may set rates: invoices lack their tax in the currency of the books. Once a day for each pair."""
    send_staff_email(
        event=_EVENT,
        idempotency_key=f"{_pair(lacking)} {day}",
        page=f"currencies/{lacking.to_set}",
        values={
            "currency": lacking.currency,
            "books_currency": lacking.books,
            "rate_date": lacking.rate.day or "",
        },
        at=at,
    )


def is_missing_rate_told(lacking: BooksRate) -> bool:
    """Whether staff heard of this pair since the day of its last rate; of mails that are still kept, if it has none."""
    told = OutgoingMail.objects.filter(
        event=_EVENT, idempotency_key__startswith=f"{_pair(lacking)} "
    )
    if lacking.rate.day:
        told = told.filter(created_at__gte=start_of_business_date(lacking.rate.day))
    return told.exists()


def send_tax_number_refused_email(
    number: str, code: str, *, client: Client | None, at: datetime
) -> None:
    """VIES does not take a number as one, which no further question changes: once for each number, be it the client's
    or our own.
    """
    own = str(get_setting("company.tax_id")) if code == INVALID_REQUESTER else ""
    send_staff_email(
        event="vat_check_refused",
        idempotency_key=f"{code} {own or number}",
        page="settings/company" if own or client is None else f"clients/{client.pk}",
        client=client,
        values={"tax_id": number, "code": code, "own_tax_id": own},
        at=at,
    )


def _pair(lacking: BooksRate) -> str:
    return f"{lacking.currency} {lacking.books}"
