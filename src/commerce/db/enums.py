"""Columns that hold one of the values of an enum."""

from enum import StrEnum


def enum_choices(enum: type[StrEnum]) -> list[tuple[str, str]]:
    """The ``choices`` of a column that holds the values of an enum, which stands in the ``rules`` of its app."""
    return [(each.value, each.name.replace("_", " ").title()) for each in enum]
