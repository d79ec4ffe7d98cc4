"""What the bundled fonts can show: a PDF/A holds no character without a glyph, so others are replaced before."""

import re
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "template" / "fonts"
REPLACEMENT_CHARACTER = "\N{REPLACEMENT CHARACTER}"
_LONG = re.compile(r"\S{42,}")
_ALTERS = re.compile("[\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")
"""What chooses another form, skin or frame of the letter before it, which our fonts have in one only."""
_LATIN_ENDS = 0x24F
"""The last character of the Latin blocks, which the first font has in both of its weights."""


@cache
def _covered() -> tuple[list[int], list[int]]:
    """First and last characters of each span that a font in ``fonts/`` has (coverage.txt, made from their tables)."""
    spans = [line.split("-") for line in (FONTS / "coverage.txt").read_text("ascii").split()]
    return [int(first, 16) for first, _ in spans], [int(last, 16) for _, last in spans]


def has_glyph(letter: str) -> bool:
    """Whether a bundled font can show it."""
    firsts, lasts = _covered()
    index = bisect_right(firsts, ord(letter)) - 1
    return index >= 0 and ord(letter) <= lasts[index]


KEPT = "\n \u2066\u2068\u2069"
"""No glyph is drawn for them: blanks, line breaks, and the isolates that keep an amount whole among Arabic words."""


def displayable(text: str, *, only_latin: bool = False) -> str:
    """The text as the document shows it: what has no glyph is ``�``, what has no look is left out.

    Very long words get places where they may break, so that no cell runs over. ``only_latin`` is for texts that no
    combination of the fonts can set.
    """
    letters = unicodedata.normalize("NFC", text)
    kept = "".join(_one(letter, only_latin=only_latin) for letter in letters)
    return _LONG.sub(lambda word: "\u200b".join(_pieces(word.group())), kept)


def _one(letter: str, *, only_latin: bool) -> str:
    if letter in KEPT:
        return letter
    if letter == "\t":
        return " "
    category = unicodedata.category(letter)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp") or _ALTERS.match(letter):
        return ""
    if category == "Zs":
        return "\u00a0" if letter in "\u00a0\u202f" else " "
    if only_latin and ord(letter) > _LATIN_ENDS and letter not in "€–—−‘’“”…•":
        return REPLACEMENT_CHARACTER
    return letter if has_glyph(letter) else REPLACEMENT_CHARACTER


def _pieces(word: str) -> list[str]:
    return [word[start : start + 14] for start in range(0, len(word), 14)]
