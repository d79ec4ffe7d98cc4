"""New rows by statements that are kept: to put one together takes Django longer than the database to carry it out.

For rows that are written by the thousand; elsewhere ``create`` and ``bulk_create`` say the same (decision 0039).
"""

from collections.abc import Iterable
from functools import cache
from itertools import batched
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

_MOST_VALUES = 30_000
"""In one statement; SQLite takes 32,766, PostgreSQL 65,535."""


def insert_rows(*rows: Model, ignore_conflicts: bool = False) -> None:
    """Write new rows of one model; each gets its key. What they refer to must have been written before.

    With ``ignore_conflicts`` a row that is there already is left out, and no row gets a key. Raises what
    ``bulk_create`` raises.
    """
    if not rows:
        return
    fields, head, values, tail = _statement(type(rows[0]))
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else tail
    # The database itself: the name `connection` of Django looks it up for each value.
    connection = connections[DEFAULT_DB_ALIAS]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for batch in batched(rows, _MOST_VALUES // len(fields)):
            cursor.execute(
                head + ", ".join([values] * len(batch)) + end,
                _values(batch, fields, connection),
            )
            if not ignore_conflicts:
                for row, (key,) in zip(batch, cursor.fetchall(), strict=True):
                    row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def insert_if_new(row: Model) -> bool:
    """Write a new row, which gets its key, unless one is there that it conflicts with; whether it was written."""
    fields, head, values, tail = _statement(type(row))
    connection = connections[DEFAULT_DB_ALIAS]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            f"{head}{values} ON CONFLICT DO NOTHING{tail}", _values([row], fields, connection)
        )
        written = cursor.fetchall()
    for (key,) in written:
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
    return bool(written)


def _values(rows: Iterable[Model], fields: list[Any], connection: Any) -> list[Any]:
    """What is stored of these rows, one after the other."""
    return [
        field.get_db_prep_save(field.pre_save(row, True), connection)
        for row in rows
        for field in fields
    ]


@cache
def _statement(model: type[Model]) -> tuple[list[Any], str, str, str]:
    """The fields that are written, and the parts of the statement: up to the rows, one of them, and after them."""
    meta = model._meta
    fields = [one for one in meta.local_concrete_fields if one is not meta.pk and not one.generated]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    head = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES '  # noqa: S608 - names of our tables
    return fields, head, f"({', '.join(['%s'] * len(fields))})", f' RETURNING "{meta.pk.column}"'
