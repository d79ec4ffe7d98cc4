"""What an expression in a function of ours may be, as far as the source tells: texts, states, functions, rows."""

import ast
import builtins
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from itertools import islice, product
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Annotated, Any, get_args, get_origin

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.db.models.options import Options

from commerce.audit.kinds import record_kind

type Values = frozenset[Any]
"""All that it may be; empty if nothing is known."""

MOST_VALUES = 32
"""More are as good as unknown."""


@dataclass(frozen=True)
class SomeRow:
    """Some row of a model."""

    model: type[Model]


@dataclass(frozen=True)
class TableValues:
    """The values of a table; which of them is asked for is not known."""

    values: tuple[Any, ...]


def plain_function(called: Any) -> FunctionType | None:
    """The function without its decorators."""
    found = inspect.unwrap(called) if callable(called) else None
    found = getattr(found, "__func__", found)
    return found if isinstance(found, FunctionType) else None


@cache
def body_of(code: CodeType) -> ast.AST:
    """The syntax tree of a function, or of the first lambda of its line with such parameters."""
    if code.co_name != "<lambda>":
        return ast.parse(textwrap.dedent(inspect.getsource(code)))
    return next(
        node
        for node in ast.walk(_tree(code.co_filename))
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and [one.arg for one in node.args.args] == list(code.co_varnames[: code.co_argcount])
    )


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text("utf-8"))


class FunctionScope:
    """The names of a function, and what they may be."""

    def __init__(self, function: FunctionType, given: Mapping[str, Values], body: ast.AST) -> None:
        self.function, self.given, self.body = function, given, body
        self.asked: set[str] = set()

    def values(self, node: ast.AST) -> Values:
        """What an expression may be."""
        found = frozenset(islice(self._values(node), MOST_VALUES + 1))
        return found if len(found) <= MOST_VALUES else frozenset()

    def _values(self, node: ast.AST) -> Iterator[Any]:
        match node:
            case ast.Constant(value=value):
                yield value
            case ast.JoinedStr(values=parts):
                yield from map("".join, product(*(self._written(part) for part in parts)))
            case ast.FormattedValue(value=value) | ast.NamedExpr(value=value):
                yield from self.values(value)
            case ast.IfExp(body=body, orelse=other):
                yield from self.values(body) | self.values(other)
            case ast.BoolOp(values=several):
                yield from (one for value in several for one in self.values(value) if one)
            case ast.Attribute(value=value, attr=name):
                yield from (one for of in self.values(value) for one in _attribute(of, name))
            case ast.Subscript(value=value):
                tables = (one for one in self.values(value) if isinstance(one, TableValues))
                yield from (one for table in tables for one in table.values)
            case ast.Call():
                yield from self._result(node)
            case ast.Name(id=name):
                yield from self._named(name)

    def _written(self, part: ast.AST) -> list[str]:
        return [str(one) for one in self.values(part) if isinstance(one, str | int)]

    def _named(self, name: str) -> Iterable[Any]:
        if given := self.given.get(name):
            return given
        if name in self.asked:
            return ()
        self.asked.add(name)
        found = [one for value in _assigned(self.body, name) for one in self.values(value)]
        self.asked.discard(name)
        return found or self._from_outside(name)

    def _from_outside(self, name: str) -> Iterable[Any]:
        function = self.function
        annotation: Any = function.__annotations__.get(name)
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        if annotation:
            is_state = isinstance(annotation, type) and issubclass(annotation, StrEnum)
            return list(annotation) if is_state else _rows(annotation)
        if name in function.__code__.co_freevars:
            place = function.__code__.co_freevars.index(name)
            return _known((function.__closure__ or ())[place].cell_contents)
        return _known(function.__globals__.get(name, getattr(builtins, name, None)))

    def _result(self, call: ast.Call) -> Iterator[Any]:
        """The row that a call gives: of a query's model, of its annotation, or that which it was given."""
        if model := self._queried(call.func):
            yield SomeRow(model)
            return
        for called in self.values(call.func):
            if called is record_kind:
                rows = [one for one in self.values(call.args[0]) if isinstance(one, SomeRow)]
                yield from (record_kind(row.model) for row in rows)
                continue
            gives = getattr(plain_function(called), "__annotations__", {}).get("return")
            if isinstance(called, type):
                yield from _rows(called)
            elif "Row" in str(gives) and call.args:  # ``lock(row)`` gives the row
                yield from self.values(call.args[0])
            elif gives:
                yield from _rows(gives)

    def _queried(self, node: ast.expr) -> type[Model] | None:
        """The model of ``Model.objects.….get``."""
        while isinstance(node, ast.Attribute | ast.Call):
            node = node.value if isinstance(node, ast.Attribute) else node.func
            if isinstance(node, ast.Attribute) and node.attr == "objects":
                found = [one for one in self.values(node.value) if isinstance(one, type)]
                return next((one for one in found if issubclass(one, Model)), None)
        return None


@cache
def _assignments(body: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=several)):
                for one, value in zip(names, several, strict=False):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                found.setdefault(name, []).append(value)
    return found


def _assigned(body: ast.AST, name: str) -> list[ast.expr]:
    return _assignments(body).get(name, [])


def _attribute(of: Any, name: str) -> Iterable[Any]:
    if isinstance(of, SomeRow):
        if name == "_meta":
            return [of.model._meta]
        try:
            related = of.model._meta.get_field(name).related_model
        except FieldDoesNotExist:
            return ()
        return _rows(related)
    if isinstance(of, ModuleType | type | Enum | Options):
        return _known(getattr(of, name, None))
    return ()


def _rows(kind: Any) -> list[SomeRow]:
    """Rows of a model that an annotation names, also beside None."""
    kinds = [one for one in get_args(kind) or (kind,) if isinstance(one, type)]
    return [SomeRow(one) for one in kinds if issubclass(one, Model) and hasattr(one, "_meta")]


def _known(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [TableValues(tuple(one for one in value.values() if isinstance(one, str | int)))]
    try:
        hash(value)
    except TypeError:
        return []
    return [] if value is None else [value]
