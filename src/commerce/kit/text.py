"""Text as people type it, made uniform before it is kept (README of the specification, 4)."""

import unicodedata


def clean(text: str) -> str:
    """NFC, control characters removed except line breaks and tabs, blanks at both ends cut."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def clean_line(text: str) -> str:
    """The same on one line: line breaks, tabs and runs of blanks become one blank."""
    return " ".join(clean(text).split())
