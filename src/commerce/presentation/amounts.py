"""How an amount looks to a reader, on pages and in mails (catalog-and-orders.md 1): the one place for it.

Documents, exports, commands and the API have codes: a file is read far from the page that says which dollar is meant.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.utils.functional import lazy
from django.utils.translation import get_language

from commerce.kit.money import Money, currency_exponent
from commerce.kit.request_cache import memoized
from commerce.presentation.formats import format_decimal, from_the_left
from commerce.presentation.locales import active_locale

if TYPE_CHECKING:
    from babel import Locale

type CurrencySigns = Mapping[str, tuple[str, str]]

_BLANK = "\N{NO-BREAK SPACE}"

_sources: list[Callable[[], CurrencySigns]] = []


def set_currency_signs_source(function: Callable[[], CurrencySigns]) -> None:
    """``function()`` gives sign and suffix of each currency for the reader; the catalogue names it when ready."""
    _sources[:] = [function]


def _signs() -> CurrencySigns:
    return _sources[0]() if _sources else {}


def signs_of(currency_code: str) -> tuple[str, str]:
    """The sign of a currency in the reader's language, and what stands after its amounts; the code, without a sign.

    One statement for a language within ``cached_for_request()``, else one for each call.
    """
    found = memoized(f"signs {get_language()}", _signs)
    return found.get(currency_code, ("", currency_code))


def local_signs(currency_code: str, prefix: str, suffix: str) -> tuple[str, str]:
    """The signs that staff gave, but for the one of the CLDR: that is the one of the reader's language, if it has one.

    What staff chose themselves stays, such as ``$`` for a company in Canada.
    """
    from babel import Locale

    if suffix or not prefix or prefix != Locale("en").currency_symbols.get(currency_code):
        return prefix, suffix
    locale = active_locale()
    sign = locale.currency_symbols.get(currency_code, currency_code)
    return prefix if sign == currency_code or locale.text_direction == "rtl" else sign, ""


def format_money(amount: int, currency_code: str) -> str:
    """``€1,234.50``, ``1.234,50 €`` or ``1,234.50 kr`` from minor units: separators and the place of the sign are those
    of the active locale, with a true minus sign. It has the signs of ``signs_of``.
    """
    sign, suffix = signs_of(currency_code)
    value = Money(abs(amount), currency_code).decimal()
    digits = format_decimal(value, currency_exponent(currency_code))
    shape = _shape(active_locale(), is_negative=amount < 0)
    if not sign:
        shape = "−#" if amount < 0 else "#"
    after = f"{_BLANK}{suffix}" if suffix else ""
    return from_the_left(shape.replace("#", digits).replace("¤", sign) + after)


@cache
def _shape(locale: "Locale", *, is_negative: bool) -> str:
    """``¤#`` or ``# ¤``, from the CLDR; among words from the right the sign stands in front."""
    pattern = str(locale.currency_formats["standard"].pattern)
    if locale.text_direction == "rtl":
        pattern = "¤#"
    positive, _, negative = pattern.partition(";")
    shape = re.sub(r"[#,.0]+", "#", negative if is_negative and negative else positive)
    shape = shape.replace("-", "−")
    return f"−{shape}" if is_negative and "−" not in shape else shape


lazy_money = lazy(format_money, str)
"""The same once its reader's language is known: for words of mails."""
