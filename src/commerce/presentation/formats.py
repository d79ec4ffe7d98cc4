"""How values look to a reader: dates, instants, numbers and addresses, in the form of the active locale and time zone.

Forms are those of the CLDR, by Babel, in digits 0 to 9; the active language and time zone are the reader's.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language_bidi

from commerce.presentation.countries import country_name
from commerce.presentation.locales import active_locale
from commerce.presentation.zones import zone_name

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

_BLANK = "\N{NO-BREAK SPACE}"
_FROM_THE_LEFT, _AS_ITS_LETTERS, _AS_BEFORE = "\u2066", "\u2068", "\u2069"
"""Isolates of Unicode, which end with the last of them."""
_BLANKS = str.maketrans(" \N{NARROW NO-BREAK SPACE}", _BLANK * 2)


def format_day(day: date) -> str:
    """A business date, short enough for a table: ``Sep 3, 2026``, ``03.09.2026``."""
    # Not the instant itself: one instant is equal to itself in another zone, where it may be another day.
    return _day_text(date(day.year, day.month, day.day), active_locale())


@lru_cache(maxsize=2048)
def _day_text(day: date, locale: "Locale") -> str:
    from babel.dates import format_date

    return format_date(day, "medium", locale=locale)


lazy_day = lazy(format_day, str)
"""The same once its reader's language is known: for words of mails."""


def country_names(codes: Sequence[str]) -> str:
    """``France, Norway, and Sweden``, as the locale joins them."""
    from babel.lists import format_list

    return format_list([country_name(code) for code in codes], locale=active_locale())


def format_period(first: date, last: date) -> str:
    """From a day to a later one, both counted: ``Dec 8, 2026 – Jan 7, 2027``, ``8.–30. Nov. 2026``."""
    return _period_text(first, last, active_locale())


@lru_cache(maxsize=2048)
def _period_text(first: date, last: date, locale: "Locale") -> str:
    from babel.dates import format_interval

    return format_interval(first, last, "yMMMd", locale=locale).replace("\N{THIN SPACE}", " ")


def format_month(day: date) -> str:
    """The month of a day: ``Sep 2026``."""
    from babel.dates import format_skeleton

    return format_skeleton("yMMM", day, locale=active_locale())


def format_long_day(day: date) -> str:
    """A date with the month's name, which no reader takes for another day: ``3 September 2026`` in any English."""
    from babel.dates import format_date

    locale = active_locale()
    return format_date(day, "d MMMM y" if locale.language == "en" else "long", locale=locale)


def format_instant(at: datetime) -> str:
    """An instant in the reader's zone, with the zone named."""
    from babel.dates import format_time, get_datetime_format

    locale = active_locale()
    local = at.astimezone(timezone.get_current_timezone())
    time = format_time(local, "short", locale=locale).translate(_BLANKS)
    together = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    text = together.replace("{0}", time).replace("{1}", format_day(local))
    return f"{text}{_BLANK}{zone_name(local)}"


def format_decimal(value: Decimal, places: int) -> str:
    """``1,234.50``, with so many decimals, which must be enough for the value."""
    return _decimal_text(value, places, active_locale())


def _decimal_as_written(text: str) -> str:
    return format_decimal(Decimal(text), len(text.partition(".")[2]))


lazy_decimal = lazy(_decimal_as_written, str)
"""A decimal such as ``1.0821`` with all its places, once its reader's language is known: for words of mails."""


def number_signs() -> tuple[str, str]:
    """The signs of decimals and of thousands that ``format_decimal`` writes."""
    symbols = active_locale().number_symbols["latn"]
    return str(symbols["decimal"]), str(symbols["group"])


@lru_cache(maxsize=2048)  # a page shows the same prices again and again
def _decimal_text(value: Decimal, places: int, locale: "Locale") -> str:
    return str(_decimal_pattern(locale, places).apply(value, locale))


@cache
def _decimal_pattern(locale: "Locale", places: int) -> "NumberPattern":
    from babel.numbers import parse_pattern

    whole = locale.decimal_formats[None].pattern.partition(".")[0]
    return parse_pattern(f"{whole}.{'0' * places}" if places else whole)


def from_the_left(text: str) -> str:
    """An amount among words that run from the right, where its sign and currency would change sides."""
    return f"{_FROM_THE_LEFT}{text}{_AS_BEFORE}" if text and get_language_bidi() else text


def as_typed(text: str) -> str:
    """What somebody typed, among words that run from the right: each line runs as its own letters do."""
    if not get_language_bidi():
        return text
    return "\n".join(f"{_AS_ITS_LETTERS}{line}{_AS_BEFORE}" for line in text.split("\n"))


def count_text(number: int) -> str:
    """``48,124``: how many there are of something, in the locale's form."""
    return format_decimal(Decimal(number), 0)


def format_quantity(milli: int) -> str:
    """``1`` or ``2.5`` from thousandths, in the locale's form."""
    value = Decimal(milli).scaleb(-3)
    return format_decimal(value, max(-int(value.normalize().as_tuple().exponent), 0))


def format_tax_rate(milli: int) -> str:
    """``20%`` or ``8.875%`` from thousandths of a percent; some languages have a blank before the sign."""
    return _rate_text(milli, active_locale())


@lru_cache(maxsize=256)
def _rate_text(milli: int, locale: "Locale") -> str:
    pattern = locale.percent_formats[None]
    return str(pattern.apply(Decimal(milli).scaleb(-5), locale, decimal_quantization=False))


def format_percent(percent: int) -> str:
    """``17%`` from whole per cent."""
    return format_tax_rate(percent * 1000)


_BYTE_UNITS = ("kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte")


def format_bytes(number: int) -> str:
    """``812 MB`` or ``3.4 GB``, of 1024 each, with a decimal below ten; some languages have words of their own."""
    from babel.units import format_unit

    power = 0
    number, rest = divmod(number, 1024)
    while number >= 1024 and power < len(_BYTE_UNITS) - 1:
        number, rest = divmod(number, 1024)
        power += 1
    tenths = rest * 10 // 1024 if number < 10 else 0
    value = Decimal(number * 10 + tenths).scaleb(-1)
    text = format_decimal(value, 1 if tenths else 0)
    name = f"digital-{_BYTE_UNITS[power]}"
    return str(format_unit(text, name, length="short", locale=active_locale())).translate(_BLANKS)


def party_lines(party: Mapping[str, Any]) -> list[str]:
    """Name and address of the seller or buyer of an invoice, line by line, as they were when it was issued."""

    def of(*keys: str) -> str:
        return " ".join(str(party[key]) for key in keys if party.get(key))

    person = of("name") or of("first_name", "last_name")
    lines = [of("company"), person, of("address1"), of("address2"), of("postcode", "city")]
    lines += [of("state"), country_name(of("country"))]
    return [line for line in lines if line]


def machine_instant(at: datetime) -> str:
    """The machine's form of an instant, for ``<time datetime>``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
