"""The language of an internationalized name, which Namecheap asks for as ``IdnCode``."""

import unicodedata

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


def idn_code(label: str) -> str:
    """The language of a label in ASCII form; empty for one without letters of its own, or without a language known."""
    letters = {letter for letter in readable_name(label) if not letter.isascii()}
    if not letters:
        return ""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    if scripts == {"LATIN"}:
        fitting = (code for code, alphabet in _ALPHABETS.items() if letters <= set(alphabet))
        return next(fitting, "")
    codes = {_SCRIPTS.get(script, "") for script in scripts}
    return "jpn" if codes == {"jpn", "chi"} else codes.pop() if len(codes) == 1 else ""
