"""SQL that Django compiles once for each process: written as QuerySets, kept as text, run with the caller's values.

Building SQL is 41 % of the time of an ordinary ORM view; giving the text to the driver leaves the database's time and
little else. A renamed field still fails at once, and both databases are served from one definition.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import partial
from itertools import count
from threading import local
from typing import Any, NamedTuple

import msgspec
import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Aggregate, DateField, DateTimeField, IntegerField, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format

from commerce.db import statement_timeouts
from commerce.db.outages import outage_kind

_CALLER_CLIENT = "(SELECT client_id FROM caller)"
TOKEN_CLIENT: Any = RawSQL(_CALLER_CLIENT, ())  # noqa: S611 - a constant
"""Stands in a QuerySet for the client whose token asks: ``Service.objects.for_client(TOKEN_CLIENT)``."""

# Values that no caller can send; where one turns up in compiled SQL, the caller's own value goes.
LIMIT, OFFSET, ROW_ID = 600_000_001, 700_000_002, 800_000_000_000_003
TOKEN_HASH = "\x00the token's hash\x00"
SINCE = datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
AFTER_AT, AFTER_ID = datetime(1, 2, 3, 4, 5, 6, 8, tzinfo=UTC), 900_000_000_000_004


type StoredRow = tuple[Any, ...]


class InSubquery(In):
    """``pk`` is one of the rows of a subquery, which runs once; as an array on PostgreSQL, which then needs no join."""

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        sql, params = self.as_sql(compiler, connection)
        before, _, subquery = sql.partition(" IN ")
        return f"{before} = ANY(ARRAY{subquery})", params


class JsonRows(Aggregate):
    """The rows of a group as one JSON array, in no particular order; NULL when there are none."""

    function = "JSON_AGG"
    name = "JsonRows"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_GROUP_ARRAY", **context)


class QueryParam(str):
    """The name of a value that the caller brings."""

    __slots__ = ()


class CompiledQuery:
    """One compiled QuerySet: its text, its values or slots in order, and converters of stored columns by position."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        adapted = connection.ops.adapt_datetimefield_value
        slots = {
            TOKEN_HASH: QueryParam("hash"),
            ROW_ID: QueryParam("id"),
            AFTER_ID: QueryParam("after_id"),
            adapted(SINCE): QueryParam("since"),
            adapted(AFTER_AT): QueryParam("after_at"),
        }
        self.args: list[Any] = [slots.get(value, value) for value in params]
        self._write_constants()
        for number, name in ((LIMIT, "limit"), (OFFSET, "offset")):
            self._cut(str(number), QueryParam(name))
        columns = compiler.get_converters([column[0] for column in compiler.select])
        self.names = [column[2] for column in compiler.select]
        self._kinds = [_kind(column[0]) for column in compiler.select]
        found = {
            position: _plain(converts, expression)
            for position, (converts, expression) in columns.items()
        }
        self.converters = {position: each for position, each in found.items() if each}

    def _write_constants(self) -> None:
        """Write states and switches into the text.

        SQLite compiles a statement anew for each value that it compares with the condition of a partial index: who
        asks took 0.043 ms with its constants bound, and 0.006 ms with them written.
        """
        pieces, args = self.sql.split("%s"), self.args
        self.sql, self.args = pieces[0], []
        for arg, piece in zip(args, pieces[1:], strict=True):
            plain = arg.value if isinstance(arg, Enum) else arg
            if type(plain) is bool:
                written = str(plain).lower()
            elif type(plain) is str and _STATE.fullmatch(plain):
                written = f"'{plain}'"
            else:
                written = "%s"
                self.args.append(arg)
            self.sql += written + piece

    def _cut(self, number: str, slot: QueryParam) -> None:
        # Django writes the two numbers of a slice into the text; here they become values like all others.
        before, found, after = self.sql.partition(number)
        if found:
            self.args.insert(before.count("%s"), slot)
            self.sql = f"{before}%s{after}"

    def gather(self) -> None:
        """All rows as one JSON array, which ``read_gathered`` reads; for SQLite.

        Its driver lets go of Python's lock for each row that it reads, and threads that fight for it made a page half
        as dear again. Instants and days are read on the way, in a third of the time that they take afterwards.
        """
        columns, kinds = [], []
        for name, kind in zip(("sort_at", *self.names), (Any, *self._kinds), strict=True):
            columns.append(f"page.{name} || 'Z'" if kind is datetime else f"page.{name}")
            kinds.append(kind if kind is Any else kind | None)
        row = ", ".join(columns)
        self.sql = f"SELECT json_group_array(json_array({row})) FROM ({self.sql}) page"  # noqa: S608 - compiled from QuerySets alone
        self.bind_client()
        self.read_gathered = msgspec.json.Decoder(list[tuple[*kinds]]).decode  # type: ignore[valid-type]
        self.converters = {i: c for i, c in self.converters.items() if self._kinds[i] is Any}

    def drop_sort_key(self) -> None:
        """Leave out the first column: only the database needs it."""
        self.names, self._kinds = self.names[1:], self._kinds[1:]
        self.converters = {i - 1: c for i, c in self.converters.items() if i}

    def bind_client(self) -> None:
        """Take the owner as a value, where it stood as a look into ``caller``; for SQLite's placeholders."""
        self.sql = self.sql.replace("%s", "?").replace("%%", "%")
        while _CALLER_CLIENT in self.sql:
            before, _, after = self.sql.partition(_CALLER_CLIENT)
            self.args.insert(before.count("?"), QueryParam("client"))
            self.sql = f"{before}?{after}"

    def convert_rows(self, rows: list[StoredRow]) -> list[StoredRow]:
        """Stored values as Python values."""
        if not self.converters:
            return rows
        steps = [(i, one) for i, each in self.converters.items() for one in each]
        changed = []
        for row in rows:
            values = list(row)
            for position, convert in steps:
                values[position] = convert(values[position])
            changed.append(tuple(values))
        return changed


def _kind(expression: Any) -> Any:
    """What a stored text stands for, if it is an instant or a day."""
    stored = getattr(expression, "output_field", None)
    if isinstance(stored, DateTimeField):
        return datetime
    return date if isinstance(stored, DateField) else Any


def _plain(converts: Sequence[Any], expression: Any) -> list[Any]:
    """Converters of a stored value alone; instants and days of SQLite by the standard library, which is faster."""
    kind = _kind(expression)
    if kind is datetime:
        return [lambda text: text and datetime.fromisoformat(text).replace(tzinfo=UTC)]
    if kind is date:
        return [lambda text: text and date.fromisoformat(text)]
    if isinstance(getattr(expression, "output_field", None), IntegerField):
        return []
    return [partial(_converted, convert, expression) for convert in converts]


def _converted(convert: Any, expression: Any, value: Any) -> Any:
    return convert(value, expression, connection)


class ReadResult(NamedTuple):
    """What a statement found: the row of ``caller`` (None when there is none), the count, the rows of the page.

    ``first_place`` is the place of the first of them in the list: its sort key as the database has it, and its id.
    """

    caller_row: StoredRow | None
    total: int
    rows: Sequence[StoredRow]
    first_place: tuple[Any, int] | None = None


class ReadStatement:
    """Who asks, how many rows there are, and the rows of a page, in one snapshot: the revision belongs to the rows.

    On PostgreSQL it is one prepared statement and one round trip. SQLite has no round trips, and takes a third longer
    for the fused statement than for who asks and then, with the client as a value, the rest: there it is these two, in
    one read transaction. Each call of its driver lets go of Python's lock, so there are no more of them than needed.
    """

    def __init__(
        self,
        token_query: QuerySet[Any, Any],
        *,
        count: QuerySet[Any, Any] | None = None,
        page: QuerySet[Any, Any] | None = None,
    ) -> None:
        self._caller = CompiledQuery(token_query)
        self._count = None if count is None else CompiledQuery(count)
        self._page = None if page is None else CompiledQuery(page)
        if self._page is not None:
            self._page.drop_sort_key()
        self._is_sqlite = connection.vendor == "sqlite"
        if self._is_sqlite:
            self._caller.sql = _bare("caller", self._caller.names, self._caller.sql)
            if self._count is not None:
                self._count.bind_client()
            if self._page is not None:
                self._page.gather()
            total = "0" if self._count is None else f"({self._count.sql})"
            rows = "'[]'" if self._page is None else f"({self._page.sql})"
            parts = [part for part in (self._count, self._page) if part is not None]
            self._sql = f"SELECT {total}, {rows}" if parts else ""
            self._args = [arg for part in parts for arg in part.args]
        else:
            parts = [part for part in (self._caller, self._count, self._page) if part is not None]
            self._args = [
                arg if type(arg) is QueryParam else str(arg).encode()
                for part in parts
                for arg in part.args
            ]
            self._sql = _numbered(self._fused())
            self._name = b"commerce_%d" % next(_names)

    def _fused(self) -> str:
        """A row of who asks, with the count; under it the rows of the page, each with NULL for the other's columns."""
        total = "0" if self._count is None else f"({self._count.sql})"
        sql = f"WITH caller AS MATERIALIZED ({self._caller.sql}) SELECT caller.*, {total} AS total"
        if self._page is None:
            return f"{sql} FROM caller"
        names = ["sort_at", *self._page.names]
        nothing = ", ".join("NULL" for _ in range(len(self._caller.names) + 1))
        mine = ", ".join(f"page.{name}" for name in names)
        rows = f"SELECT {nothing}, {mine} FROM ({self._page.sql}) page"  # noqa: S608 - compiled from QuerySets alone
        names = [f"NULL AS {name}" for name in names]
        return (
            f"{sql}, {', '.join(names)} FROM caller UNION ALL {rows}"
            " ORDER BY pk, sort_at DESC, sort_id DESC"
        )

    def run(self, values: dict[str, Any]) -> ReadResult:
        """Run with the caller's values by name."""
        if self._is_sqlite:
            return self._run_parts(values)
        rows = self._fetch(_filled(self._args, values))
        if not rows:
            return NO_RESULT
        caller, width = rows[0], len(self._caller.names)
        found: list[StoredRow] = []
        first = None
        if self._page is not None and len(rows) > 1:
            first = rows[1][width + 1], rows[1][width + 2]
            found = self._page.convert_rows([row[width + 2 :] for row in rows[1:]])
        return ReadResult(
            self._caller.convert_rows([caller[:width]])[0], caller[width], found, first
        )

    def _fetch(self, args: list[Any]) -> list[StoredRow]:
        """The rows; a connection that was lost, or what it had prepared, is made anew once: this only reads."""
        database = connections[DEFAULT_DB_ALIAS]
        for last_try in (False, True):
            database.ensure_connection()
            try:
                return self._execute(database.connection, args)
            except _GONE as error:
                if last_try or database.in_atomic_block or outage_kind(error) not in (None, "away"):
                    raise
                database.close()
        raise AssertionError

    def _execute(self, raw: "psycopg.Connection[Any]", args: list[Any]) -> list[StoredRow]:
        """One round trip of the driver's lowest level, which its cursors need half as much time again for."""
        session, server = _session(raw), raw.pgconn
        if self._name not in session.prepared:
            _checked(server, server.prepare(self._name, self._sql.encode()))
            session.prepared.add(self._name)
        sent = [value if type(value) is bytes else str(value).encode() for value in args]
        result = _checked(server, server.exec_prepared(self._name, sent, None, Format.BINARY))
        session.reader.set_pgresult(result, set_loaders=True, format=Format.BINARY)
        return session.reader.load_rows(0, result.ntuples, tuple)

    def _run_parts(self, values: dict[str, Any]) -> ReadResult:
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        statement_timeouts.limit_this_thread(settings.COMMERCE_API_STATEMENT_SECONDS)
        raw: Any = database.connection
        alone = self._sql and not raw.in_transaction
        if alone:
            raw.execute("BEGIN")
        try:
            caller = raw.execute(self._caller.sql, _filled(self._caller.args, values)).fetchone()
            if caller is None:
                return NO_RESULT
            total, gathered = 0, "[]"
            if self._sql:
                filled = _filled(self._args, {**values, "client": caller[1]})
                total, gathered = raw.execute(self._sql, filled).fetchone()
        finally:
            if alone:
                raw.execute("COMMIT")
        found: list[StoredRow] = []
        first = None
        if self._page is not None and (read := self._page.read_gathered(gathered)):
            read.sort(reverse=True)
            first = read[0][0], read[0][1]
            found = self._page.convert_rows([row[1:] for row in read])
        return ReadResult(self._caller.convert_rows([caller])[0], total, found, first)


_GONE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.NotSupportedError,  # a migration changed a type under the prepared statement
    psycopg.errors.InvalidSqlStatementName,  # somebody, or a pooler, dropped what was prepared
)

NO_RESULT = ReadResult(None, 0, [])

_STATE = re.compile(r"[a-z_]+")
_names = count(1)
_here = local()


class PreparedSession:
    """What this thread keeps of its connection: which statements the server has prepared, and how rows are read."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self.prepared: set[bytes] = set()
        self.reader = Transformer(raw)
        if settings.COMMERCE_API_STATEMENT_SECONDS:
            statement_timeouts.limit_connection(raw, settings.COMMERCE_API_STATEMENT_SECONDS)


def _session(raw: "psycopg.Connection[Any]") -> PreparedSession:
    session: PreparedSession | None = getattr(_here, "session", None)
    if session is None or session.raw is not raw:
        session = _here.session = PreparedSession(raw)
    return session


def _checked(server: Any, result: Any) -> Any:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if server.status != ConnStatus.OK:
        raise psycopg.OperationalError("the connection to the database was lost")
    raise error_from_result(result)


def _numbered(sql: str) -> str:
    """The text with PostgreSQL's own placeholders."""
    pieces = sql.split("%s")
    numbered = "".join(f"{piece}${n}" for n, piece in enumerate(pieces[:-1], start=1))
    return f"{numbered}{pieces[-1]}".replace("%%", "%")


def _filled(args: list[Any], values: dict[str, Any]) -> list[Any]:
    return [values[arg] if type(arg) is QueryParam else arg for arg in args]


def _bare(name: str, columns: Sequence[str], sql: str) -> str:
    """The columns of a part, each behind a plus, which hides its declared type: SQLite's driver would convert by it,
    in Python, slowly."""
    bare = ", ".join(f"+{name}.{column}" for column in columns)
    sql = f"SELECT {bare} FROM ({sql}) {name}"  # noqa: S608 - compiled from QuerySets alone
    return sql.replace("%s", "?").replace("%%", "%")
