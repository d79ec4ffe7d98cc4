"""How values look to a reader: dates, instants, numbers and addresses, in the form of the active locale and time zone.

Django's own number and date formats of the locale are used; the active locale and time zone are the reader's.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.translation import get_language

from commerce.presentation.countries import COUNTRIES
from commerce.presentation.zones import zone_name

_BLANK = "\N{NO-BREAK SPACE}"

_DATE = {
    "en": "M j, Y",
    "en-us": "M j, Y",
    "en-gb": "j M Y",
    "en-au": "j M Y",
    "en-ie": "j M Y",
    "en-nz": "j M Y",
}
"""A date with a short month name where the locale's own ``DATE_FORMAT`` is too long for a table."""

_TIME = dict.fromkeys(("en", "en-us"), "g:i A")
"""A time of day where the locale's own ``TIME_FORMAT`` ("5:40 p.m.") is not how people write it."""


def _language() -> str:
    return (get_language() or "en").lower()


def format_day(day: date) -> str:
    """A business date in the reader's form, month as a short name."""
    return date_format(day, _DATE.get(_language(), "DATE_FORMAT"))


def format_instant(at: datetime) -> str:
    """An instant in the reader's zone, with the zone named."""
    local = at.astimezone(timezone.get_current_timezone())
    time = time_format(local, _TIME.get(_language(), "TIME_FORMAT")).replace(" ", _BLANK)
    return f"{format_day(local)}, {time}{_BLANK}{zone_name(local)}"


def count_text(number: int) -> str:
    """``48,124``: how many there are of something, in the locale's form."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


def format_quantity(milli: int) -> str:
    """``1`` or ``2.5`` from thousandths, in the locale's form."""
    return _trimmed(Decimal(milli).scaleb(-3))


def format_tax_rate(milli: int) -> str:
    """``20%`` or ``8.875%`` from thousandths of a percent, in the locale's form."""
    return f"{_trimmed(Decimal(milli).scaleb(-3))}%"


def _trimmed(value: Decimal) -> str:
    places = max(-int(value.normalize().as_tuple().exponent), 0)
    return str(number_format(value, places, use_l10n=True, force_grouping=True))


def party_lines(party: Mapping[str, Any]) -> list[str]:
    """Name and address of the seller or buyer of an invoice, line by line, as they were when it was issued."""

    def of(*keys: str) -> str:
        return " ".join(str(party[key]) for key in keys if party.get(key))

    person = of("name") or of("first_name", "last_name")
    lines = [of("company"), person, of("address1"), of("address2"), of("postcode", "city")]
    country = str(COUNTRIES.get(of("country"), of("country")))
    return [line for line in [*lines, of("state"), country] if line]


def machine_instant(at: datetime) -> str:
    """The machine's form of an instant, for ``<time datetime>``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
