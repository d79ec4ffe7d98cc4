"""Countries: the codes of ISO 3166-1, and their names in the reader's language (of the CLDR, by Babel)."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commerce.kit.acts.inputs import Choice
from commerce.kit.errors import BusinessError
from commerce.presentation.locales import active_locale

COUNTRY_CODES = frozenset(
    """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""".split()
)
"""The alpha-2 code of each country. The CLDR also names codes that are none, such as EU and XK."""

_SHORT_NAMES: dict[str, Promise] = {
    "CD": _("Congo (Democratic Republic)"),
    "CG": _("Congo (Republic)"),
    "HK": _("Hong Kong"),
    "MM": _("Myanmar"),
    "MO": _("Macao"),
    "PS": _("Palestine"),
}
"""What people look for where the CLDR's own name is longer or names the capital."""


def country_name(code: str) -> str:
    """The country's name in the reader's language; what is no code of a country stays as it is."""
    if code in _SHORT_NAMES:
        return str(_SHORT_NAMES[code])
    return active_locale().territories.get(code, code) if code in COUNTRY_CODES else code


def country_choices() -> tuple[tuple[str, str], ...]:
    """Code and name for a select, by name in the reader's language."""
    return _sorted_choices(get_language())


@cache
def _sorted_choices(language: str | None) -> tuple[tuple[str, str], ...]:
    named = ((code, country_name(code)) for code in COUNTRY_CODES)
    return tuple(sorted(named, key=_by_letters))


def _by_letters(choice: tuple[str, str]) -> str:
    """Without accents, so that Åland is beside Albania and Österreich not behind Zypern."""
    letters = unicodedata.normalize("NFKD", choice[1])
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()


def check_country(code: str) -> None:
    """Raises ``BusinessError`` for a code that ISO 3166-1 does not have."""
    if code not in COUNTRY_CODES:
        raise BusinessError("country.unknown", code=code)


_lazy_name = lazy(country_name, str)
_LAZY_NAMES: Mapping[Any, Any] = {code: _lazy_name(code) for code in COUNTRY_CODES}


@dataclass(frozen=True)
class CountryCode(Choice):
    """A country, by the code of ISO 3166-1."""

    labels: Mapping[Any, Any] = field(default_factory=lambda: _LAZY_NAMES)
    offered: Callable[[Any], Iterable[Any]] | None = lambda _record: dict(country_choices())

    def check(self, value: str) -> str:
        code = value.upper()
        check_country(code)
        return code
