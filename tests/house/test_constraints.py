"""Each constraint of each table, by its name: the database refuses what it is there for, and takes what is next to it.

Rows are written without actions, their foreign keys to nobody, which would be looked at only at the commit.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from commerce.catalog.models import Currency
from commerce.db.triggers import allow_retention
from tests.house.broken_rows import ALSO, BASE, BROKEN, NEXT
from tests.house.second_rows import ONCE, OTHER, SECOND

AT, DAY = datetime(2026, 4, 8, 12, tzinfo=UTC), date(2026, 4, 8)
LITE = connection.vendor == "sqlite"
type Values = Mapping[str, Any]

pytestmark = pytest.mark.django_db


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("commerce.")]


def constraints(kind: type[models.BaseConstraint]) -> dict[str, type[models.Model]]:
    return {
        one.name: model
        for model in ours()
        for one in model._meta.constraints
        if isinstance(one, kind)
    }


def unique_columns() -> dict[str, type[models.Model]]:
    """``table.column`` of each column that is unique by itself."""
    return {
        f"{model._meta.db_table}.{field.column}": model
        for model in ours()
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    }


CHECKS = constraints(models.CheckConstraint)
UNIQUE = constraints(models.UniqueConstraint) | unique_columns()


def filler(field: Any, number: int) -> Any:
    """Any value for a column; with another number another one, where the column has many."""
    if field.null:
        return None
    if field.is_relation:
        kin = field.target_field
        return filler(kin, number) if isinstance(kin, models.CharField) else 900_000 + number
    if field.has_default():
        return field.get_default()
    values = {
        models.DateTimeField: AT,
        models.DateField: DAY,
        models.BooleanField: False,
        models.BinaryField: b"x",
        models.Field: f"{number}",
    }
    return next(value for kind, value in values.items() if isinstance(field, kind))


def a_row(model: type[models.Model], values: Values, number: int = 1) -> models.Model:
    given = {**BASE.get(model._meta.db_table, {}), **values}
    fields = [
        field
        for field in model._meta.concrete_fields
        if field.attname in given or not isinstance(field, models.AutoField)
    ]
    return model(
        **{field.attname: given.get(field.attname, filler(field, number)) for field in fields}
    )


def write(*rows: models.Model) -> None:
    """In a transaction that is taken back; past the triggers, which have tests of their own."""
    with transaction.atomic():
        with allow_retention():
            Currency.objects.update(is_default=False)  # that of the first migration
            for row in rows:
                type(row)._base_manager.bulk_create([row])
        transaction.set_rollback(True)


def test_every_constraint_has_its_case() -> None:
    """A new one gets a line in broken_rows.py or second_rows.py; the line of one that is gone goes on purpose."""
    assert sorted(BROKEN) == sorted(CHECKS)
    assert sorted(ONCE) == sorted(UNIQUE)


BREAKS = [(name, values) for name, cases in BROKEN.items() for values in cases]


@pytest.mark.parametrize(("name", "values"), BREAKS, ids=[f"{n}-{v}" for n, v in BREAKS])
def test_a_row_that_breaks_it_is_refused(name: str, values: Values) -> None:
    names = "|".join((name, *ALSO.get(name, ())))
    with pytest.raises(IntegrityError, match=f"\\b({names})\\b"):
        write(a_row(CHECKS[name], values))


TAKEN = [(table, values) for table, cases in NEXT.items() for values in ({}, *cases)]


@pytest.mark.parametrize(("table", "values"), TAKEN, ids=[f"{t}-{v}" for t, v in TAKEN])
def test_a_row_at_the_limit_is_taken(table: str, values: Values) -> None:
    [model] = [one for one in ours() if one._meta.db_table == table]
    write(a_row(model, values))


def own(name: str) -> set[str]:
    """The columns that a unique constraint is about."""
    model, _, column = name.rpartition(".")
    if model:
        return {column}
    [found] = [one for one in UNIQUE[name]._meta.constraints if one.name == name]
    assert isinstance(found, models.UniqueConstraint)
    fields = [UNIQUE[name]._meta.get_field(field).attname for field in found.fields]
    return {*fields, *ONCE[name][0]}


def both(name: str, differing: Values) -> list[models.Model]:
    """Two rows that are the same in the columns of a constraint, and where they must be, and differ otherwise."""
    model = UNIQUE[name]
    same = {**ONCE[name][0]}
    for field in model._meta.concrete_fields:
        if field.attname in own(name) and field.attname not in same:
            same[field.attname] = BASE.get(model._meta.db_table, {}).get(
                field.attname, filler(field, 1)
            )
            if same[field.attname] is None:
                same[field.attname] = filler_of_null(field)
    second = {**same, **SECOND.get(name, {}), **differing}
    columns = {field.attname for field in model._meta.concrete_fields}
    free = {
        key: value
        for key, value in OTHER.get(model._meta.db_table, {}).items()
        if key not in own(name) and key in columns
    }
    return [a_row(model, same, 1), a_row(model, {**free, **second}, 2)]


def filler_of_null(field: Any) -> Any:
    if field.is_relation:
        return 900_001
    return DAY if isinstance(field, models.DateField) else "x"


@pytest.mark.parametrize("name", UNIQUE)
def test_a_second_row_is_refused(name: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        write(*both(name, {}))
    said = str(refused.value)
    if LITE and "index" not in said:  # it names the columns
        table = UNIQUE[name]._meta.db_table
        assert "UNIQUE" in said
        columns = {
            part.strip().removeprefix(f"{table}.") for part in said.partition(":")[2].split(",")
        }
        assert columns == columns_of(name)
    elif "." in name:
        assert name.partition(".")[2] in said
    else:
        assert name in said


def columns_of(name: str) -> set[str]:
    if "." in name:
        return {name.partition(".")[2]}
    [found] = [one for one in UNIQUE[name]._meta.constraints if one.name == name]
    assert isinstance(found, models.UniqueConstraint)
    return {UNIQUE[name]._meta.get_field(field).column for field in found.fields}


FREE = [(name, values) for name, (_, *cases) in ONCE.items() for values in cases]


@pytest.mark.parametrize(("name", "values"), FREE, ids=[f"{n}-{v}" for n, v in FREE])
def test_a_second_row_that_differs_is_taken(name: str, values: Values) -> None:
    write(*both(name, values))
