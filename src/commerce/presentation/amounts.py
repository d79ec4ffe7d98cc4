"""How an amount looks to a reader, on pages and in mails (catalog-and-orders.md 1): the one place for it.

Documents, exports, commands and the API have codes: a file is read far from the page that says which dollar is meant.
"""

from collections.abc import Callable, Mapping

from commerce.kit.money import Money, currency_exponent
from commerce.kit.request_cache import memoized
from commerce.presentation.formats import format_decimal, from_the_left

type CurrencySigns = Mapping[str, tuple[str, str]]

_BLANK = "\N{NO-BREAK SPACE}"

_sources: list[Callable[[], CurrencySigns]] = []


def set_currency_signs_source(function: Callable[[], CurrencySigns]) -> None:
    """``function()`` gives what stands before and after amounts of each currency; the catalogue names it when ready."""
    _sources[:] = [function]


def _signs() -> CurrencySigns:
    return _sources[0]() if _sources else {}


def signs_of(currency_code: str) -> tuple[str, str]:
    """What stands before and after an amount; the code after it, of a currency without a sign of its own.

    One statement within ``cached_for_request()``, else one for each call.
    """
    return memoized("signs", _signs).get(currency_code, ("", currency_code))


def format_money(amount: int, currency_code: str) -> str:
    """``€1,234.50`` or ``1.234,50 kr`` from minor units: separators of the active locale, a true minus sign.

    It has the signs of ``signs_of``.
    """
    prefix, suffix = signs_of(currency_code)
    value = Money(abs(amount), currency_code).decimal()
    digits = format_decimal(value, currency_exponent(currency_code))
    after = f"{_BLANK}{suffix}" if suffix else ""
    return from_the_left(f"{'−' if amount < 0 else ''}{prefix}{digits}{after}")
