"""What the books still take."""

from datetime import date, timedelta

from django.db.models import Max

from commerce.billing.books.rules import MonthStatus
from commerce.billing.models import BooksMonth


def closed_through() -> date | None:
    """The last day that is closed, with all days before it; None while no month is."""
    closed = BooksMonth.objects.filter(status=MonthStatus.CLOSED)
    last: date | None = closed.aggregate(last=Max("last_day"))["last"]
    return last


def later_booking_day(day: date, today: date) -> date | None:
    """On which day something of ``day`` is booked if its own month is closed: the first open one; None if it is open.

    The month of ``today`` is not over, so nobody looks.
    """
    if day >= today.replace(day=1):
        return None
    closed = closed_through()
    return closed + timedelta(days=1) if closed and day <= closed else None
