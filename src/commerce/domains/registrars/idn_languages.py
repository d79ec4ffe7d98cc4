"""The language of an internationalized name, which some registrars ask for: told from its letters."""

import unicodedata
from collections.abc import Mapping, Sequence

from commerce.domains.registrars.contract import DomainName, RegistrarProblem
from commerce.domains.registrars.operations import RegistrarError
from commerce.presentation.idn import readable_name

_SCRIPTS = {
    "ARABIC": "ara",
    "CJK": "chi",
    "CYRILLIC": "rus",
    "DEVANAGARI": "hin",
    "GREEK": "gre",
    "HANGUL": "kor",
    "HEBREW": "heb",
    "HIRAGANA": "jpn",
    "KATAKANA": "jpn",
    "THAI": "tha",
}
_ALPHABETS = {
    "ger": "äöüß",
    "spa": "áéíñóúü",
    "fre": "àâæçèéêëîïôœùûüÿ",
    "swe": "åäö",
    "dan": "æøå",
    "por": "àáâãçéêíóôõúü",
    "ita": "àèéìîòù",
    "pol": "ąćęłńóśźż",
    "cze": "áčďéěíňóřšťúůýž",
    "hun": "áéíóöőúüű",
    "tur": "çğıöşü",
}
"""Letters beside those of ASCII; the first language that has all of a name's is taken."""


SHORT_CODES = {
    "ara": "ar",
    "chi": "zh",
    "cze": "cs",
    "dan": "da",
    "fre": "fr",
    "ger": "de",
    "gre": "el",
    "heb": "he",
    "hin": "hi",
    "hun": "hu",
    "ita": "it",
    "jpn": "ja",
    "kor": "ko",
    "pol": "pl",
    "por": "pt",
    "rus": "ru",
    "spa": "es",
    "swe": "sv",
    "tha": "th",
    "tur": "tr",
}
"""The codes of ISO 639-1 for those of ISO 639-2."""


def is_idn(label: str) -> bool:
    """Whether a label in ASCII form has letters of its own."""
    return label.startswith("xn--")


def idn_language(label: str) -> str:
    """The language of a label in ASCII form, as ISO 639-2 codes it; empty if it cannot be told."""
    letters = {letter for letter in readable_name(label) if not letter.isascii()}
    if not letters:
        return ""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    if scripts == {"LATIN"}:
        fitting = (code for code, alphabet in _ALPHABETS.items() if letters <= set(alphabet))
        return next(fitting, "")
    codes = {_SCRIPTS.get(script, "") for script in scripts}
    return "jpn" if codes == {"jpn", "chi"} else codes.pop() if len(codes) == 1 else ""


LONG_CODES = frozenset({"cc", "com", "name", "net", "tv"})
"""Endings whose languages have codes of three letters."""


def idn_language_at(label: str, tld: str) -> str:
    """The language of a label in ASCII form, as its ending has codes for it; empty if it cannot be told."""
    code = idn_language(label)
    return code if tld in LONG_CODES else SHORT_CODES.get(code, "")


def needed_idn_language(label: str, tld: str, field: str) -> str:
    """The same of a name that cannot be registered without. Raises ``RegistrarError`` if it cannot be told: an extra
    field of the ending can say it.
    """
    code = idn_language_at(label, tld)
    if not code:
        raise RegistrarError(
            RegistrarProblem.REFUSED,
            f"The language of {label}.{tld} is not known: it needs {field}.",
        )
    return code


def with_idn_language(
    domain: DomainName, extra_fields: Mapping[str, str], field: str
) -> dict[str, str]:
    """What a registry asks for besides, with the language of a name that has letters of its own, unless it is there."""
    extra = dict(extra_fields)
    if is_idn(domain.label) and not extra.get(field):
        extra[field] = needed_idn_language(domain.label, domain.tld, field)
    return extra


def check_idn_languages(label: str, tlds: Sequence[str], field: str) -> None:
    """Raise ``RegistrarError`` for a name with letters of its own whose language cannot be told."""
    for tld in tlds if is_idn(label) else ():
        needed_idn_language(label, tld, field)
