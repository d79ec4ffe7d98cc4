"""What a mail tells, as it is kept: JSON with typed amounts and dates, which become words when the mail is sent."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from commerce.kit.money import Money
from commerce.kit.request_cache import cached_for_request
from commerce.presentation import formats
from commerce.presentation.amounts import format_money


def days_from_now(days: int) -> Promise:
    """``in 3 days``, for the reader's language to say."""
    if not days:
        return _("today")
    return format_lazy(ngettext_lazy("in {n} day", "in {n} days", days), n=days)


def days_ago(days: int) -> Promise:
    """``3 days ago``, for the reader's language to say."""
    return format_lazy(ngettext_lazy("{n} day ago", "{n} days ago", days), n=days)


def pack_values(values: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """A copy to keep: ``Money``, dates and instants stay typed, translatable words become those of the locale."""
    with translation.override(locale):
        return {name: _packed(value) for name, value in values.items()}


def _packed(value: Any) -> Any:
    """One value; what a mail cannot tell of raises ``TypeError`` where it happens, not when it is sent."""
    packed: Any = value
    if isinstance(value, Money):
        packed = {"money": [value.amount, value.currency]}
    elif isinstance(value, datetime):
        packed = {"instant": value.isoformat()}
    elif isinstance(value, date):
        packed = {"date": value.isoformat()}
    elif isinstance(value, Promise):
        packed = str(value)
    elif isinstance(value, Mapping):
        packed = {str(name): _packed(inner) for name, inner in value.items()}
    elif isinstance(value, list | tuple):
        packed = [_packed(inner) for inner in value]
    elif not isinstance(value, str | int | None):
        raise TypeError(f"a mail cannot tell of {type(value).__name__}")
    return packed


def format_values(values: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The values in the form of the active locale; instants in the zone of their reader."""
    with cached_for_request():
        shown = {name: _shown(value, zone) for name, value in values.items()}
    if not translation.get_language_bidi():
        return shown
    return {
        name: value if _NO_WORDS.search(name) else _set_apart(value)
        for name, value in shown.items()
    }


_NO_WORDS = re.compile("_(url|email|color)$")
_LATIN, _ARABIC = re.compile("[A-Za-z]"), re.compile("[\u0590-\u08ff]")


def _set_apart(value: Any) -> Any:
    """A text without a letter from the right, among those that have some: a name, or what somebody wrote, keeps its
    own direction.
    """
    if isinstance(value, list):
        return [_set_apart(inner) for inner in value]
    is_foreign = isinstance(value, str) and "://" not in value and _LATIN.search(value)
    return formats.as_typed(value) if is_foreign and not _ARABIC.search(value) else value


def _shown(value: Any, zone: str) -> Any:
    text: Any = str(value)
    match value:
        case {"money": [int(amount), str(currency)]}:
            text = format_money(amount, currency)
        case {"instant": str(at)}:
            text = format_instant(datetime.fromisoformat(at), zone)
        case {"date": str(day)}:
            text = formats.format_day(date.fromisoformat(day))
        case dict():
            text = {name: _shown(inner, zone) for name, inner in value.items()}
        case list():
            text = [_shown(inner, zone) for inner in value]
        case None | False:
            text = ""
        case True:
            text = "✓"
    return text


def format_instant(at: datetime, zone: str) -> str:
    """``Apr 8, 2026, 4:33 PM CEST``, in the zone of its reader; an unknown zone is UTC."""
    try:
        reader_zone = ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        reader_zone = ZoneInfo("UTC")
    with timezone.override(reader_zone):
        return formats.format_instant(at)
