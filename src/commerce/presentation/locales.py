"""The reader's language as a locale of Babel, which has names and formats of the CLDR.

Babel and one language take 7 MiB, each further language about one. The first page, mail or document that shows
something of them loads them: a worker that serves only the API never does.
"""

from functools import cache
from typing import TYPE_CHECKING

from django.utils.translation import get_language, to_locale

if TYPE_CHECKING:
    from babel import Locale


def active_locale() -> "Locale":
    """That of the active language; English where the CLDR does not have it."""
    return _locale_of(get_language() or "en")


@cache
def _locale_of(language: str) -> "Locale":
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
