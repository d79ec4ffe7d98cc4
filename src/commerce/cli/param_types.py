"""What people type, as values: types of arguments and options, amounts, days, percentages, files."""

import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from commerce.kit.errors import BusinessError
from commerce.kit.number_parsing import parse_integer


class WholeNumber(click.IntRange):
    """A whole number in ASCII digits, within bounds; click's own takes ``1_000`` and digits of other scripts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str):
            try:
                value = parse_integer(value)
            except ValueError as wrong:
                self.fail(str(wrong), param, ctx)
        return super().convert(value, param, ctx)


class EnumChoice(click.Choice[str]):
    """One of the values of an enum; click's own takes the names of its members."""

    def __init__(self, members: Iterable[StrEnum]) -> None:
        super().__init__([member.value for member in members])


ROW_ID = WholeNumber(1, 2**63 - 1)
"""An id that a database can look for."""


NONE_WORD = "none"
"""What is typed where something is to be taken away."""


POSITION = WholeNumber(0, 1_000_000)
"""A place in a list, 0 is first."""


def typed_options(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed. Raises ``BusinessError`` when none was: there is nothing to change."""
    found = {name: value for name, value in fields.items() if value is not None}
    if not found:
        raise BusinessError("command.nothing_to_change")
    return found


def read_text_file(path: str) -> str:
    """What a file says, - is standard input. Raises ``BusinessError``."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise BusinessError("command.file_unreadable", path=path) from wrong


def parse_limit(text: str) -> int | None:
    """A typed limit; the word "none" is unlimited. Raises ``BusinessError``."""
    if text == NONE_WORD:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise BusinessError("command.limit_unreadable", text=text)
    return int(text)


def parse_id(text: str) -> int:
    """A typed id; 0 if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
