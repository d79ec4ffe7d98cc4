"""Text as search compares it: without case and accents, ``ß`` as ``ss``. One table for Python and for SQL, so that
what a database stores and what is typed are folded alike.
"""

import unicodedata

_LETTERS = (range(0xC0, 0x250), range(0x370, 0x460), range(0x1E00, 0x1F00))
"""Latin, Greek, Cyrillic, and Latin with the accents of Vietnamese; what lies elsewhere is found as it is written."""
_WITHOUT_PARTS = {
    "Đ": "d", "đ": "d", "Ø": "o", "ø": "o", "Ł": "l", "ł": "l", "Ħ": "h", "ħ": "h", "ı": "i", "Ð": "d", "ð": "d",
}  # fmt: skip
"""Letters with a stroke, which Unicode does not take apart."""
TWO_LETTERS = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th",
}  # fmt: skip
"""Letters that become two."""
_BLANKS = "\t\n\r-.,;:&/()[]'\"+_|\\"
"""Between words of a name."""


def _simple_letters() -> dict[str, str]:
    found = {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    found |= dict.fromkeys(_BLANKS, " ") | _WITHOUT_PARTS
    for letter in (chr(code) for codes in _LETTERS for code in codes):
        parts = unicodedata.normalize("NFKD", letter).casefold()
        folded = "".join(one for one in parts if not unicodedata.combining(one))
        if len(folded) == 1 and folded != letter and letter not in TWO_LETTERS:
            found.setdefault(letter, folded)
    return found


_SIMPLE = _simple_letters()
_MARKS = "".join(chr(code) for code in range(0x300, 0x370))
FOLDED_LETTERS = "".join(_SIMPLE) + _MARKS
"""Each letter that is folded; those that have no place in ``FOLDED_TO`` are accents, which go."""
FOLDED_TO = "".join(_SIMPLE.values())
_TABLE = str.maketrans(_SIMPLE | TWO_LETTERS | dict.fromkeys(_MARKS, ""))


def fold_words(text: str) -> list[str]:
    """The words of a name as they are compared: ``Bäckerei Groß`` is ``backerei gross``."""
    return text.translate(_TABLE).split()


def ascii_lower(text: str) -> str:
    """With the letters A to Z as small ones, as both databases do it."""
    return "".join(one.lower() if "A" <= one <= "Z" else one for one in text)
