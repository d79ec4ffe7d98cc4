"""A migration keeps the former release working: its processes write on while the tables change (O4)."""

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from commerce.db.migration_operations import (
    AddCheckConstraint,
    AddIndexConcurrently,
    AddUniqueConcurrently,
    RemoveIndexConcurrently,
)
from tests.house.test_schema import own_migrations

AMOUNT = models.BigIntegerField()
UNIQUE = models.UniqueConstraint(fields=["number"], name="number_once")
LIVE = models.UniqueConstraint(
    fields=["number"], condition=models.Q(amount__gt=0), name="live_number_once"
)
CHECK = models.CheckConstraint(condition=models.Q(amount__gt=0), name="amount_positive")
INDEX = models.Index(fields=["number"], name="by_number")

TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
WITHOUT_TRANSACTION = (
    AddIndexConcurrently,
    AddCheckConstraint,
    AddUniqueConcurrently,
    RemoveIndexConcurrently,
)


def hazards(operation: Operation, *, atomic: bool) -> Iterator[str]:
    """What this operation does to processes of the former release."""
    if isinstance(operation, TAKES_AWAY):
        yield "takes away what the former release reads or writes: a release later"
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        field = operation.field
        if not (field.many_to_many or field.null or field.has_db_default()):
            yield "the former release does not fill this column: it needs a default of the database"
    if isinstance(operation, WITHOUT_TRANSACTION) and atomic:
        yield "its migration must say atomic = False"
    elif isinstance(operation, migrations.AddIndex | migrations.AddConstraint) and not isinstance(
        operation, WITHOUT_TRANSACTION
    ):
        yield "stops writers while it looks at every row: db.migration_operations has what does not"
    elif type(operation) is migrations.RemoveIndex:
        yield "stops writers, and waits for readers: db.migration_operations has what does not"


@pytest.mark.parametrize(
    ("operation", "atomic", "safe"),
    [
        (migrations.AddField("invoice", "x", AMOUNT), True, False),
        (migrations.AddField("invoice", "x", models.BigIntegerField(default=0)), True, False),
        (migrations.AddField("invoice", "x", models.BigIntegerField(db_default=0)), True, True),
        (migrations.AddField("invoice", "x", models.BigIntegerField(null=True)), True, True),
        (migrations.AlterField("invoice", "x", AMOUNT), True, False),
        (migrations.RemoveField("invoice", "x"), True, False),
        (migrations.RenameField("invoice", "x", "y"), True, False),
        (migrations.DeleteModel("Invoice"), True, False),
        (migrations.AddIndex("invoice", INDEX), True, False),
        (AddIndexConcurrently("invoice", INDEX), True, False),
        (AddIndexConcurrently("invoice", INDEX), False, True),
        (migrations.RemoveIndex("invoice", "by_number"), False, False),
        (RemoveIndexConcurrently("invoice", "by_number"), True, False),
        (RemoveIndexConcurrently("invoice", "by_number"), False, True),
        (migrations.AddConstraint("invoice", UNIQUE), True, False),
        (migrations.AddConstraint("invoice", CHECK), True, False),
        (AddCheckConstraint("invoice", CHECK), True, False),
        (AddCheckConstraint("invoice", CHECK), False, True),
        (AddUniqueConcurrently("invoice", LIVE), True, False),
        (AddUniqueConcurrently("invoice", LIVE), False, True),
        (
            migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),
            True,
            True,
        ),
    ],
)
def test_what_would_stop_the_former_release_is_seen(
    operation: Operation, *, atomic: bool, safe: bool
) -> None:
    assert (list(hazards(operation, atomic=atomic)) == []) == safe


def test_no_migration_after_the_first_stops_the_former_release() -> None:
    found = [
        f"{migration.app_label}.{migration.name}: {operation.describe()}: {text}"
        for migration in own_migrations()
        if not migration.name.startswith("0001_")
        for operation in migration.operations
        for text in hazards(operation, atomic=migration.atomic)
    ]
    assert found == []
