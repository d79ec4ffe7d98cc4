"""SQL that Django compiles once for each process: written as QuerySets, kept as text, run with the caller's values.

Building SQL is 41 % of the time of an ordinary ORM view; running the text on the driver's own cursor leaves the
database's time and little else. A renamed field still fails at once, and both databases are served from one definition.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from typing import Any

import psycopg
from django.db import connection
from django.db.models import Aggregate, DateField, DateTimeField, IntegerField, QuerySet, TextField
from django.db.models.expressions import RawSQL

OWNER: Any = RawSQL("(SELECT client_id FROM who)", ())
"""Stands in a QuerySet for the client whose token asks: ``Service.objects.for_client(OWNER)``."""

# Values that no caller can send; where one turns up in compiled SQL, the caller's own value goes.
LIMIT, OFFSET, ROW_ID = 600_000_001, 700_000_002, 800_000_000_000_003
HASH = "\x00the token's hash\x00"
SINCE = datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)


class JsonRows(Aggregate):
    """The rows of a group as one JSON array, in no particular order; NULL when there are none."""

    function = "JSON_AGG"
    name = "JsonRows"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


class Slot(str):
    """The name of a value that the caller brings."""

    __slots__ = ()


class Part:
    """One compiled QuerySet: its text, its values or slots in order, and converters of stored columns by position."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        slots = {
            HASH: Slot("hash"),
            ROW_ID: Slot("id"),
            SINCE: Slot("since"),
            connection.ops.adapt_datetimefield_value(SINCE): Slot("since"),
        }
        # Choices are strings of a class of their own, for which drivers have slow paths.
        plain = [value.value if isinstance(value, Enum) else value for value in params]
        self.args: list[Any] = [slots.get(value, value) for value in plain]
        for number, name in ((LIMIT, "limit"), (OFFSET, "offset")):
            self._cut(str(number), Slot(name))
        columns = compiler.get_converters([column[0] for column in compiler.select])
        self.width = len(compiler.select)
        self.converters = {
            position: _plain(converts, expression)
            for position, (converts, expression) in columns.items()
            # Rows are sorted by the database: their sort key is never read here.
            if compiler.select[position][2] != "sort_at"
        }

    def _cut(self, number: str, slot: Slot) -> None:
        # Django writes the two numbers of a slice into the text; here they become values like all others.
        before, found, after = self.sql.partition(number)
        if found:
            self.args.insert(before.count("%s"), slot)
            self.sql = f"{before}%s{after}"


def _plain(converts: Sequence[Any], expression: Any) -> list[Any]:
    """Converters of a stored value alone; instants and days of SQLite by the standard library, which is faster."""
    stored = getattr(expression, "output_field", None)
    if isinstance(stored, DateTimeField):
        return [lambda text: text and datetime.fromisoformat(text).replace(tzinfo=UTC)]
    if isinstance(stored, DateField):
        return [lambda text: text and date.fromisoformat(text)]
    if isinstance(stored, IntegerField):
        return []
    return [partial(_converted, convert, expression) for convert in converts]


def _converted(convert: Any, expression: Any, value: Any) -> Any:
    return convert(value, expression, connection)


class Statement:
    """One statement of a request: who asks, how many rows there are, and the rows of a page beside it.

    Each row of the answer has the columns of ``who``, the count (NULL when not asked for), and the page's columns, all
    NULL when the page is empty. One snapshot for all three: the revision belongs to the rows.
    """

    def __init__(
        self,
        who: QuerySet[Any, Any],
        *,
        count: QuerySet[Any, Any] | None = None,
        page: QuerySet[Any, Any] | None = None,
    ) -> None:
        asks = Part(who)
        sql, args, converters = "NULL", list(asks.args), dict(asks.converters)
        if count is not None:
            counted = Part(count)
            sql = f"({counted.sql})"
            args += counted.args
        sql = f"WITH who AS ({asks.sql}) SELECT who.*, {sql} AS total"
        if page is None:
            sql += " FROM who"
        else:
            rows = Part(page)
            sql += (
                f", page.* FROM who LEFT JOIN ({rows.sql}) page ON 1=1"
                " ORDER BY page.sort_at DESC, page.sort_id DESC"
            )
            args += rows.args
            converters |= {asks.width + 1 + i: c for i, c in rows.converters.items()}
        self._is_sqlite = connection.vendor == "sqlite"
        self._sql = sql.replace("%s", "?").replace("%%", "%") if self._is_sqlite else sql
        self._args = args
        self._converters = [(i, one) for i, each in converters.items() for one in each]

    def run(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run with the caller's values by name. A connection that was lost is made anew once: this only reads."""
        args = [values[arg] if type(arg) is Slot else arg for arg in self._args]
        try:
            rows = self._fetch(args)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if connection.in_atomic_block:
                raise
            connection.close()
            rows = self._fetch(args)
        return [self._convert(row) for row in rows] if self._converters else rows

    def _fetch(self, args: list[Any]) -> list[tuple[Any, ...]]:
        connection.ensure_connection()
        raw: Any = connection.connection
        if self._is_sqlite:
            found: list[tuple[Any, ...]] = raw.execute(self._sql, args).fetchall()
            return found
        with psycopg.Cursor(raw) as cursor:
            return cursor.execute(self._sql, args, prepare=True, binary=True).fetchall()

    def _convert(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for position, convert in self._converters:
            values[position] = convert(values[position])
        return tuple(values)
