"""The business date of this moment, for pages that tell how long is left."""

from datetime import date

from commerce.kit import clock
from commerce.preferences.current import get


def business_today() -> date:
    """The calendar day in the business time zone (``billing.time_zone``)."""
    return clock.business_date(clock.now(), get("billing.time_zone"))
