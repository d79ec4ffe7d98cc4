"""Operations that leave writers alone: what they make is there, is whole, and goes away again."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, migrations, models
from django.db.migrations.state import ProjectState

from commerce.catalog.models import Currency
from commerce.db.migration_operations import (
    AddCheckConstraint,
    AddIndexConcurrently,
    AddUniqueConcurrently,
    RemoveIndexConcurrently,
)
from commerce.db.migration_states import lazily

pytestmark = pytest.mark.django_db(transaction=True)

INDEX = AddIndexConcurrently("currency", models.Index(fields=["is_default"], name="by_default"))
CHECK = AddCheckConstraint(
    "currency",
    models.CheckConstraint(condition=~models.Q(code="XXX"), name="currency_is_one"),
)


UNIQUE = AddUniqueConcurrently(
    "currency",
    models.UniqueConstraint(
        fields=["name"], condition=models.Q(is_active=True), name="active_name_once"
    ),
)


def run(
    operation: migrations.operations.base.Operation,
    *,
    backwards: bool = False,
    after_one: migrations.operations.base.Operation | None = None,
) -> None:
    """The operation on the tables as they are, as a migration without a transaction runs it."""
    before = lazily(ProjectState.from_apps(apps))
    if after_one is not None:
        after_one.state_forwards("catalog", before)
    after = before.clone()
    operation.state_forwards("catalog", after)
    with connection.schema_editor(atomic=connection.vendor == "sqlite") as editor:
        if backwards:
            operation.database_backwards("catalog", editor, after, before)
        else:
            operation.database_forwards("catalog", editor, before, after)


def there() -> dict[str, Any]:
    """What the table of currencies has, by name."""
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, Currency._meta.db_table)


def test_an_index_comes_and_goes() -> None:
    run(INDEX)
    assert there()["by_default"]["columns"] == ["is_default"]
    run(INDEX, backwards=True)
    assert "by_default" not in there()


def test_an_index_that_goes_comes_back() -> None:
    gone = RemoveIndexConcurrently("currency", "by_default")
    run(INDEX)
    run(gone, after_one=INDEX)
    assert "by_default" not in there()
    run(gone, after_one=INDEX, backwards=True)
    assert there()["by_default"]["columns"] == ["is_default"]
    run(INDEX, backwards=True)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite leaves no half of an index")
def test_what_a_stopped_try_left_of_an_index_is_made_anew() -> None:
    run(INDEX)
    run(INDEX)
    assert "by_default" in there()
    run(INDEX, backwards=True)


def test_a_unique_constraint_with_a_condition_comes_and_goes() -> None:
    run(UNIQUE)
    Currency.objects.create(code="XXA", exponent=2, name="Same")
    with pytest.raises(IntegrityError):
        Currency.objects.create(code="XXB", exponent=2, name="Same")
    Currency.objects.create(code="XXC", exponent=2, name="Same", is_active=False)
    run(UNIQUE, backwards=True)
    Currency.objects.filter(name="Same").delete()
    assert "active_name_once" not in there()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite leaves no half of an index")
def test_what_a_stopped_try_left_of_a_unique_constraint_is_made_anew() -> None:
    run(UNIQUE)
    run(UNIQUE)
    assert there()["active_name_once"]["unique"]
    run(UNIQUE, backwards=True)


def test_a_unique_constraint_without_a_condition_is_no_index() -> None:
    with pytest.raises(ValueError, match="condition"):
        AddUniqueConcurrently("currency", models.UniqueConstraint(fields=["name"], name="once"))


def test_a_check_refuses_new_rows_and_goes() -> None:
    run(CHECK)
    with pytest.raises(IntegrityError):
        Currency.objects.create(code="XXX", exponent=2)
    run(CHECK, backwards=True)
    Currency.objects.create(code="XXX", exponent=2).delete()


def test_a_row_that_breaks_a_check_is_found_and_the_check_can_be_tried_again() -> None:
    broken = Currency.objects.create(code="XXX", exponent=2)
    with pytest.raises(IntegrityError):
        run(CHECK)
    broken.delete()
    run(CHECK)
    run(CHECK, backwards=True)
