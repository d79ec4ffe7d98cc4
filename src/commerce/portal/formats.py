"""How values look to a reader: dates, instants and statuses, in the form of the active locale and time zone.

Django's own number and date formats of the locale are used; the active locale and time zone are the reader's.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.reading import zone_name
from commerce.portal.countries import COUNTRIES

type Words = str | Promise

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

STATUS: dict[str, dict[str, tuple[Words, str]]] = {
    "service": {
        "pending": (_("Pending"), "blue"),
        "active": (_("Active"), "green"),
        "suspended": (_("Suspended"), "orange"),
        "cancelled": (_("Cancelled"), "grey"),
        "terminated": (_("Terminated"), "red"),
    },
    "invoice": {
        "unpaid": (_("Unpaid"), "yellow"),
        "overdue": (_("Overdue"), "red"),
        "paid": (_("Paid"), "green"),
        "cancelled": (_("Cancelled"), "grey"),
        "refunded": (_("Refunded"), "purple"),
    },
    "order": {
        "pending": (_("Pending"), "yellow"),
        "active": (_("Active"), "green"),
        "fraud": (_("Under review"), "orange"),
        "cancelled": (_("Cancelled"), "grey"),
    },
    "domain": {
        "pending": (_("Pending"), "yellow"),
        "pending_transfer": (_("Transfer pending"), "yellow"),
        "active": (_("Active"), "green"),
        "expired": (_("Expired"), "red"),
        "redemption": (_("Redemption"), "orange"),
        "transferred_away": (_("Transferred away"), "grey"),
        "cancelled": (_("Cancelled"), "grey"),
        "fraud": (_("Under review"), "red"),
    },
    "client": {
        "active": (_("Active"), "green"),
        "suspended": (_("Suspended"), "orange"),
        "closed": (_("Closed"), "grey"),
    },
    "token": {
        "live": (pgettext_lazy("API token", "Live"), "green"),
        "revoked": (_("Revoked"), "red"),
        "expired": (_("Expired"), "grey"),
    },
    "invitation": {
        "open": (pgettext_lazy("invitation", "Open"), "blue"),
        "accepted": (_("Accepted"), "green"),
        "declined": (_("Declined"), "grey"),
        "withdrawn": (_("Withdrawn"), "grey"),
        "expired": (_("Expired"), "grey"),
    },
}
"""Word and colour name of each status, by kind of record (services 1, billing 2, domains 1)."""

CYCLES: dict[str, Words] = {
    "monthly": _("Monthly"),
    "quarterly": _("Quarterly"),
    "semi_annually": _("Every six months"),
    "annually": _("Yearly"),
    "biennially": _("Every two years"),
    "triennially": _("Every three years"),
    "one_time": _("One time"),
}
"""The words for each billing cycle."""


def status_words(kind: str) -> dict[str, Words]:
    """Each status of a kind of record with its word."""
    return {status: words for status, (words, _tone) in STATUS[kind].items()}


def _language() -> str:
    return (get_language() or "en").lower()


def day_text(day: date) -> str:
    """A business date in the reader's form, month as a short name."""
    return date_format(day, _DATE.get(_language(), "DATE_FORMAT"))


def instant_text(at: datetime) -> str:
    """An instant in the reader's zone, with the zone named."""
    local = at.astimezone(timezone.get_current_timezone())
    time = time_format(local, _TIME.get(_language(), "TIME_FORMAT")).replace(" ", _BLANK)
    return f"{day_text(local)}, {time}{_BLANK}{zone_name(local)}"


def count_text(number: int) -> str:
    """``48,124``: how many there are of something, in the locale's form."""
    return str(number_format(number, use_l10n=True, force_grouping=True))


def quantity_text(milli: int) -> str:
    """``1`` or ``2.5`` from thousandths, in the locale's form."""
    return _trimmed(Decimal(milli).scaleb(-3))


def rate_text(milli: int) -> str:
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


def instant_code(at: datetime) -> str:
    """The machine's form of an instant, for ``<time datetime>``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
