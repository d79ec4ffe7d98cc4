"""A migration without a transaction that was stopped anywhere, and is run again, ends like one that was not."""

from typing import Any
from unittest import mock

import pytest
from django.db import connection, migrations, models
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from commerce.db.migration_operations import AddCheckConstraint, AddUniqueConcurrently
from commerce.db.migration_states import LazyExecutor, LazyState
from tests.db.test_migration_states import BOOK, LENT, SHELF, described, put_back

pytestmark = pytest.mark.django_db(transaction=True)

SHORT = models.CheckConstraint(condition=models.Q(pages__lt=9), name="book_is_short")
LONG = models.CheckConstraint(condition=models.Q(pages__gt=0), name="book_has_pages")
ONCE = models.UniqueConstraint(
    fields=["title"], condition=models.Q(pages__gt=0), name="book_title_once"
)
OPERATIONS = [
    migrations.RemoveConstraint("Book", "book_is_short"),
    AddCheckConstraint("Book", LONG),
    migrations.AddField("Book", "lent", LENT),
    migrations.AddField("Book", "next", models.ForeignKey("library.Book", models.CASCADE, null=True)),
    migrations.CreateModel(
        "Loan",
        [("id", models.BigAutoField(primary_key=True)), ("book", models.ForeignKey("library.Book", models.CASCADE))],
        options={"indexes": [models.Index(fields=["book"], name="loan_book")]},
    ),
    AddUniqueConcurrently("Book", ONCE),
    migrations.RemoveField("Book", "shelf"),
    migrations.RemoveConstraint("Book", "book_has_pages"),
    migrations.DeleteModel("Shelf"),
]  # fmt: skip


class Stop(Exception):
    """The process is killed."""


def migration(name: str, operations: list[Any], *, atomic: bool = False) -> Migration:
    made = Migration(name, "library")
    made.operations, made.atomic = operations, atomic
    return made


def stopped_after(count: int) -> Any:
    """Whoever asks for another statement that changes tables is stopped."""
    left = iter(range(count))

    def execute(run: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.lstrip().startswith(("ALTER", "CREATE", "DROP")) and next(left, None) is None:
            raise Stop
        return run(sql, params, many, context)

    return connection.execute_wrapper(execute)


def run_stopped(count: int) -> tuple[list[Any], bool]:
    """The tables after it was stopped at each ``count`` further statements, and whether it was stopped at all."""
    executor: Any = LazyExecutor(connection)
    executor.recorder = mock.Mock()
    first = migration("0001", [SHELF, BOOK, migrations.AddConstraint("Book", SHORT)], atomic=True)
    second = migration("0002", OPERATIONS)
    former = executor.apply_migration(LazyState(), first)
    try:
        with stopped_after(count):
            executor.apply_migration(former.clone(), second)
        stopped = False
    except Stop:
        executor.apply_migration(former.clone(), second)
        stopped = True
    tables = described()
    executor.unapply_migration(former.clone(), second)
    executor.unapply_migration(ProjectState(), first)
    assert executor.recorder.record_applied.call_count == 2
    return tables, stopped


def test_a_stop_at_any_statement_is_made_up_for() -> None:
    wanted, _ = run_stopped(10**6)
    counts = range(10**6) if connection.vendor == "postgresql" else (0, 3)
    ends = []
    for count in counts:
        tables, stopped = run_stopped(count)
        assert tables == wanted, count
        if not stopped:
            break
        ends.append(count)
    assert len(ends) > (10 if connection.vendor == "postgresql" else 1)


def test_code_commits_what_it_did_and_begins_anew() -> None:
    executor: Any = LazyExecutor(connection)
    executor.recorder = mock.Mock()
    coded = migration("0002", [migrations.RunPython(put_back, put_back)])
    state = executor.apply_migration(LazyState(), migration("0001", [SHELF, BOOK], atomic=True))
    state = executor.apply_migration(state, coded)
    assert coded.atomic is False
    executor.unapply_migration(ProjectState(), migration("0001", [SHELF, BOOK], atomic=True))
