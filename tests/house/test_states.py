"""Only one function writes a state column (invariant S2), the database knows the states, and each is said once."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
from django.apps import apps
from django.db import models

from tests.house.source import (
    PACKAGE,
    files_named,
    function_name,
    method_name,
    modules,
    nodes,
    parse_source,
    source_position,
)

MOVER = PACKAGE / "audit" / "states.py"
REPLIES = PACKAGE / "api" / "core" / "errors.py"
"""The ``status`` of an HTTP reply is no state of a row."""
SEARCHED = [path for path in modules(PACKAGE) if path not in (MOVER, REPLIES)]
OF_ENUMS = {
    "status": "Status",
    "kind": "Kind Type",
    "type": "Type",
    "type_": "Type",
    "role": "Role",
    "reason": "Reason",
    "suspension_reason": "Reason",
    "cause": "Reason",
    "billing_cycle": "Cycle",
    "cycle": "Cycle",
    "tax_kind": "Kind Type",
    "product_kind": "Kind",
    "client_kind": "Kind",
    "method": "Method",
    "form": "Format",
    "answer": "Answer",
    "activation": "Activation",
    "action": "Action",
}
"""Columns and arguments that hold a value of an enum of ``rules``, and how the names of those enums end."""
SQL = re.compile(
    r"\bUPDATE\b.*?\bSET\b(.*?)(?:\bWHERE\b|\bRETURNING\b|\Z)", re.IGNORECASE | re.DOTALL
)


def with_state() -> list[type[models.Model]]:
    """Our models that have a state: a ``status`` of the values that they list."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("commerce.")]
    return [model for model in ours if states_of(model)]


def states_of(model: type[models.Model]) -> list[str]:
    """The values that the ``status`` of a model lists; empty where it has none."""
    fields = {field.name: field for field in model._meta.fields}
    return [value for value, _ in fields["status"].choices or ()] if "status" in fields else []


def state_writes(node: ast.AST) -> list[ast.AST]:
    """``.update(status=…)`` in its forms, ``bulk_update`` of it, ``row.status = …``, and SQL that sets it."""
    return [
        inner
        for inner in nodes(node)
        if (isinstance(inner, ast.Call) and _calls_for_it(inner))
        or (isinstance(inner, ast.Assign | ast.AugAssign | ast.AnnAssign) and _assigns(inner))
        or (isinstance(inner, ast.Constant | ast.JoinedStr) and _says_so(inner))
    ]


def _calls_for_it(call: ast.Call) -> bool:
    if method_name(call) in {"update", "aupdate"}:
        spread = [one.value for one in call.keywords if one.arg is None]
        keys = [key for value in spread if isinstance(value, ast.Dict) for key in value.keys]
        return any(one.arg == "status" for one in call.keywords) or any(map(_is_it, keys))
    if method_name(call) in {"bulk_update", "abulk_update"}:
        rest = [*call.args[1:], *(one.value for one in call.keywords)]
        return any(_is_it(inner) for value in rest for inner in nodes(value))
    name = function_name(call) or method_name(call)
    return name in {"setattr", "__setattr__"} and any(map(_is_it, call.args))


def _is_it(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == "status"


def _assigns(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = [one for target in targets for one in nodes(target)]
    return any(isinstance(one, ast.Attribute) and one.attr == "status" for one in named)


def _says_so(node: ast.Constant | ast.JoinedStr) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    text = "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in parts)
    return any(re.search(r"\bstatus\b[\"'\s]*=", found[1]) for found in SQL.finditer(text))


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("Service.objects.filter(pk=1).update(status='active')", 1),
        ("service.status = 'active'", 1),
        ("one.status, two.name = 'active', ''", 1),
        ("service.status: str = 'active'", 1),
        ("setattr(service, 'status', 'active')", 1),
        ("Service.objects.update(**{'status': 'active'})", 1),
        ("Service.objects.update(**{'label': ''}, **changes)", 0),
        ("Service.objects.bulk_update(rows, ['label', 'status'])", 1),
        ("Service.objects.bulk_update(rows, fields=('status',))", 1),
        ("Service.objects.bulk_update(rows, ['label'])", 0),
        ("run('UPDATE hosting_service SET label = 1, status = %s WHERE id = 1')", 1),
        ("run(f'update {table} set \"status\" = %s')", 1),
        ("run('UPDATE hosting_service SET label = %s WHERE status = %s')", 0),
        ("move(service, 'active', allowed=MOVES)", 0),
        ("Service.objects.create(status='active')", 0),
    ],
)
def test_state_writes_are_found(code: str, count: int) -> None:
    assert len(state_writes(ast.parse(code))) == count


def test_one_function_writes_state_columns() -> None:
    assert [
        source_position(path, node)
        for path in SEARCHED
        for node in state_writes(parse_source(path))
    ] == []


@pytest.mark.parametrize("model", with_state(), ids=lambda model: model.__name__)
def test_the_database_knows_the_states(model: type[models.Model]) -> None:
    """A check constraint lists exactly the states of the model."""
    wanted = set(states_of(model))
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


def choices_of_their_own(node: ast.AST) -> list[ast.AST]:
    """Choices that are no enum of ``rules``: classes of Django's choices, and ``choices=`` of something else."""
    return [
        inner
        for inner in nodes(node)
        if (
            isinstance(inner, ast.ClassDef)
            and any("Choices" in ast.unparse(b) for b in inner.bases)
        )
        or (
            isinstance(inner, ast.Call)
            and method_name(inner).endswith("Field")
            and any(
                each.arg == "choices" and not ast.unparse(each.value).startswith("enum_choices(")
                for each in inner.keywords
            )
        )
    ]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("class Invoice:\n  class Status(models.TextChoices):\n    PAID = 'paid'", 1),
        ("kind = models.CharField(max_length=7, choices=[('a', 'A')])", 1),
        ("kind = models.CharField(max_length=7, choices=Kind)", 1),
        ("kind = models.CharField(max_length=7, choices=enum_choices(InvoiceKind))", 0),
    ],
)
def test_choices_of_their_own_are_found(code: str, count: int) -> None:
    assert len(choices_of_their_own(ast.parse(code))) == count


def test_states_and_kinds_are_enums_of_rules() -> None:
    models_files = [path for path in files_named("models") if path.name != "__init__.py"]
    models_files += [path for path in modules(PACKAGE) if path.stem.endswith("_models")]
    assert [
        source_position(path, node)
        for path in models_files
        for node in choices_of_their_own(parse_source(path))
    ] == []


def test_migrations_hold_values_and_no_enums_of_ours() -> None:
    """An enum changes with the code; what ``makemigrations`` writes of one is replaced by its value."""
    found = [
        source_position(path, node)
        for path in sorted(PACKAGE.rglob("migrations/*.py"))
        for node in nodes(parse_source(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(name.endswith(("rules", "periods")) for name in _imported(node))
    ]
    assert found == []


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return (
        [node.module or ""]
        if isinstance(node, ast.ImportFrom)
        else [each.name for each in node.names]
    )


def enum_values() -> dict[str, set[str]]:
    """The values of all enums of ``rules``, and of billing cycles, by the last word of their names."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in [*files_named("rules"), PACKAGE / "kit" / "periods.py"]:
        for node in parse_source(path).body:
            if isinstance(node, ast.ClassDef) and "StrEnum" in map(ast.unparse, node.bases):
                assigned = [each.value for each in node.body if isinstance(each, ast.Assign)]
                found[re.split(r"(?=[A-Z])", node.name)[-1]] |= {
                    each.value for each in assigned if isinstance(each, ast.Constant)
                }
    return found


def typed_values(node: ast.AST, values: Mapping[str, set[str]]) -> list[ast.AST]:
    """Where a value of an enum is typed as text: compared with a column, filtered by, passed or a default."""
    return [
        inner
        for inner in nodes(node)
        for name, places in _named_places(inner)
        for ending in OF_ENUMS.get(name, "").split()
        if any(text in values[ending] for place in places for text in _texts(place))
    ]


def _named_places(node: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    """The name of a column or argument, and the expressions that stand for its value."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for side in sides:
            yield _last_name(side), [one for one in sides if one is not side]
    elif isinstance(node, ast.Call) and function_name(node) != "ListDefinition":
        for each in node.keywords:
            yield _column(each.arg or ""), [each.value]
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            yield _last_name(target), [node.value]
    elif isinstance(node, ast.Match):
        patterns = [one.value for one in nodes(node) if isinstance(one, ast.MatchValue)]
        yield _last_name(node.subject), patterns
    elif isinstance(node, ast.arguments):
        usual = [*node.posonlyargs, *node.args]
        yield from (
            (arg.arg, [default])
            for arg, default in [
                *zip(reversed(usual), reversed(node.defaults), strict=False),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ]
            if default is not None
        )


def _last_name(node: ast.expr) -> str:
    return getattr(node, "attr", None) or getattr(node, "id", "")


def _column(lookup: str) -> str:
    return lookup.removesuffix("__in").split("__")[-1]


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [text for one in node.elts for text in _texts(one)]
    return [*_texts(node.body), *_texts(node.orelse)] if isinstance(node, ast.IfExp) else []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("invoice.status == 'paid'", 1),
        ("'paid' != invoice.status", 1),
        ("status in ('unpaid', 'overdue')", 1),
        ("Invoice.objects.filter(status='paid')", 1),
        ("Invoice.objects.filter(client__invoices__status__in=['paid'])", 1),
        ("draft_invoice(kind='manual' if by_hand else 'order')", 1),
        ("def draft(kind: str = 'manual', *, to: str): ...", 1),
        ("def draft(*, to: str, kind='manual'): ...", 1),
        ("class DraftLine:\n    kind: str = 'item'", 1),
        ("kind = 'item' if one else 'option'", 1),
        ("match kind:\n    case 'manual': pass", 1),
        ("invoice.status == InvoiceStatus.PAID", 0),
        ("invoice.number == 'paid'", 0),
        ("Invoice.objects.filter(kind='nothing of ours')", 0),
        ("ListDefinition(kind='order')", 0),
    ],
)
def test_typed_values_are_found(code: str, count: int) -> None:
    assert len(typed_values(ast.parse(code), enum_values())) == count


def test_a_value_of_an_enum_is_not_typed_again() -> None:
    """The API has values of its own, which its contract lists."""
    values = enum_values()
    assert [
        source_position(path, node)
        for path in modules(PACKAGE)
        if PACKAGE / "api" not in path.parents
        for node in typed_values(parse_source(path), values)
    ] == []
