"""Numbers as people type them: ASCII digits, a sign before them, one decimal point at most.

Python's own readers take much more: ``1_000``, ``1e2``, digits of other scripts, ``Infinity``.
"""

import re
from decimal import Decimal

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])[0-9]*(?:\.[0-9]*)?")


def parse_integer(text: str) -> int:
    """A whole number of up to 40 digits. Raises ``ValueError``."""
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError(f"{text} isn't a whole number such as 12.")
    return int(text)


def parse_decimal(text: str) -> Decimal:
    """A number with any decimals, exact. Raises ``ValueError``."""
    text = text.strip()
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{text} isn't a number such as 12.50.")
    return Decimal(text)
