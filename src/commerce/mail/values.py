"""What a mail tells, as it is kept: JSON with typed amounts and dates, which become words when the mail is sent."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from commerce.kit.money import Money
from commerce.preferences.amounts import money_text
from commerce.preferences.current import remembered

_DATE = {"en": "M j, Y"}


def days_from_now(days: int) -> Promise:
    """``3 days from now``, for the reader's language to say."""
    if not days:
        return _("today")
    return format_lazy(ngettext_lazy("{n} day from now", "{n} days from now", days), n=days)


def days_ago(days: int) -> Promise:
    """``3 days ago``, for the reader's language to say."""
    return format_lazy(ngettext_lazy("{n} day ago", "{n} days ago", days), n=days)


def packed(values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """A copy to keep: ``Money``, dates and instants stay typed, translatable words become those of the locale."""
    with translation.override(locale):
        return {name: _packed(value) for name, value in values.items()}


def _packed(value: Any) -> Any:
    """One value; what a mail cannot tell of raises ``TypeError`` where it happens, not when it is sent."""
    kept: Any = value
    if isinstance(value, Money):
        kept = {"money": [value.amount, value.currency]}
    elif isinstance(value, datetime):
        kept = {"instant": value.isoformat()}
    elif isinstance(value, date):
        kept = {"date": value.isoformat()}
    elif isinstance(value, Promise):
        kept = str(value)
    elif isinstance(value, Mapping):
        kept = {str(name): _packed(inner) for name, inner in value.items()}
    elif isinstance(value, list | tuple):
        kept = [_packed(inner) for inner in value]
    elif not isinstance(value, str | int | None):
        raise TypeError(f"a mail cannot tell of {type(value).__name__}")
    return kept


def shown(values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The values in the form of the active locale; instants in the zone of their reader."""
    with remembered():
        return {name: _shown(value, zone) for name, value in values.items()}


def _shown(value: Any, zone: str) -> Any:
    words: Any = str(value)
    match value:
        case {"money": [int(amount), str(currency)]}:
            words = money_text(amount, currency)
        case {"instant": str(at)}:
            words = instant_text(datetime.fromisoformat(at), zone)
        case {"date": str(day)}:
            words = day_text(date.fromisoformat(day))
        case dict():
            words = {name: _shown(inner, zone) for name, inner in value.items()}
        case list():
            words = [_shown(inner, zone) for inner in value]
        case None | False:
            words = ""
        case True:
            words = "✓"
    return words


def day_text(day: date) -> str:
    """A business date in the form of the active locale."""
    return date_format(day, _DATE.get(translation.get_language() or "en", "DATE_FORMAT"))


def instant_text(at: datetime, zone: str) -> str:
    """``2026-04-08 16:33 CEST``, in the zone of its reader; an unknown zone is UTC."""
    try:
        local = at.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        local = at.astimezone(ZoneInfo("UTC"))
    return f"{local:%Y-%m-%d %H:%M} {_zone_name(local)}"


def _zone_name(local: datetime) -> str:
    name, offset = local.tzname() or "", f"{local:%z}"
    if name.isalpha():
        return name
    return f"UTC{offset.removesuffix('00')}"
