"""What a person is shown: before an act what it costs, and what it warned of, as inputs; after it a secret, once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any

from commerce.kit.acts.inputs import Input, Words
from commerce.kit.errors import BusinessError


@dataclass(frozen=True)
class Confirmed(Input):
    """Codes of what a person was asked (`NeedsConfirmation`) and is sure about. Nobody is asked before the act does: a
    form then has a tick, a command asks, or takes ``--confirm CODE``.
    """

    label: Words = ""

    takes_empty = True

    def from_text(self, text: str, record: Any) -> frozenset[str]:
        return self.check(text.split())

    def from_json(self, value: Any, record: Any) -> frozenset[str]:
        if not isinstance(value, list):
            raise BusinessError("input.not_a_list")
        return self.check(value)

    def check(self, value: Iterable[str]) -> frozenset[str]:
        codes = list(value)
        if not all(isinstance(code, str) for code in codes):
            raise BusinessError("input.not_text")
        return frozenset(codes)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class Seen(Input):
    """What a person saw before they spend. The action compares it, under its lock, with what is so then; None is for
    code alone.

    * ``of_key``: the offer that a page has shown; None, or ``ValueError``, of what is no key.
    * ``offers``: those of a record at an instant, each in words. A form has a choice of them. Each has a ``key``, as a
      page sends it, and is ``at_amount`` the same at another amount.
    * ``usual``: attributes of the one that is meant unless other values of the act name another.
    * ``currency``: of the amount that a command takes in its place.
    """

    _: KW_ONLY
    of_key: Callable[[str], Any]
    offers: Callable[[Any, datetime], Mapping[Any, Words]]
    currency: Callable[[Any], str]
    usual: Callable[[Any], Mapping[str, Any]] = lambda _record: {}

    def from_text(self, text: str, record: Any) -> Any:
        try:
            found = self.of_key(text)
        except ValueError:
            found = None
        if found is None:
            raise BusinessError("input.offer_changed")
        return found

    def from_json(self, value: Any, record: Any) -> Any:
        if not isinstance(value, str):
            raise BusinessError("input.not_text")
        return self.from_text(value, record)

    def to_text(self, value: Any, record: Any) -> str:
        return "" if value is None else str(value.key)

    def meant(self, record: Any, values: Mapping[str, Any], at: datetime) -> tuple[Any, Words]:
        """The offer that these values of the act name, with its words; None where there is none."""
        wanted = {name: values.get(name, usual) for name, usual in self.usual(record).items()}
        for offer, words in self.offers(record, at).items():
            if all(getattr(offer, name) == value for name, value in wanted.items()):
                return offer, words
        return None, ""


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """The result of an act that is a secret: the answer itself shows it, and nothing keeps it."""

    secret: str

    @property
    def made(self) -> Any:
        """The record that the secret is of, if the act has made one."""
        return None
