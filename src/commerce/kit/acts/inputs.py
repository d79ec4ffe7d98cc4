"""What a person gives an act: one input for each of its parameters, said at the parameter (``commerce.kit.acts``).

An input reads text (`from_text`: forms, commands) and JSON (`from_json`: strict), and both end in ``check``, where its
limits stand. All three raise ``BusinessError``; whoever calls them knows the parameter and names it as the ``field``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.kit.number_parsing import parse_decimal, parse_integer
from commerce.kit.text import clean_line, clean_text

type Words = Any
"""A text for people, mostly a lazily translated one."""


class UnchangedValue(Enum):
    """The type of ``UNCHANGED``."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = UnchangedValue.UNCHANGED
"""The default of a parameter that ``edits`` a column where None takes its value away."""


@dataclass(frozen=True)
class Input:
    """What stands beside each input.

    * ``label``: its name for people; ``%(currency)s`` of an amount is filled in.
    * ``about``: a sentence for forms, help and descriptions; a function of the record where it depends on it.
    * ``edits``: the column of the record that it changes. A form begins with its value, and what was left as it is
      is not given to the act.
    * ``proposed``: what a form begins with otherwise, of the record at an instant; without it the parameter's default.
    * ``asked_if``: whether a form asks for it at all, of this record; it must be answered then.
    * ``or_none``: whether a form that leaves it empty says None, also where it ``edits``.
    """

    label: Words
    _: KW_ONLY
    about: Words | Callable[[Any], Words] = ""
    edits: str = ""
    proposed: Callable[[Any, datetime], Any] | None = None
    asked_if: Callable[[Any], bool] | None = None
    or_none: bool = False

    takes_empty = False
    """Whether an empty text is a value, and not a missing one."""

    def stored(self, record: Any) -> Any:
        """What the record has of it now."""
        return getattr(record, self.edits)

    def from_text(self, text: str, record: Any) -> Any:
        """The value of a typed text; numbers have a decimal point, days are ISO 8601."""
        return self.check(text)

    def from_json(self, value: Any, record: Any) -> Any:
        """The value of what a program sent, of exactly its type."""
        if not isinstance(value, str):
            raise BusinessError("input.not_text")
        return self.check(value)

    def check(self, value: Any) -> Any:
        """The value as the act takes it."""
        return value

    def to_text(self, value: Any, record: Any) -> str:
        """What a person would type for a stored value."""
        return "" if value is None else str(value)

    def json_schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        return {"type": "string"}

    def label_text(self, record: Any) -> Words:
        """Its name for people, of this record."""
        return self.label

    def about_text(self, record: Any) -> str:
        """The sentence beside it."""
        return str(self.about(record) if callable(self.about) else self.about)


@dataclass(frozen=True)
class Line(Input):
    """A text on one line, of up to ``most`` characters; ``least=0`` takes an empty one."""

    _: KW_ONLY
    most: int = 500
    least: int = 1

    @property
    def takes_empty(self) -> bool:  # type: ignore[override]
        return self.least == 0

    def check(self, value: str) -> str:
        text = self._uniform(value)
        if len(text) > self.most:
            raise BusinessError("input.too_long", most=self.most)
        if len(text) < self.least:
            raise BusinessError("input.missing")
        return text

    def _uniform(self, value: str) -> str:
        return clean_line(value)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


@dataclass(frozen=True)
class Text(Line):
    """The same over several lines."""

    def _uniform(self, value: str) -> str:
        return clean_text(value)


@dataclass(frozen=True)
class Reason(Text):
    """Why staff do it, for the audit log. It must be said unless the parameter has a default."""

    def check(self, value: str) -> str:
        text = clean_text(value)
        if not 1 <= len(text) <= self.most:
            raise BusinessError("reason.not_valid")
        return text


@dataclass(frozen=True)
class Secret(Line):
    """A password, a key or a code, as it was typed; no page shows it again. ``is_visible`` while it is typed."""

    _: KW_ONLY
    is_visible: bool = False

    def _uniform(self, value: str) -> str:
        return value


_FLAG_WORDS = {
    **dict.fromkeys(("on", "yes", "true", "1"), True),
    **dict.fromkeys(("off", "no", "false", "0", ""), False),
}


@dataclass(frozen=True)
class Flag(Input):
    """Yes or no."""

    def from_text(self, text: str, record: Any) -> bool:
        if text not in _FLAG_WORDS:
            raise BusinessError("input.not_a_flag")
        return _FLAG_WORDS[text]

    def from_json(self, value: Any, record: Any) -> bool:
        if not isinstance(value, bool):
            raise BusinessError("input.not_a_flag")
        return value

    def to_text(self, value: Any, record: Any) -> str:
        return "yes" if value else ""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice(Input):
    """One of the keys of ``labels``; a form offers ``offered`` of them for a record, or all."""

    _: KW_ONLY
    labels: Mapping[Any, Words]
    offered: Callable[[Any], Iterable[Any]] | None = None

    def check(self, value: Any) -> Any:
        for key in self.labels:
            if key == value:
                return key
        raise BusinessError("input.unknown_choice", known=", ".join(map(str, self.labels)))

    def choices(self, record: Any) -> list[tuple[str, Words]]:
        """What a form offers, with its words."""
        offered = self.labels if self.offered is None else self.offered(record)
        return [(str(key), self.labels[key]) for key in offered]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [str(key) for key in self.labels]}


@dataclass(frozen=True)
class Amount(Input):
    """Money in whole minor units of the ``currency`` of its record, ``least`` or more."""

    _: KW_ONLY
    currency: Callable[[Any], str]
    least: int | None = 0

    def from_text(self, text: str, record: Any) -> int:
        return self.check(parse_amount(text, self.currency(record)))

    def to_text(self, value: Any, record: Any) -> str:
        return "" if value is None else f"{Money(value, self.currency(record)).decimal():f}"

    def label_text(self, record: Any) -> Words:
        return str(self.label) % {"currency": self.currency(record)}

    def from_json(self, value: Any, record: Any) -> int:
        if type(value) is not int:
            raise BusinessError("input.not_minor_units")
        return self.check(value)

    def check(self, value: int) -> int:
        if self.least is not None and value < self.least:
            if self.least == 0:
                raise BusinessError("amount.negative")
            raise BusinessError("amount.not_positive")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", **({} if self.least is None else {"minimum": self.least})}


@dataclass(frozen=True)
class Integer(Input):
    """A whole number within bounds."""

    _: KW_ONLY
    least: int = 0
    most: int = 2**31 - 1

    def from_text(self, text: str, record: Any) -> int:
        try:
            return self.check(parse_integer(text))
        except ValueError as wrong:
            raise BusinessError("input.not_a_number") from wrong

    def from_json(self, value: Any, record: Any) -> int:
        if type(value) is not int:
            raise BusinessError("input.not_a_number")
        return self.check(value)

    def check(self, value: int) -> int:
        if not self.least <= value <= self.most:
            raise BusinessError("input.out_of_range", least=self.least, most=self.most)
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class DecimalNumber(Input):
    """A number with decimals, exactly as it is typed."""

    def from_text(self, text: str, record: Any) -> Decimal:
        try:
            return self.check(parse_decimal(text.strip()))
        except ValueError as wrong:
            raise BusinessError("input.not_a_decimal") from wrong

    def from_json(self, value: Any, record: Any) -> Decimal:
        if not isinstance(value, str):
            raise BusinessError("input.not_text")
        return self.from_text(value, record)

    def check(self, value: Decimal) -> Decimal:
        return value

    def to_text(self, value: Any, record: Any) -> str:
        return "" if value is None else f"{value:f}"


@dataclass(frozen=True)
class Percent(Input):
    """A part of the whole in ``parts`` of one per cent, 100 for basis points; typed as a percentage."""

    _: KW_ONLY
    parts: int = 100

    def from_text(self, text: str, record: Any) -> int:
        try:
            number = parse_decimal(text.strip().removesuffix("%")) * self.parts
        except ValueError as wrong:
            raise self._refusal() from wrong
        if number % 1:
            raise self._refusal()
        return self.check(int(number))

    def from_json(self, value: Any, record: Any) -> int:
        if type(value) is not int:
            raise BusinessError("input.not_a_number")
        return self.check(value)

    def check(self, value: int) -> int:
        if not 0 <= value <= 100 * self.parts:
            raise self._refusal()
        return value

    def _refusal(self) -> BusinessError:
        return BusinessError("input.not_a_percentage", places=len(str(self.parts)) - 1)

    def to_text(self, value: Any, record: Any) -> str:
        return "" if value is None else f"{(Decimal(value) / self.parts).normalize():f}"

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 100 * self.parts}


@dataclass(frozen=True)
class Day(Input):
    """A day of the calendar."""

    def from_text(self, text: str, record: Any) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as wrong:
            raise BusinessError("input.not_a_day") from wrong

    def from_json(self, value: Any, record: Any) -> date:
        if not isinstance(value, str):
            raise BusinessError("input.not_a_day")
        return self.from_text(value, record)

    def check(self, value: date) -> date:
        if isinstance(value, datetime):
            raise TypeError("an instant is no day")
        return value

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Reference(Input):
    """Another record, by what people call it: ``find`` raises ``BusinessError`` if there is none.

    A form offers ``among`` as a list, if there is one. ``called`` is what people call a record of it, ``shown`` what
    the list says in its place. What a record has may stay, found or not.
    """

    _: KW_ONLY
    find: Callable[[str], Any]
    called: Callable[[Any], str] = str
    shown: Callable[[Any], Words] | None = None
    among: Callable[[], Sequence[Any]] | None = None

    def choices(self) -> dict[str, Words]:
        """What a form offers, with its words."""
        return {
            self.called(one): (self.shown or self.called)(one) for one in (self.among or list)()
        }

    def from_text(self, text: str, record: Any) -> Any:
        return self.named(text, record)

    def from_json(self, value: Any, record: Any) -> Any:
        if not isinstance(value, str) and type(value) is not int:
            raise BusinessError("input.not_text")
        return self.named(str(value), record)

    def named(self, text: str, record: Any) -> Any:
        """What people call so."""
        if self.edits and text == self.to_text(stored := self.stored(record), record):
            return stored
        return self.find(text)

    def to_text(self, value: Any, record: Any) -> str:
        return "" if value is None else self.called(value)
