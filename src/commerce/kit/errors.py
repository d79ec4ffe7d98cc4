"""What an action raises when the business says no. Doors turn these into pages, replies or exit codes.

An error has a code, which programs read and which does not change, and values; its text stands in the table ``ERRORS``
of an app's ``errors.py`` and is looked up when a person is to read it, in that person's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

_table_modules: list[str] = []


def add_error_tables(*modules: str) -> None:
    """Name the modules whose ``ERRORS`` hold texts: they are imported when the first text is needed."""
    _table_modules.extend(name for name in modules if name not in _table_modules)
    error_texts.cache_clear()


@cache
def error_texts() -> Mapping[str, Any]:
    """The text of each code: a text, perhaps a lazily translated one, with named placeholders."""
    return {
        code: text for name in _table_modules for code, text in import_module(name).ERRORS.items()
    }


@dataclass(frozen=True, slots=True)
class TwoTexts:
    """The text of a code that says it to members in other words than to staff. The code is one, so it must not tell."""

    member: Any
    staff: Any


def mark_text(text: str) -> str:
    """A text that is marked for translation and stays English: commands need it before there are settings."""
    return text


class BusinessError(Exception):
    """Nothing changed; ``code`` says why (``invoice.not_overdue``), with the ``values`` that its text names.

    ``str(error)`` is that text as members read it, and ``staff_text`` as staff do, in their area, in commands and logs
    (`TwoTexts`; mostly they are the same). A code without a text stands for itself, so that nothing is lost. ``field``
    names the form field it belongs to, if any.
    """

    def __init__(self, code: str, /, *, field: str | None = None, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
        self.field = field

    def __str__(self) -> str:
        text = error_texts().get(self.code)
        return self._filled(text.member if isinstance(text, TwoTexts) else text)

    @property
    def staff_text(self) -> str:
        """What staff read."""
        text = error_texts().get(self.code)
        return self._filled(text.staff if isinstance(text, TwoTexts) else text)

    def _filled(self, text: Any) -> str:
        return self.code if text is None else str(text % self.values)


class StateConflict(BusinessError):
    """The record was no longer in the state that the action needs: another was first, or the move is not allowed.

    ``is_moot``: there is nothing that the action could be about (no exemption to end), so that no page offers it.
    """

    def __init__(
        self, code: str, /, *, field: str | None = None, is_moot: bool = False, **values: object
    ) -> None:
        super().__init__(code, field=field, **values)
        self.is_moot = is_moot


class NeedsConfirmation(BusinessError):
    """It is done once the person says that they are sure, by its ``answer`` among those ``confirmed``: doors ask them.

    That is its code, and what they have ``seen``, if that can change until they answer: they are asked of it anew.
    """

    def __init__(
        self, code: str, /, *, field: str | None = None, seen: str = "", **values: object
    ) -> None:
        super().__init__(code, field=field, **values)
        self.answer = f"{code}:{seen}" if seen else code


class PermissionDenied(BusinessError):
    """The actor lacks a right; ``right`` names it."""

    def __init__(self, right: str) -> None:
        super().__init__("right.missing", right=right)
        self.right = right


def error_code(error: BaseException | None) -> str:
    """The code of an error that has one; empty for any other."""
    return error.code if isinstance(error, BusinessError) else ""
