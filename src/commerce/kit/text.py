"""Text as people type it, made uniform before it is kept (README of the specification, 4)."""

import unicodedata

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Control characters of direction: a name that holds one turns the words around it, such as the address beside it."""


def clean(text: str) -> str:
    """NFC, control characters removed except line breaks and tabs, blanks at both ends cut."""
    kept = (c for c in text if c in "\n\t" or not _is_control(c))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def clean_line(text: str) -> str:
    """The same on one line: line breaks, tabs and runs of blanks become one blank."""
    return " ".join(clean(text).split())


def _is_control(letter: str) -> bool:
    return letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs")
