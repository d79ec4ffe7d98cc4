"""Names and addresses in ASCII letters, as registries have them that take no others."""

import unicodedata

_LETTERS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "oe",
    "å": "aa",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ı": "i",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "№": "No",
}
"""What letters and signs become that are not one of ASCII with a mark; capitals as the small ones."""


def ascii_form(text: str) -> str | None:
    """A text with letters of ASCII alone, as its readers would write it; None where it is in another script."""
    written = "".join(_written(letter) for letter in unicodedata.normalize("NFC", text))
    return written if written.isascii() else None


def _written(letter: str) -> str:
    if letter.isascii():
        return letter
    small = _LETTERS.get(letter.lower())
    if small is not None:
        return small.capitalize() if letter.isupper() else small
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if not unicodedata.combining(part))
