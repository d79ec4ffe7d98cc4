"""Cells of the tables that people open with spreadsheets (backoffice.md 6, X17)."""

import re

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def defused(text: str) -> str:
    """The cell of a text, which no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def fused(cell: str) -> str:
    """The text of a cell that ``defused`` wrote."""
    return cell[1:] if defused(cell[1:]) == cell else cell
