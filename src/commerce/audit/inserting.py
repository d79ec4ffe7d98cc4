"""New rows by statements that are kept: to put one together takes Django longer than the database to carry it out.

For rows that are written by the thousand; elsewhere ``create`` and ``bulk_create`` say the same (decision 0039).
"""

from functools import cache
from itertools import batched
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

_MOST_VALUES = 30_000
"""In one statement; SQLite takes 32,766, PostgreSQL 65,535."""


def insert(*rows: Model, ignore_conflicts: bool = False) -> None:
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
                [
                    field.get_db_prep_save(field.pre_save(row, True), connection)
                    for row in batch
                    for field in fields
                ],
            )
            if not ignore_conflicts:
                for row, (key,) in zip(batch, cursor.fetchall(), strict=True):
                    row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _statement(model: type[Model]) -> tuple[list[Any], str, str, str]:
    """The fields that are written, and the parts of the statement: up to the rows, one of them, and after them."""
    meta = model._meta
    fields = [one for one in meta.local_concrete_fields if one is not meta.pk and not one.generated]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    head = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES '  # noqa: S608 - names of our tables
    return fields, head, f"({', '.join(['%s'] * len(fields))})", f' RETURNING "{meta.pk.column}"'
