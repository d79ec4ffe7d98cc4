"""Migrations of ours: what they draw is what Django's draw, and no more than is read."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ModelState, ProjectState

from commerce.db.migration_states import LazyExecutor, LazyState, lazily

SHELF = migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])
BOOK = migrations.CreateModel(
    "Book",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("title", models.CharField(max_length=20)),
        ("pages", models.IntegerField()),
        ("shelf", models.ForeignKey("library.Shelf", models.CASCADE)),
    ],
)
LENT = models.BooleanField(default=False)
INDEX = models.Index(fields=["pages"], name="book_pages")
LONG = models.CheckConstraint(condition=models.Q(pages__gt=0), name="book_has_pages")


def put_back(apps: Any, _: Any) -> None:
    """Code goes to what points to a model."""
    for shelf in apps.get_model("library", "Shelf").objects.all():
        shelf.book_set.update(title="put back")


LATER = [
    migrations.AddConstraint("Book", LONG),
    migrations.AddField("Book", "lent", LENT),
    migrations.RunPython(put_back, put_back),
    migrations.AlterField("Book", "title", models.CharField(max_length=30)),
    migrations.AddIndex("Book", INDEX),
    migrations.RenameField("Book", "title", "name"),
    migrations.RemoveField("Book", "shelf"),
    migrations.RenameModel("Book", "Volume"),
]


def migration(operation: migrations.operations.base.Operation) -> Migration:
    made = Migration("0001_initial", "library")
    made.operations = [operation]
    return made


def described() -> list[Any]:
    """Each table of the library, with its columns in their order, and what binds them."""
    with connection.cursor() as cursor:
        seen = connection.introspection
        tables = sorted(name for name in seen.table_names(cursor) if name.startswith("library_"))
        return [
            (table, seen.get_table_description(cursor, table), seen.get_constraints(cursor, table))
            for table in tables
        ]


def there_and_back(kind: type[MigrationExecutor]) -> list[Any]:
    """How the tables are after each migration."""
    executor: Any = kind(connection)
    executor.recorder = mock.Mock()
    seen, states = [], [type(executor._create_project_state())()]
    steps = [migration(operation) for operation in (SHELF, BOOK, *LATER)]
    for step in steps:
        state = states[-1].clone()
        _ = state.apps  # Django has them drawn before each migration
        states.append(executor.apply_migration(state, step))
        seen.append(described())
        if step is steps[0]:
            states[-1].apps.get_model("library", "Shelf").objects.create()
    for step, state in zip(reversed(steps), reversed(states[:-1]), strict=True):
        _ = state.apps
        executor.unapply_migration(state, step)
        seen.append(described())
    return seen


@pytest.mark.django_db(transaction=True)
def test_tables_become_what_django_makes_of_them() -> None:
    of_ours, of_django = there_and_back(LazyExecutor), there_and_back(MigrationExecutor)
    assert of_ours == of_django
    assert [len(tables) for tables in of_ours] == [1, *[2] * 17, 1, 0]


def library() -> LazyState:
    state = LazyState()
    for operation in (SHELF, BOOK):
        operation.state_forwards("library", state)
    return state


def names(model: Any) -> set[str]:
    return {field.name for field in model._meta.get_fields()}


def test_a_model_is_drawn_with_those_that_it_points_to() -> None:
    state = lazily(ProjectState.from_apps(apps))
    state.apps.get_model("catalog.Product")
    known = {model for models in state.apps.all_models.values() for model in models}
    assert known == {"product", "productgroup"}


def test_a_list_of_models_is_whole_and_so_is_what_points_to_them() -> None:
    of_django = ProjectState.from_apps(apps)
    of_ours = lazily(of_django)
    of_ours.apps.get_model("catalog", "Currency")
    pointing = {model._meta.label: names(model) for model in of_ours.apps.get_models()}
    assert pointing == {model._meta.label: names(model) for model in of_django.apps.get_models()}


def test_code_is_given_all_models() -> None:
    state = library()
    assert not hasattr(state.apps.get_model("library", "Shelf"), "book_set")
    state.clear_delayed_apps_cache()
    assert hasattr(state.apps.get_model("library", "Shelf"), "book_set")


@pytest.mark.parametrize(
    ("change", "asked", "expected"),
    [
        (lambda s: s.add_field("library", "book", "lent", LENT, True), "book", {"lent"}),
        (lambda s: s.rename_field("library", "book", "pages", "length"), "book", {"length"}),
        (lambda s: s.rename_model("library", "book", "Volume"), "volume", {"pages"}),
        (lambda s: s.rename_model("library", "shelf", "Rack"), "book", {"shelf"}),
        (lambda s: s.add_model(SHELF_TOO), "drawer", {"id"}),
    ],
)
def test_a_change_is_drawn(
    change: Callable[[ProjectState], None], asked: str, expected: set[str]
) -> None:
    state = library()
    state.apps.get_models()
    change(state)
    assert expected <= names(state.apps.get_model("library", asked))
    assert names(library().apps.get_model("library", "book")) >= {"title", "pages", "shelf"}


SHELF_TOO = ModelState("library", "Drawer", [("id", models.BigAutoField(primary_key=True))])


def test_what_is_gone_is_not_drawn() -> None:
    state = library()
    state.apps.get_models()
    state.remove_field("library", "book", "shelf")
    state.remove_model("library", "shelf")
    assert "shelf" not in names(state.apps.get_model("library", "book"))
    with pytest.raises(LookupError):
        state.apps.get_model("library", "shelf")


def test_a_copy_stays_as_it_was() -> None:
    state = library()
    copy = state.clone()
    state.add_field("library", "book", "lent", LENT, True)
    assert "lent" not in names(copy.apps.get_model("library", "book"))
