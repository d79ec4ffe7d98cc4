"""The rows of all tables put from one database into another as they are, between SQLite and PostgreSQL.

Both hold the same migrations. The second has no triggers until all rows are there: what they would refuse or fill in is
right already.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

type Row = tuple[Any, ...]

_ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class CopiedTable:
    """A table with its columns, and the tables that it points to."""

    name: str
    fields: "tuple[Field[Any, Any], ...]"
    references: frozenset[str]

    @property
    def columns(self) -> str:
        """Its columns as SQL names them."""
        return ", ".join(f'"{field.column}"' for field in self.fields)


@dataclass(frozen=True)
class TableDigest:
    """How many rows there are, and a sum over what is in them that is the same in any order and in both databases."""

    rows: int
    sum: int


def copied_tables() -> list[CopiedTable]:
    """All tables of the product, each after those that it points to; of a circle, one stands before."""
    models = {
        model._meta.db_table: model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    tables = {name: _table(models[name]) for name in sorted(models)}
    ordered: dict[str, CopiedTable] = {}
    entered: set[str] = set()

    def visit(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        for reference in sorted(tables[name].references):
            visit(reference)
        ordered[name] = tables[name]

    for name in tables:
        visit(name)
    return list(ordered.values())


def _table(model: type[Model]) -> CopiedTable:
    fields = tuple(model._meta.concrete_fields)
    pointed = {field.related_model for field in fields if field.is_relation}
    names = {other._meta.db_table for other in pointed if not isinstance(other, str) and other}
    return CopiedTable(model._meta.db_table, fields, frozenset(names - {model._meta.db_table}))


def whole_groups(tables: Sequence[CopiedTable]) -> list[list[CopiedTable]]:
    """Tables after each of which nothing points to what is not there yet: those of a circle are one group."""
    groups: list[list[CopiedTable]] = [[]]
    there: set[str] = set()
    missing: set[str] = set()
    for table in tables:
        groups[-1].append(table)
        there.add(table.name)
        missing = (missing | table.references) - there
        if not missing:
            groups.append([])
    return [group for group in groups if group]


def clear_tables(target: BaseDatabaseWrapper, tables: Sequence[CopiedTable]) -> None:
    """Delete all rows of these tables, to which no other points."""
    with transaction.atomic(using=target.alias), target.cursor() as cursor:
        if target.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(f'"{table.name}"' for table in tables)}")
            return
        for table in reversed(tables):
            cursor.execute(f'DELETE FROM "{table.name}"')  # noqa: S608 - a table of ours


def copy_table(
    source: BaseDatabaseWrapper,
    target: BaseDatabaseWrapper,
    table: CopiedTable,
    tell: Callable[[int], object],
) -> TableDigest:
    """Put all rows of a table into the empty one; ``tell`` hears how many are there. Needs a transaction."""
    total = _Sum()
    adapt = _adapters(target, table)
    with target.cursor() as cursor:
        if target.vendor == "postgresql":
            with cursor.copy(f'COPY "{table.name}" ({table.columns}) FROM STDIN') as copy:
                for rows in _rows(source, table):
                    total.add(table, rows)
                    for row in rows:
                        copy.write_row(adapt(row))
                    tell(total.rows)
        else:
            places = ", ".join(["?"] * len(table.fields))
            sql = f'INSERT INTO "{table.name}" ({table.columns}) VALUES ({places})'  # noqa: S608 - names of ours
            for rows in _rows(source, table):
                total.add(table, rows)
                target.connection.executemany(sql, map(adapt, rows))
                tell(total.rows)
    return total.digest


def table_digest(db: BaseDatabaseWrapper, table: CopiedTable) -> TableDigest:
    """What is in a table, to compare it with the same one elsewhere."""
    total = _Sum()
    for rows in _rows(db, table):
        total.add(table, rows)
    return total.digest


def copy_next_ids(
    source: BaseDatabaseWrapper, target: BaseDatabaseWrapper, tables: Iterable[CopiedTable]
) -> None:
    """New rows get the ids that they would have got in the source: that of a deleted row is never given again."""
    for table in tables:
        field = next((one for one in table.fields if one.primary_key), None)
        if field is None or not field.get_internal_type().endswith("AutoField"):
            continue
        last = _last_id(source, table, str(field.column))
        with transaction.atomic(using=target.alias), target.cursor() as cursor:
            if target.vendor == "postgresql":
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                    [f'"{table.name}"', field.column, max(last, 1), last > 0],
                )
            elif last:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table.name, last])


def _last_id(db: BaseDatabaseWrapper, table: CopiedTable, column: str) -> int:
    with db.cursor() as cursor:
        if db.vendor == "postgresql":
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{table.name}"', column])
            sequence = cursor.fetchone()[0]
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608 - PostgreSQL's name
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table.name])
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class _Sum:
    """A digest that grows."""

    def __init__(self) -> None:
        self.rows = self._sum = 0

    def add(self, table: CopiedTable, rows: Sequence[Row]) -> None:
        json_places = [n for n, one in enumerate(table.fields) if _kind(one) == "JSONField"]
        for row in rows:
            values = list(row)
            for place in json_places:
                values[place] = _same_json(values[place])
            self._sum += int.from_bytes(blake2b(repr(values).encode(), digest_size=16).digest())
        self.rows += len(rows)

    @property
    def digest(self) -> TableDigest:
        return TableDigest(self.rows, self._sum % 2**128)


def _rows(db: BaseDatabaseWrapper, table: CopiedTable) -> Iterator[list[Row]]:
    """All rows, some at a time, with values that are the same from both databases; JSON stays text."""
    alike = _converter(table, _READERS)
    with transaction.atomic(using=db.alias), db.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {table.columns} FROM "{table.name}"')  # noqa: S608 - names of ours
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield [alike(row) for row in rows]


def _kind(field: "Field[Any, Any]") -> str:
    """The type of a column as Django names it, that of what a foreign key points to."""
    target = getattr(field, "target_field", field)
    return str(target.get_internal_type())


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_READERS: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": _in_utc,
    "BooleanField": bool,
    "BinaryField": bytes,
    "GenericIPAddressField": str,
}
"""What makes a value the same from both; the others are."""


def _same_number(text: str) -> str:
    return format(Decimal(text).normalize(), "f")


_parse_json = partial(json.loads, parse_int=_same_number, parse_float=_same_number)


def _same_json(text: str | None) -> str | None:
    """PostgreSQL orders keys and writes numbers in its own way."""
    return None if text is None else json.dumps(_parse_json(text), sort_keys=True)


def _adapters(target: BaseDatabaseWrapper, table: CopiedTable) -> Callable[[Row], Row]:
    """What turns the values of a row into those that the database takes."""
    return _converter(table, {} if target.vendor == "postgresql" else _SQLITE_TEXTS)


_SQLITE_TEXTS: dict[str, Callable[[Any], Any]] = {
    "DateTimeField": lambda at: str(at.replace(tzinfo=None)),
    "DateField": str,
}


def _converter(
    table: CopiedTable, by_kind: dict[str, Callable[[Any], Any]]
) -> Callable[[Row], Row]:
    """What changes the values of a row by the kinds of their columns; null stays null."""
    places = [
        (n, by_kind[kind]) for n, one in enumerate(table.fields) if (kind := _kind(one)) in by_kind
    ]

    def convert(row: Row) -> Row:
        values = list(row)
        for place, change in places:
            if values[place] is not None:
                values[place] = change(values[place])
        return tuple(values)

    return convert if places else lambda row: row


def unknown_tables(db: BaseDatabaseWrapper, known: Iterable[CopiedTable]) -> list[str]:
    """Tables that are none of the product's: nothing of them is copied."""
    ours = {table.name for table in known}
    return sorted(set(db.introspection.table_names()) - ours)
