"""What is in the database, table by table: to see that nothing was written, or that everything is there."""

import hashlib
from collections.abc import Container
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model


def table_digests(*, without: Container[str] = (), apart: Container[str] = ()) -> dict[str, str]:
    """A digest of all rows of each table, but for the columns ``apart``, by the model's label."""
    return {
        model._meta.label: hashlib.sha256(
            repr(
                [
                    {name: value for name, value in row.items() if name not in apart}
                    for row in stored_rows(model)
                ]
            ).encode()
        ).hexdigest()
        for model in apps.get_models()
        if not model._meta.proxy and model._meta.label not in without
    }


def stored_rows(model: type[Model]) -> list[dict[str, Any]]:
    """The rows of a table as they are stored, by their keys.

    In our own words: for 140 tables Django puts statements together for 70 ms, which is ten times what they take.
    """
    names, statement = _statement(model)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    return [
        {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in found
    ]


@cache
def _statement(model: type[Model]) -> tuple[list[str], str]:
    """The fields of a model, and what asks for all of them."""
    fields = model._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table, key = model._meta.db_table, model._meta.pk.column
    names = [field.attname for field in fields]
    return names, f'SELECT {columns} FROM "{table}" ORDER BY "{key}"'
