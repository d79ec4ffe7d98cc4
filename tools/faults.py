"""Small faults that a hasty change could make, one at a time, in a module's syntax tree; for ``tools/mutate.py``."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """Where it is planted, what it changes, and the change itself to the tree it was found in."""

    line: int
    what: str
    plant: Callable[[], None]


_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_FILTERS = {"filter", "exclude", "get", "Q", "update"}
_DROPPED = {"select_for_update", "exclude", "order_by", "distinct"}
_STATE = re.compile(r"[a-z_]{3,}")


def faults(tree: ast.Module) -> Iterator[Fault]:
    """All faults of a module, always in the same order. Texts for people, annotations and decorators have none."""
    return _within(tree, lambda _new: None)


def _within(node: ast.AST, replace: Callable[[Any], None]) -> Iterator[Fault]:
    for what, plant in _of(node, replace):
        yield Fault(_line(node), f"{_short(node)} → {what}", plant)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        if isinstance(value, list):
            for at, inner in enumerate(value):
                if isinstance(inner, ast.AST) and not _is_text(node, inner):
                    yield from _within(inner, partial(value.__setitem__, at))
        elif isinstance(value, ast.AST) and not _is_text(node, value):
            yield from _within(value, partial(setattr, node, name))


def _line(node: ast.AST) -> int:
    """The line that is run for it: of a condition over several lines, that on which it begins."""
    match node:
        case ast.comprehension(iter=run) | ast.If(test=run) | ast.While(test=run):
            return run.lineno
    return getattr(node, "lineno", 0)


def _is_text(parent: ast.AST, node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr | ast.TypeAlias | ast.Import | ast.ImportFrom):
        return True
    return isinstance(parent, ast.Expr) and isinstance(node, ast.Constant)


type _Change = tuple[str, Callable[[], None]]


def _of(node: ast.AST, replace: Callable[[Any], None]) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=[first, *rest]) if type(first) in _COMPARED:
            other = _COMPARED[type(first)]
            yield other.__name__, lambda: setattr(node, "ops", [other(), *rest])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _COMPUTED:
            swapped = _COMPUTED[type(op)]
            yield swapped.__name__, lambda: setattr(node, "op", swapped())
        case ast.BoolOp():
            yield from _of_condition(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield _short(operand), lambda: replace(operand)
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            negated = ast.UnaryOp(ast.Not(), test)
            yield "negated", lambda: setattr(node, "test", negated)
        case ast.comprehension(ifs=[_, *_]):
            yield "without its condition", node.ifs.clear
        case ast.Constant():
            yield from _of_constant(node, replace)
        case ast.Call():
            yield from _of_call(node, replace)
        case ast.stmt():
            yield from _of_statement(node, replace)


def _of_condition(node: ast.BoolOp) -> Iterator[_Change]:
    """The other connective, and each part left out."""
    op, values = node.op, node.values
    turned = ast.Or() if isinstance(op, ast.And) else ast.And()
    yield type(turned).__name__, lambda: setattr(node, "op", turned)
    neutral = isinstance(op, ast.And)
    for at, value in enumerate(values):
        yield (
            f"without {_short(value)}",
            partial(values.__setitem__, at, ast.Constant(neutral)),
        )


def _of_constant(node: ast.Constant, replace: Callable[[Any], None]) -> Iterator[_Change]:
    match node.value:
        case bool() as flag:
            yield str(not flag), lambda: replace(ast.Constant(not flag))
        case int() as number:
            yield str(number + 1), lambda: replace(ast.Constant(number + 1))
        case str() as text if _STATE.fullmatch(text):
            yield f"{text}_x", lambda: replace(ast.Constant(f"{text}_x"))


def _of_statement(node: ast.stmt, replace: Callable[[Any], None]) -> Iterator[_Change]:
    match node:
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield "None", lambda: setattr(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call() as call) if not _short(call).startswith("log."):
            yield "left out", lambda: replace(ast.Pass())
        case ast.Raise():
            yield "left out", lambda: replace(ast.Pass())
        case ast.Break():
            yield "continue", lambda: replace(ast.Continue())
        case ast.Continue():
            yield "break", lambda: replace(ast.Break())


def _of_call(node: ast.Call, replace: Callable[[Any], None]) -> Iterator[_Change]:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if isinstance(node.func, ast.Name) and name in _SWAPPED:
        other = _SWAPPED[name]
        yield other, lambda: setattr(node, "func", ast.Name(other, ast.Load()))
    if isinstance(node.func, ast.Attribute) and name in _DROPPED:
        before = node.func.value
        yield f"without {name}", lambda: replace(before)
    if name in _FILTERS:
        for at, keyword in enumerate(node.keywords):
            yield f"without {keyword.arg}", partial(node.keywords.__delitem__, at)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split()) if not isinstance(node, ast.comprehension) else "for"
    return text if len(text) <= 70 else f"{text[:67]}…"
