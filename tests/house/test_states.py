"""Only one function writes a state column (invariant S2), and the database knows the states."""

import ast

import pytest
from django.apps import apps
from django.db import models

from tests.house.source import PACKAGE, at, calls, method, named, tree

MOVER = PACKAGE / "audit" / "states.py"
DOMAIN = [path for path in named("models", "rules", "actions", "events", "emails") if path != MOVER]


def with_state() -> list[type[models.Model]]:
    """Our models that have a state: a ``status`` of the values that they list."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("commerce.")]
    return [model for model in ours if hasattr(model, "Status")]


def state_writes(node: ast.AST) -> list[ast.AST]:
    """``.update(status=…)`` and ``row.status = …``."""
    found: list[ast.AST] = [
        call
        for call in calls(node)
        if method(call) in {"update", "aupdate"}
        and any(keyword.arg == "status" for keyword in call.keywords)
    ]
    found += [
        target
        for assignment in ast.walk(node)
        if isinstance(assignment, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in getattr(assignment, "targets", [getattr(assignment, "target", None)])
        if isinstance(target, ast.Attribute) and target.attr == "status"
    ]
    return found


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("Service.objects.filter(pk=1).update(status='active')", 1),
        ("service.status = 'active'", 1),
        ("move(service, 'active', allowed=MOVES)", 0),
        ("Service.objects.create(status='active')", 0),
    ],
)
def test_state_writes_are_found(code: str, count: int) -> None:
    assert len(state_writes(ast.parse(code))) == count


def test_one_function_writes_state_columns() -> None:
    assert [at(path, node) for path in DOMAIN for node in state_writes(tree(path))] == []


@pytest.mark.parametrize("model", with_state(), ids=lambda model: model.__name__)
def test_the_database_knows_the_states(model: type[models.Model]) -> None:
    """A check constraint lists exactly the states of the model."""
    wanted = {value for value, _ in model._meta.get_field("status").choices or ()}
    known = [
        set(value)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
        for path, value in flat(constraint.condition)
        if path == "status__in"
    ]
    assert wanted in known


def flat(condition: object) -> list[tuple[str, list[str]]]:
    return [child for child in getattr(condition, "children", []) if isinstance(child, tuple)]
