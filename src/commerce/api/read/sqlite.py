"""Reading for the API from SQLite: one statement that gives one row.

Its driver lets go of Python's lock for each row that it reads, and threads that fight for it made a page half as dear
again: so the rows come as one JSON array.
"""

from datetime import date, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BooleanField, DateField, DateTimeField

from commerce.api.read.statement import Found, ReadQueries, ReadStatement
from commerce.db import statement_timeouts
from commerce.db.compiled import CompiledColumn


class SqliteStatement[Caller](ReadStatement[Caller]):
    """Who asks, the count, and the rows of the page, as three values of one row."""

    def __init__(
        self, caller_type: type[Caller], queries: ReadQueries, *, prepared: bool = True
    ) -> None:
        super().__init__(caller_type)
        caller, count, page = queries.caller, queries.count, queries.page
        who = _json_array("caller", caller.columns)
        total = f"({count.text(_placeholder)})" if count else "0"
        rows = "'[]'"
        self._decode_rows = msgspec.json.Decoder(list[Any]).decode
        if page:
            found = _json_array("page", page.columns)
            text = queries.page_text(_placeholder)
            rows = f"(SELECT json_group_array({found}) FROM ({text}) page)"  # noqa: S608 - compiled from QuerySets alone
            row = tuple.__class_getitem__(tuple(_kind(one) for one in page.columns))
            self._decode_rows = msgspec.json.Decoder(list[row], strict=False).decode  # type: ignore[valid-type]
        self.sql = f"SELECT {who}, {total}, {rows} FROM ({caller.text(_placeholder)}) caller"  # noqa: S608

    def fetch(self, values: dict[str, Any]) -> Found | None:
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        statement_timeouts.limit_this_thread(settings.COMMERCE_API_STATEMENT_SECONDS)
        found = database.connection.execute(self.sql, values).fetchone()
        if found is None:
            return None
        caller, total, rows = found
        return caller, total, self._decode_rows(rows)


def _placeholder(name: str) -> str:
    return f":{name}"


def _json_array(table: str, columns: list[CompiledColumn]) -> str:
    """A row as JSON. Instants are stored as text without a zone, and are in UTC."""
    values = ", ".join(
        f"{table}.{one.name} || 'Z'"
        if isinstance(one.field, DateTimeField)
        else f"{table}.{one.name}"
        for one in columns
    )
    return f"json_array({values})"


def _kind(column: CompiledColumn) -> Any:
    """What a stored value stands for, where JSON alone does not say it."""
    kinds = {DateTimeField: datetime | None, DateField: date | None, BooleanField: bool | None}
    return next((kind for field, kind in kinds.items() if isinstance(column.field, field)), Any)
