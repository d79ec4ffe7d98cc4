"""No float and no second rounding near money; one clock (invariants M1, M2, O6)."""

import ast
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, at, calls, function, method, modules, named, tree

KIT = PACKAGE / "kit"
WORDS_OF_FLOATS = {"float", "FloatField", "DecimalField", "Avg", "round"}
CLOCKS = {"now", "utcnow", "today", "localtime", "localdate"}
CLASSES_WITH_CLOCKS = {"datetime", "date", "timezone"}


def floats(node: ast.AST) -> list[ast.AST]:
    """Names and literals by which a float gets into a sum; ``round`` because it rounds half to even."""
    return [
        inner
        for inner in ast.walk(node)
        if (isinstance(inner, ast.Name) and inner.id in WORDS_OF_FLOATS)
        or (isinstance(inner, ast.Attribute) and inner.attr in WORDS_OF_FLOATS - {"round"})
        or (isinstance(inner, ast.Constant) and isinstance(inner.value, float))
    ]


def clock_readings(node: ast.AST) -> list[ast.AST]:
    """Calls such as ``datetime.now(UTC)``, ``date.today()`` and ``timezone.now()``.

    The module ``time`` is for durations and log lines, which follow the machine and not the business.
    """
    return [
        call
        for call in calls(node)
        if method(call) in CLOCKS
        and isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) in CLASSES_WITH_CLOCKS
    ]


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("price = float(total)", 1),
        ("amount = models.DecimalField(max_digits=9)", 1),
        ("tax = total * 0.2", 1),
        ("tax = round(total / 5)", 1),
        ("tax = round_half_up(Fraction(total, 5))", 0),
    ],
)
def test_floats_are_found(code: str, count: int) -> None:
    assert len(floats(ast.parse(code))) == count


def test_no_float_comes_near_money() -> None:
    near = [*named("models", "rules", "actions", "events"), KIT / "money.py", KIT / "periods.py"]
    assert [at(path, node) for path in near for node in floats(tree(path))] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("datetime.now(UTC)", 1),
        ("datetime.datetime.now()", 1),
        ("date.today()", 1),
        ("timezone.now()", 1),
        ("clock.now()", 0),
        ("time.monotonic()", 0),
    ],
)
def test_clock_readings_are_found(code: str, count: int) -> None:
    assert len(clock_readings(ast.parse(code))) == count


def test_one_function_reads_the_clock() -> None:
    others = [path for path in modules(PACKAGE) if path != KIT / "clock.py"]
    assert [at(path, node) for path in others for node in clock_readings(tree(path))] == []


@pytest.mark.parametrize(
    "path",
    named("models", "rules", "actions", "events", "emails"),
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_the_domain_is_told_the_time(path: Path) -> None:
    """Actions take ``at=`` or ``on=``; rules take values. Only doors, commands and the worker ask the clock."""
    asked = [at(path, call) for call in calls(tree(path)) if asks(call)]
    assert asked == []
    assert [at(path, node) for node in ast.walk(tree(path)) if takes(node, "time")] == []


def takes(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.Import) and module in {alias.name for alias in node.names}


def asks(call: ast.Call) -> bool:
    return function(call) == "now" or (
        method(call) == "now"
        and isinstance(call.func, ast.Attribute)
        and last_name(call.func.value) == "clock"
    )
