"""Queries whose columns and orders are kept are, to the letter, those that Django would put together."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.db.models.sql.compiler import SQLCompiler

from commerce.accounts.models import Client, Membership
from commerce.billing.models import Invoice
from commerce.db.backends.model_columns import CachedColumn, SelectCompiler
from commerce.hosting.models import Service

type Rows = QuerySet[Any, Any]

OF_EACH_MODEL: dict[str, Callable[[Rows], Rows]] = {
    "whole": lambda rows: rows,
    "in the order of their keys": lambda rows: rows.order_by("pk"),
    "reversed": lambda rows: rows.order_by("-pk").reverse(),
    "in no order": lambda rows: rows.order_by(),
    "the last": lambda rows: rows.order_by("-pk")[:1],
    "with what they refer to": lambda rows: rows.select_related(
        *([one.name for one in rows.model._meta.fields if one.is_relation] or [None])
    ),
    "without their own columns": lambda rows: rows.only("pk"),
    "as tuples": lambda rows: rows.values_list(),
    "distinct": lambda rows: rows.distinct().order_by("pk"),
    "counted": lambda rows: rows.annotate(of_one_key=Count("pk")),
    "together": lambda rows: rows.order_by().union(rows.order_by()).order_by(),
    "among their like": lambda rows: rows.filter(
        Exists(rows.model._default_manager.filter(pk=OuterRef("pk")).order_by("pk")[:1])
    ),
}
SINGLE: dict[str, Callable[[], Rows]] = {
    "by a column of another": lambda: Service.objects.order_by("client__company", "-pk"),
    "by what is joined": lambda: Membership.objects.select_related("client", "user").order_by(
        "user__email", "pk"
    ),
    "by a value": lambda: Client.objects.annotate(low=Lower("last_name")).order_by("low", "pk"),
    "by a name that is a value": lambda: Client.objects.annotate(low=F("pk")).order_by("-low"),
    "by an expression": lambda: Service.objects.order_by(F("next_due_date").asc(nulls_last=True)),
    "in an order that is nulled": lambda: Invoice.objects.order_by(F("due_date").desc(), "pk"),
    "by the same twice": lambda: Service.objects.order_by("pk", "-pk", "label"),
    "joined to their like": lambda: Service.objects.filter(
        client__services__label="a", client__services__status="active"
    ).order_by("-created_at", "pk"),
}


def assert_same(make: Callable[[], Rows]) -> None:
    """The statement and what makes values of its rows, the first time and when they are kept."""
    for _ in range(2):
        ours, theirs = make().query, make().query
        compiler = ours.get_compiler(connection=connection)
        assert isinstance(compiler, SelectCompiler)
        plain = SQLCompiler(theirs, connection, "default")
        assert compiler.as_sql() == plain.as_sql()
        columns, others = ([one for one, _, _ in both.select] for both in (compiler, plain))
        assert [(one.alias, one.target) for one in columns if type(one) is CachedColumn] == [
            (other.alias, other.target)
            for one, other in zip(columns, others, strict=True)
            if type(one) is CachedColumn
        ]
        assert _converting(compiler, columns) == _converting(plain, others)
        assert compiler.klass_info is None or set(compiler.klass_info) == set(plain.klass_info)


def _converting(compiler: Any, columns: list[Any]) -> dict[int, list[str]]:
    """By place, the names of what makes a value: those of some expressions are made anew each time."""
    return {
        place: [one.__qualname__ for one in found]
        for place, (found, _) in compiler.get_converters(columns).items()
    }


@pytest.mark.django_db
@pytest.mark.parametrize("which", OF_EACH_MODEL)
def test_rows_of_each_model_are_asked_for_as_django_would(which: str) -> None:
    models = [one for one in apps.get_models() if one._meta.managed]
    assert len(models) > 80
    for model in models:
        assert_same(lambda: OF_EACH_MODEL[which](model._default_manager.all()))  # noqa: B023 - called at once


@pytest.mark.django_db
@pytest.mark.parametrize("which", SINGLE)
def test_other_orders_are_those_of_django(which: str) -> None:
    assert_same(SINGLE[which])


@pytest.mark.django_db
def test_what_is_kept_is_taken_by_its_like_alone() -> None:
    for make in (
        lambda: Client.objects.alias(low=F("pk")).order_by("-low"),
        lambda: Client.objects.alias(low=F("city")).order_by("-low"),
        lambda: Client.objects.order_by("-city"),
        lambda: Client.objects.order_by("-city").values("city"),
        lambda: Client.objects.order_by("-city").values_list("city", named=True).distinct(),
        lambda: Client.objects.order_by("city"),
    ):
        assert_same(make)


@pytest.mark.django_db
def test_columns_are_worked_out_once() -> None:
    def columns() -> list[Any]:
        compiler = Service.objects.all().query.get_compiler(connection=connection)
        compiler.as_sql()
        return [one for one, _, _ in compiler.select]

    first, second = columns(), columns()
    assert len(first) == len(Service._meta.concrete_fields)
    assert all(type(one) is CachedColumn for one in first)
    assert [id(one) for one in first] == [id(one) for one in second]


@pytest.mark.django_db
def test_what_is_kept_holds_no_connection() -> None:
    """That of a thread which was the first to ask for a model stayed open when the thread had ended."""
    compiler = Service.objects.all().query.get_compiler(connection=connection)
    compiler.as_sql()
    columns = [one for one, _, _ in compiler.select]
    kept = [step for one in columns for step in (*one.of_database, *one.of_field)]
    assert kept
    assert all(getattr(step, "__self__", None) is not connection.ops for step in kept)
    converters = compiler.get_converters(columns).values()
    bound = [step for found, _ in converters for step in found]
    assert any(getattr(step, "__self__", None) is connection.ops for step in bound) is (
        connection.vendor == "sqlite"
    )
