"""The filters of lists (client-api-v2.md 1): what a query parameter selects.

A filter reads its text into a shape, which decides the statement, and values, which are bound to it. Shapes are few:
as many statements are kept.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, override

from django.db import connection
from django.db.models import BigIntegerField, CharField, DateField, DateTimeField, F, Q
from django.db.models.lookups import In

from commerce.api.read.query_params import parse_instant, parse_query_integer
from commerce.db.compiled import QueryParam

MAX_VALUES = 100
"""Values of one parameter."""
_LARGEST_ID = 2**63 - 1
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


class FilterError(Exception):
    """What is wrong with the text of a filter, in one sentence."""


class FilterValue(NamedTuple):
    """A filter as a request gives it: ``shape`` decides the statement, ``values`` are bound by name."""

    shape: Hashable
    values: Mapping[str, Any]
    canonical: str


@dataclass(frozen=True, eq=False)
class Filter(ABC):
    """A filter over one column; ``about`` says in the description what it selects."""

    column: str
    about: str

    @abstractmethod
    def read(self, name: str, text: str) -> FilterValue:
        """The filter for the text of a parameter; raises ``FilterError``."""

    @abstractmethod
    def condition(self, name: str, shape: Any) -> Q:
        """The rows of a shape."""

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Its text as JSON Schema."""


@dataclass(frozen=True, eq=False)
class ChoiceFilter(Filter):
    """One or several of ``choices``; each stands for the stored values that it maps to."""

    choices: Mapping[str, Sequence[str]]

    @override
    def read(self, name: str, text: str) -> FilterValue:
        wanted = sorted(set(text.split(",")))
        unknown = [one for one in wanted if one not in self.choices]
        if unknown:
            raise FilterError(f"It must be one or several of {', '.join(self.choices)}.")
        stored = tuple(value for one in wanted for value in self.choices[one])
        return FilterValue(stored, {}, ",".join(wanted))

    @override
    def condition(self, name: str, shape: tuple[str, ...]) -> Q:
        one = Q(**{self.column: shape[0]})
        return one if len(shape) == 1 else Q(**{f"{self.column}__in": shape})

    @property
    @override
    def schema(self) -> dict[str, Any]:
        one = {"type": "string", "enum": list(self.choices)}
        return {"type": "array", "items": one, "minItems": 1}


@dataclass(frozen=True, eq=False)
class FlagFilter(Filter):
    """``true`` or ``false``."""

    @override
    def read(self, name: str, text: str) -> FilterValue:
        if text not in ("true", "false"):
            raise FilterError("It must be true or false.")
        return FilterValue(text == "true", {}, text)

    @override
    def condition(self, name: str, shape: bool) -> Q:
        return Q(**{self.column: shape})

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, eq=False)
class _ListFilter(Filter):
    """One or several values, of which the shape is their number, rounded up to the next power of two."""

    def read_one(self, text: str) -> Any:
        """One of the values; raises ``FilterError``."""
        return text

    @property
    def stored_as(self) -> Any:
        """The field that the values are compared with."""
        return CharField()

    @override
    def read(self, name: str, text: str) -> FilterValue:
        texts = text.split(",")
        if len(texts) > MAX_VALUES:
            raise FilterError(f"It takes at most {MAX_VALUES} values.")
        wanted = sorted({self.read_one(one) for one in texts})
        places = 1 << (len(wanted) - 1).bit_length()
        padded = [*wanted, *[wanted[-1]] * (places - len(wanted))]
        values = {f"{name}_{i}": value for i, value in enumerate(padded)}
        return FilterValue(places, values, ",".join(map(str, wanted)))

    @override
    def condition(self, name: str, shape: int) -> Q:
        places = [QueryParam(f"{name}_{i}", self.stored_as) for i in range(shape)]
        # On the column itself: that of a foreign key takes no expressions by its name.
        return Q(In(F(self.column), places))


@dataclass(frozen=True, eq=False)
class IdFilter(_ListFilter):
    """One or several ids."""

    @override
    def read_one(self, text: str) -> int:
        number = parse_query_integer(text)
        if number is None or not 1 <= number <= _LARGEST_ID:
            raise FilterError("It must be one or several ids, with commas between them.")
        return number

    @property
    @override
    def stored_as(self) -> Any:
        return BigIntegerField()

    @property
    @override
    def schema(self) -> dict[str, Any]:
        one = {"type": "integer", "format": "int64", "minimum": 1, "maximum": _LARGEST_ID}
        return {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}


@dataclass(frozen=True, eq=False)
class TextFilter(_ListFilter):
    """One or several texts, compared as they are after ``clean``."""

    clean: Callable[[str], str] = str

    @override
    def read_one(self, text: str) -> str:
        cleaned = self.clean(text)
        if not cleaned or len(cleaned) > 255 or CONTROL_CHARACTER.search(cleaned):
            raise FilterError("It must be one or several texts, with commas between them.")
        return cleaned

    @property
    @override
    def schema(self) -> dict[str, Any]:
        one = {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": r"^[^\u0000-\u001f\u007f,]+$",
        }
        return {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}


@dataclass(frozen=True, eq=False)
class InstantFilter(Filter):
    """At or after an instant (``lookup`` ``gte``), or before it (``lt``)."""

    lookup: str

    @override
    def read(self, name: str, text: str) -> FilterValue:
        at = parse_instant(text)
        if at is None:
            raise FilterError("It must be an RFC 3339 date-time with an offset.")
        return FilterValue(self.lookup, {name: stored_instant(at)}, at.isoformat())

    @override
    def condition(self, name: str, shape: str) -> Q:
        return Q(**{f"{self.column}__{shape}": QueryParam(name, DateTimeField())})

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, eq=False)
class DayFilter(Filter):
    """On or after a day (``lookup`` ``gte``), or before it (``lt``)."""

    lookup: str

    @override
    def read(self, name: str, text: str) -> FilterValue:
        try:
            day = date.fromisoformat(text if _DAY.match(text) else "")
        except ValueError as error:
            raise FilterError("It must be a date such as 2026-04-08.") from error
        return FilterValue(self.lookup, {name: str(day)}, str(day))

    @override
    def condition(self, name: str, shape: str) -> Q:
        return Q(**{f"{self.column}__{shape}": QueryParam(name, DateField())})

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


def stored_instant(at: datetime) -> str:
    """An instant as the database has it, to be compared with."""
    return str(connection.ops.adapt_datetimefield_value(at))


def range_filters(name: str, column: str, what: str, kind: type[Any]) -> dict[str, Filter]:
    """``<name>_after`` and ``<name>_before`` for a column."""
    at = "on" if kind is DayFilter else "at"
    return {
        f"{name}_after": kind(column, f"Only those that {what} {at} or after this.", "gte"),
        f"{name}_before": kind(column, f"Only those that {what} before this.", "lt"),
    }
