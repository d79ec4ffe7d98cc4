"""Inputs of several values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from commerce.kit.acts.inputs import Choice, Input, Line, Reference, Text, Words
from commerce.kit.errors import BusinessError
from commerce.kit.money import CURRENCY_EXPONENTS, Money, parse_amount
from commerce.kit.text import clean_line


@dataclass(frozen=True)
class Lines(Text):
    """A list of texts, one on each line; empty lines are none."""

    takes_empty = True

    def from_text(self, text: str, record: Any) -> list[str]:
        return self.check(text.splitlines())

    def from_json(self, value: Any, record: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BusinessError("input.not_a_list")
        return self.check(value)

    def check(self, value: Iterable[str]) -> list[str]:  # type: ignore[override]
        lines = [text for one in value if (text := clean_line(one))]
        if any(len(text) > self.most for text in lines):
            raise BusinessError("input.too_long", most=self.most)
        return lines

    def to_text(self, value: Any, record: Any) -> str:
        return "\n".join(value or ())

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "maxLength": self.most}}


@dataclass(frozen=True)
class Many(Choice):
    """Any of the keys of ``labels``, in their order; a text has blanks or commas between them. A form has those of a
    group together, under the heading that ``group_of`` says.
    """

    takes_empty = True
    _: KW_ONLY
    group_of: Callable[[Any], Words] | None = None

    def groups(self, record: Any) -> list[tuple[Words, list[tuple[str, Words]]]]:
        """What a form offers, with its words, by headings."""
        assert self.group_of is not None
        found: dict[Words, list[tuple[str, Words]]] = {}
        for key, words in self.choices(record):
            found.setdefault(self.group_of(key), []).append((key, words))
        return list(found.items())

    def from_text(self, text: str, record: Any) -> list[Any]:
        return self.check(text.replace(",", " ").split())

    def from_json(self, value: Any, record: Any) -> list[Any]:
        if not isinstance(value, list):
            raise BusinessError("input.not_a_list")
        return self.check(value)

    def check(self, value: Iterable[Any]) -> list[Any]:
        given = {super(Many, self).check(key) for key in value}
        return [key for key in self.labels if key in given]

    def to_text(self, value: Any, record: Any) -> str:
        return ", ".join(map(str, value or ()))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": super().json_schema(), "uniqueItems": True}


@dataclass(frozen=True)
class WordList(Line):
    """Words on one line, with blanks or commas between them."""

    takes_empty = True

    def from_text(self, text: str, record: Any) -> list[str]:
        return self.check(text.replace(",", " ").split())

    def from_json(self, value: Any, record: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BusinessError("input.not_a_list")
        return self.check(value)

    def check(self, value: Iterable[str]) -> list[str]:  # type: ignore[override]
        words = list(value)
        if len(" ".join(words)) > self.most:
            raise BusinessError("input.too_long", most=self.most)
        return words

    def to_text(self, value: Any, record: Any) -> str:
        return ", ".join(value or ())

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class AmountsByCurrency(Lines):
    """Money in whole minor units by currency; typed as an amount and its currency on each line."""

    def from_text(self, text: str, record: Any) -> Any:
        amounts = {}
        for line in text.splitlines():
            amount, _blank, code = line.strip().partition(" ")
            if code.upper() not in CURRENCY_EXPONENTS:
                raise BusinessError("input.not_amounts")
            amounts[code.upper()] = parse_amount(amount, code.upper())
        return amounts

    def from_json(self, value: Any, record: Any) -> Any:
        if not isinstance(value, dict) or not all(type(one) is int for one in value.values()):
            raise BusinessError("input.not_minor_units")
        return value

    def check(self, value: Any) -> Any:
        return value

    def to_text(self, value: Any, record: Any) -> str:
        return "\n".join(f"{Money(amount, code)}" for code, amount in (value or {}).items())

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "integer"}}


@dataclass(frozen=True)
class HostNames(Input):
    """Up to ``most`` names of hosts, typed with blanks or line breaks between them."""

    _: KW_ONLY
    most: int

    def from_text(self, text: str, record: Any) -> list[str]:
        return self.check(text.split())

    def from_json(self, value: Any, record: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BusinessError("input.not_text")
        return self.check(value)

    def check(self, value: Sequence[str]) -> list[str]:
        if not 1 <= len(value) <= self.most:
            raise BusinessError("input.number_of_lines", most=self.most)
        return [clean_line(one) for one in value]

    def to_text(self, value: Any, record: Any) -> str:
        return "\n".join(value or ())

    def json_schema(self) -> dict[str, Any]:
        lines = {"type": "array", "items": {"type": "string"}}
        return {**lines, "minItems": 1, "maxItems": self.most}


@dataclass(frozen=True)
class References(Reference):
    """Several other records, of ``among``; those of a related manager where it ``edits`` one."""

    takes_empty = True

    def stored(self, record: Any) -> list[Any]:
        return list(getattr(record, self.edits).all())

    def from_text(self, text: str, record: Any) -> list[Any]:
        return [self.find(line) for line in text.splitlines() if line]

    def named(self, text: str, record: Any) -> Any:
        return self.find(text)

    def from_json(self, value: Any, record: Any) -> list[Any]:
        if not isinstance(value, list):
            raise BusinessError("input.not_a_list")
        return [super(References, self).from_json(one, record) for one in value]

    def to_text(self, value: Any, record: Any) -> str:
        return "\n".join(map(self.called, value or ()))

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": super().json_schema(), "uniqueItems": True}
