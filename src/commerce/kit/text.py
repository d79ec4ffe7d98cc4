"""Text as people type it, made uniform before it is kept (README of the specification, 4)."""

import csv
import re
import unicodedata
from collections.abc import Iterable
from typing import TextIO

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Control characters of direction: a name that holds one turns the words around it, such as the address beside it."""


def clean_text(text: str) -> str:
    """NFC, control characters removed except line breaks and tabs, blanks at both ends cut."""
    kept = (c for c in text if c in "\n\t" or not _is_control(c))
    return unicodedata.normalize("NFC", "".join(kept)).strip()


_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def storable_text(text: str) -> str:
    """Without what no row can hold: PostgreSQL refuses NUL, and both databases half a character."""
    return _NOT_STORABLE.sub("", text)


def clean_line(text: str) -> str:
    """The same on one line: line breaks, tabs and runs of blanks become one blank."""
    return " ".join(clean_text(text).split())


def ascii_digits(text: str) -> str:
    """The same with the digits of all scripts as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def has_control_characters(text: str, *, also_forbidden: str = "") -> bool:
    """Whether ``text`` holds a control character other than line breaks and tabs, or one of ``also_forbidden``."""
    return _CONTROL.search(text) is not None or any(letter in text for letter in also_forbidden)


def reaches_itself(address: str) -> bool:
    """Whether mail to this address goes where it says: to a public host, and to no other address that looks the same.

    Signs that nobody sees are dropped on the way, and a few letters become others: the mail then is somebody else's.
    """
    _, _, host = address.rpartition("@")
    if any(unicodedata.category(letter) == "Cf" for letter in address):
        return False
    if "." not in host or host.startswith("["):
        return False
    try:
        sent = host.encode("idna")
        return host.isascii() or sent.decode("idna").lower() == host.lower()
    except UnicodeError:
        return False


def _is_control(letter: str) -> bool:
    return letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs")


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def csv_safe(text: str) -> str:
    """The cell of a text that no spreadsheet takes for a formula; numbers stay numbers (backoffice.md 6, X17)."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def write_csv(file: TextIO, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Write a table as spreadsheets read it: marked as UTF-8, and with no cell that they take for a formula."""
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(header)
    writer.writerows(map(csv_safe, cells) for cells in rows)


def csv_original(cell: str) -> str:
    """The text of a cell that ``csv_safe`` wrote."""
    return cell[1:] if csv_safe(cell[1:]) == cell else cell


def storable(text: str) -> str:
    """As PostgreSQL keeps it: no NUL is in a text there."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
