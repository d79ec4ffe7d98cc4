"""Doors read and call actions. They never write, and they get a client's rows through one scope only."""

import ast
import re

import pytest
from django.apps import apps
from django.db import models

from commerce.accounts.models import Client
from tests.house.source import (
    PACKAGE,
    calls,
    doors,
    function_name,
    method_name,
    modules,
    nodes,
    parse_source,
    source_position,
)

WRITES = {
    *("save", "create", "delete", "bulk_create", "bulk_update", "get_or_create"),
    *("update_or_create", "asave", "acreate", "adelete", "aupdate", "executemany"),
}
SQL_WRITE = re.compile(r"\s*(INSERT INTO|UPDATE \S+ SET|DELETE FROM|REPLACE INTO)\b", re.IGNORECASE)
# Who has the secret of a token or an invitation may find it before any client is known: ``by_hash``.
SCOPES = {"for_client", "for_guest", "for_user", "by_hash", "none"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}


STAFF_AREA = PACKAGE / "backoffice"


def writes(node: ast.AST) -> list[ast.AST]:
    """Calls that change rows. ``update`` with keywords is the ORM's: a dict is merged with ``|`` in a door."""
    found: list[ast.AST] = [call for call in calls(node) if method_name(call) in WRITES]
    found += [c for c in calls(node) if method_name(c) == "update" and c.keywords and not c.args]
    found += [
        text
        for text in nodes(node)
        if isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and SQL_WRITE.match(text.value)
    ]
    return found


def owned_models() -> dict[str, type[models.Model]]:
    """Models whose rows belong to one client: those with a ``client``, and the parts of those."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("commerce.")]
    owned: dict[str, type[models.Model]] = {}
    while fresh := [m for m in ours if m.__name__ not in owned and belongs(m, owned)]:
        owned |= {model.__name__: model for model in fresh}
    return owned


def belongs(model: type[models.Model], owned: dict[str, type[models.Model]]) -> bool:
    parents = [f.related_model for f in model._meta.fields if f.many_to_one or f.one_to_one]
    return any(parent is Client or parent in owned.values() for parent in parents)


def unscoped(node: ast.AST, names: set[str]) -> list[ast.AST]:
    """Where rows of these models are asked for other than by ``Model.objects.for_client(…)`` or another scope.

    Parts of a row may be asked for within a statement about that row: ``filter(invoice=OuterRef("pk"))``.
    """
    good = {
        attribute.value
        for attribute in nodes(node)
        if isinstance(attribute, ast.Attribute) and attribute.attr in SCOPES
    }
    good |= {
        call.func.value
        for call in calls(node)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "filter"
        and any(
            function_name(inner) == "OuterRef" for word in call.keywords for inner in calls(word)
        )
    }
    found: list[ast.AST] = [
        attribute
        for attribute in nodes(node)
        if isinstance(attribute, ast.Attribute)
        and attribute.attr in MANAGERS
        and attribute not in good
        and isinstance(attribute.value, ast.Name)
        and attribute.value.id in names
    ]
    found += [
        call
        for call in calls(node)
        if function_name(call).endswith("_or_404")
        and isinstance(call.args[0], ast.Name)
        and call.args[0].id in names
    ]
    return found


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("Service.objects.create(name='x')", 1),
        ("service.save()", 1),
        ("services.filter(pk=1).update(status='active')", 1),
        ("cursor.execute('UPDATE hosting_service SET status = 1')", 1),
        ("context.update(extra); digest.update(b'x'); headers |= {}", 0),
        ("actions.create_token(client=client)", 0),
    ],
)
def test_writes_are_found(code: str, count: int) -> None:
    assert len(writes(ast.parse(code))) == count


def test_doors_never_write() -> None:
    assert [
        source_position(path, node) for path in doors() for node in writes(parse_source(path))
    ] == []


def test_the_staff_area_has_no_form_that_saves_a_row() -> None:
    """Every change of staff is an action's: nothing there derives from a model's form, or lets Django's admin save."""
    saving = {"ModelForm", "BaseModelForm", "TabularInline", "StackedInline", "list_editable"}
    saving |= {"save_model", "save_form", "save_formset", "delete_model", "modelform_factory"}
    found = [
        source_position(path, node)
        for path in modules(STAFF_AREA)
        for node in nodes(parse_source(path))
        if (isinstance(node, ast.Name) and node.id in saving)
        or (isinstance(node, ast.Attribute) and node.attr in saving)
        or (isinstance(node, ast.FunctionDef) and node.name in saving)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("Service.objects.get(pk=1)", 1),
        ("Service.objects.all().for_client(client)", 1),
        ("get_object_or_404(Service, pk=1)", 1),
        ("Service.objects.for_client(client).get(pk=1)", 0),
        ("get_object_or_404(Service.objects.for_client(client), pk=1)", 0),
        ("find(request, Service.objects.for_client, pk)", 0),
        ("Service.objects.filter(order=OuterRef('pk'))", 0),
        ("Product.objects.all()", 0),
    ],
)
def test_unscoped_access_is_found(code: str, count: int) -> None:
    assert len(unscoped(ast.parse(code), {"Service"})) == count


def test_doors_get_rows_of_a_client_through_his_scope_only() -> None:
    """T1 of the invariants. Staff see the rows of all clients: their permissions decide."""
    names = {"Client", *owned_models()}
    assert {"Service", "Invoice", "InvoiceLine", "Order", "Domain", "ApiToken"} <= names
    assert [
        source_position(path, node)
        for path in doors()
        if STAFF_AREA not in path.parents
        for node in unscoped(parse_source(path), names)
    ] == []


@pytest.mark.parametrize("model", owned_models().values(), ids=lambda model: model.__name__)
def test_the_scope_of_a_client_names_him_in_the_statement(model: type[models.Model]) -> None:
    """T1: every model with a ``client`` has ``for_client``, and its statement asks for that client."""
    if not any(field.name == "client" for field in model._meta.fields):
        return
    sql, values = model._default_manager.for_client(987654321).query.sql_with_params()  # type: ignore[attr-defined]
    assert f'"{model._meta.db_table}"."client_id" = %s' in sql
    assert 987654321 in values
