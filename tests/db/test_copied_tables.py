"""Rows that go to the other kind of database and back are the same to the last bit, and so are the next ids."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

from commerce.accounts.models import ClientGroup
from commerce.config import env
from commerce.config.database_move import TARGET
from commerce.db import copied_tables as tables_of
from commerce.db.triggers import remove_triggers
from tests import databases, make
from tests.api.v2.rows_in_every_state import make_rows_in_every_state


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[BaseDatabaseWrapper]:
    """A file of SQLite with all tables, and the first rows of an installation; opened before Django watches a test."""
    path = Path(
        shutil.copy(databases.migrated(), tmp_path_factory.mktemp("other") / "file.sqlite3")
    )
    settings = env.database_of_url(f"sqlite:///{path}", name="URL")
    handler = ConnectionHandler({"default": {}, TARGET: settings})
    with django_db_blocker.unblock():
        handler[TARGET].ensure_connection()
        yield handler[TARGET]
        handler[TARGET].close()


@pytest.fixture
def file(opened: BaseDatabaseWrapper, db: None) -> Iterator[BaseDatabaseWrapper]:
    """The file as another database of this process."""
    connections[TARGET] = opened
    yield opened
    del connections[TARGET]


def test_rows_go_there_and_back(file: BaseDatabaseWrapper) -> None:
    make_rows_in_every_state()
    make.make_client(company="Æther & Söhne 数据", city="\\N \t x")
    connection.check_constraints()
    tables = tables_of.copied_tables()
    before = {table.name: tables_of.table_digest(connection, table) for table in tables}
    assert sum(digest.rows > 0 for digest in before.values()) > 40

    remove_triggers(file)
    copy(connection, file, tables)
    assert {table.name: tables_of.table_digest(file, table) for table in tables} == before

    remove_triggers(connection)
    copy(file, connection, tables)
    assert {table.name: tables_of.table_digest(connection, table) for table in tables} == before


def copy(
    source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, tables: list[tables_of.CopiedTable]
) -> None:
    tables_of.clear_tables(target, tables)
    for group in tables_of.whole_groups(tables):
        with transaction.atomic(using=target.alias):
            for table in group:
                tables_of.copy_table(source, target, table, lambda _: None)
    target.check_constraints()


def test_the_id_of_a_deleted_row_is_not_given_again(file: BaseDatabaseWrapper) -> None:
    deleted = ClientGroup.objects.create(name="Gone").pk
    ClientGroup.objects.all().delete()
    tables = [one for one in tables_of.copied_tables() if one.name == "accounts_clientgroup"]
    tables_of.copy_next_ids(connection, file, tables)
    assert tables_of._last_id(file, tables[0], "id") == deleted
    tables_of.copy_next_ids(file, connection, tables)
    assert ClientGroup.objects.create(name="Next").pk == deleted + 1


def test_a_table_comes_after_those_that_it_points_to() -> None:
    tables = tables_of.copied_tables()
    there: set[str] = set()
    for group in tables_of.whole_groups(tables):
        there |= {table.name for table in group}
        assert all(table.references <= there for table in group)
    assert there == set(connection.introspection.django_table_names())
    assert max(map(len, tables_of.whole_groups(tables))) < 10


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"b": 1, "a": 2.50}', '{"a": 2.5, "b": 1}', True),
        ("1e16", "10000000000000000", True),
        ('"\\u00e9"', '"é"', True),
        ('{"a": 1}', '{"a": 2}', False),
        ("[1, 2]", "[2, 1]", False),
        ("null", None, False),
    ],
)
def test_json_is_compared_by_what_it_says(one: str, other: str | None, *, same: bool) -> None:
    assert (tables_of._same_json(one) == tables_of._same_json(other)) is same
