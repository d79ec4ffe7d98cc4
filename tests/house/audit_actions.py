"""Every action of an audit entry that the source can write, read from the source."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.source import (
    PACKAGE,
    calls,
    function_name,
    method_name,
    modules,
    nodes,
    parse_source,
)

type Function = ast.FunctionDef
type Placed = tuple[Function, Path]
type PlacedCall = tuple[ast.Call, Function, Path]


def written_actions() -> tuple[set[str], set[str]]:
    """The actions, and the patterns with a ``*`` for what the source alone does not tell."""
    actions: set[str] = set()
    for function, path in _functions():
        for call in calls(function):
            if function_name(call) in _writers(path):
                value = next(word.value for word in call.keywords if word.arg == "action")
                actions |= _texts(value, function, path, frozenset())
    return {one for one in actions if "*" not in one}, {one for one in actions if "*" in one}


@cache
def _writers(path: Path) -> set[str]:
    """What a file calls the function that writes an entry."""
    imports = [n for n in nodes(parse_source(path)) if isinstance(n, ast.ImportFrom)]
    names = [name for node in imports for name in node.names]
    return {one.asname or one.name for one in names if one.name == "write_audit_entry"} | (
        {"write_audit_entry"} if path.parent.name == "audit" else set()
    )


@cache
def _functions() -> list[Placed]:
    return [
        (node, path)
        for path in modules(PACKAGE)
        for node in nodes(parse_source(path))
        if isinstance(node, ast.FunctionDef)
    ]


@cache
def _calls_by_name() -> dict[str, list[PlacedCall]]:
    found: dict[str, list[PlacedCall]] = defaultdict(list)
    for function, path in _functions():
        for call in calls(function):
            found[function_name(call) or method_name(call)].append((call, function, path))
    return found


def _callers(name: str, home: Path) -> list[PlacedCall]:
    """The calls of a function: of a private one only those in its own file."""
    called = _calls_by_name().get(name, [])
    return [one for one in called if one[2] == home or not name.startswith("_")]


def _texts(node: ast.expr, function: Function, path: Path, seen: frozenset[str]) -> set[str]:
    """The texts that an expression in a function can have; ``*`` where it cannot be told."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.JoinedStr():
            found = {""}
            for part in node.values:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                found = {a + b for a in found for b in _texts(inner, function, path, seen)}
            return found
        case ast.IfExp():
            return _texts(node.body, function, path, seen) | _texts(
                node.orelse, function, path, seen
            )
        case ast.Name(id=name):
            return _of_name(name, function, path, seen)
    return {"*"}


def _of_name(name: str, function: Function, path: Path, seen: frozenset[str]) -> set[str]:
    if assigned := list(_assigned(name, function)) or list(_assigned(name, parse_source(path))):
        return {text for value in assigned for text in _texts(value, function, path, seen)}
    names = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
    key = f"{function.name}({name})"
    if name not in names or key in seen:
        return {"*"}
    found: set[str] = set()
    for call, caller, where in _callers(function.name, path):
        value = _argument(call, name, names)
        found |= _texts(value, caller, where, seen | {key}) if value else set()
    return found or {"*"}


def _assigned(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    """What is assigned to a name: in a function anywhere, in a module at its top."""
    inside = scope.body if isinstance(scope, ast.Module) else nodes(scope)
    for node in inside:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = zip(target.elts, node.value.elts, strict=True)
                    yield from (v for t, v in pairs if isinstance(t, ast.Name) and t.id == name)


def _argument(call: ast.Call, name: str, names: list[str]) -> ast.expr | None:
    for word in call.keywords:
        if word.arg == name:
            return word.value
    place = names.index(name)
    return call.args[place] if place < len(call.args) else None
