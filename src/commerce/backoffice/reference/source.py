"""Reads functions of ours with the calls that they make: which errors they give, which audit entries they write, which
actions a button or a command comes to.

A call is followed with what is known of its arguments, so that ``move(row, ServiceStatus.ACTIVE, …)`` in a helper is
read as ``service.active``. What only a running program knows (hooks, jobs that follow) is not followed.
"""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from types import FunctionType
from typing import Any

from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.backoffice.reference.values import FunctionScope, Values, body_of, plain_function
from commerce.kit.errors import StateConflict

DOORS = ("commerce.backoffice.", "commerce.cli.", "commerce.portal.")
TEXT_FUNCTIONS = ("gettext", "gettext_lazy", "pgettext", "pgettext_lazy")

type Given = frozenset[tuple[str, Values]]
"""What is known of the arguments of a call."""


@dataclass
class SourceFindings:
    """What was read of a function, in the order of the source."""

    codes: dict[str, None] = field(default_factory=dict)
    """Those of each ``StateConflict``."""
    entries: dict[str, None] = field(default_factory=dict)
    """The ``action`` of audit entries."""
    texts: dict[str, None] = field(default_factory=dict)
    """Texts that are marked for translation."""
    calls: dict[tuple[FunctionType, Given], None] = field(default_factory=dict)
    """The functions of ours that it calls."""


@cache
def findings(function: Callable[..., Any]) -> SourceFindings:
    """What a function comes to, with all that it calls."""
    whole = SourceFindings()
    for _plain, found in _followed(function, lambda _plain: True):
        whole.codes |= found.codes
        whole.entries |= found.entries
        whole.texts |= found.texts
    return whole


@cache
def actions_behind(function: Callable[..., Any]) -> tuple[FunctionType, ...]:
    """The actions that a function of a door calls: what takes a ``ctx`` below the doors."""
    called = (plain for plain, _found in _followed(function, _is_of_door))
    return tuple(
        dict.fromkeys(
            plain
            for plain in called
            if not _is_of_door(plain) and "ctx" in inspect.signature(plain).parameters
        )
    )


def _is_of_door(plain: FunctionType) -> bool:
    return plain.__module__.startswith(DOORS)


def _followed(
    function: Callable[..., Any], goes_into: Callable[[FunctionType], bool]
) -> Iterator[tuple[FunctionType, SourceFindings]]:
    """Each function that is called, first to last, with what is known of its arguments once."""
    plain = plain_function(function)
    waiting: list[tuple[FunctionType, Given]] = [(plain, frozenset())] if plain else []
    known = set(waiting)
    while waiting:
        plain, given = waiting.pop()
        found = _read(plain, given) if goes_into(plain) else SourceFindings()
        yield plain, found
        new = [one for one in found.calls if one not in known]
        known.update(new)
        waiting += reversed(new)


@cache
def _read(function: FunctionType, given: Given) -> SourceFindings:
    found = SourceFindings()
    body = body_of(function.__code__)
    scope = FunctionScope(function, dict(given), body)
    for call in (one for one in ast.walk(body) if isinstance(one, ast.Call)):
        for called in scope.values(call.func):
            _add_call(found, call, called, scope)
    return found


def _add_call(found: SourceFindings, call: ast.Call, called: Any, scope: FunctionScope) -> None:
    if isinstance(called, type):
        if issubclass(called, StateConflict):
            found.codes |= _texts(scope, call.args[:1])
        return
    if getattr(called, "__name__", "") in TEXT_FUNCTIONS:
        found.texts |= _texts(scope, call.args[:1])
        return
    plain = plain_function(called.func if isinstance(called, partial) else called)
    if plain is None or not plain.__module__.startswith("commerce."):
        return
    given = _arguments(call, plain, scope)
    if plain is write_audit_entry:
        found.entries |= dict.fromkeys(sorted(map(str, given.get("action", ()))))
    elif plain is not move or True not in given.get("without_audit", ()):
        known = frozenset((name, values) for name, values in given.items() if values)
        found.calls[plain, known] = None


def _texts(scope: FunctionScope, nodes: Iterable[ast.expr]) -> dict[str, None]:
    return {text: None for one in nodes for text in sorted(map(str, scope.values(one)))}


def _arguments(call: ast.Call, plain: FunctionType, scope: FunctionScope) -> Mapping[str, Values]:
    names = plain.__code__.co_varnames[: plain.__code__.co_argcount]
    places = zip(names, call.args, strict=False)
    given = {name: scope.values(one) for name, one in places if not isinstance(one, ast.Starred)}
    return given | {one.arg: scope.values(one.value) for one in call.keywords if one.arg}
