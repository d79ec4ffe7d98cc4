"""Reading for the API from PostgreSQL: one prepared statement, one round trip."""

import hashlib
from threading import local
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format

from commerce.api.read.statement import Found, ReadQueries, ReadStatement, StoredRow
from commerce.db import statement_timeouts
from commerce.db.compiled import CompiledQuery
from commerce.db.outages import outage_kind

_GONE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.NotSupportedError,  # a migration changed a type under the prepared statement
)
_DROPPED = psycopg.errors.InvalidSqlStatementName
"""The driver at a rollback, somebody, or a pooler dropped what was prepared."""

_here = local()


class PostgresqlStatement[Caller](ReadStatement[Caller]):
    """Rows of one statement: who asks beside the count, and those of the page.

    Who asks is one JSON value. As a column for each of its values, empty in the rows of the page, it cost a tenth of
    the whole statement. The rows of the page stay binary, which costs less than JSON here.
    """

    def __init__(
        self, caller_type: type[Caller], queries: ReadQueries, *, prepared: bool = True
    ) -> None:
        super().__init__(caller_type)
        self._names: list[str] = []
        self.sql = self._fused(queries)
        # By its text: a statement that is made anew takes no second place in each connection.
        digest = hashlib.blake2b(self.sql.encode(), digest_size=16).hexdigest()
        self._name = f"commerce_{digest}".encode() if prepared else None

    def _fused(self, queries: ReadQueries) -> str:
        """The row of who asks has the count where the others have their id."""
        who = self._text(queries.caller)
        values = ", ".join(f"caller.{column.name}" for column in queries.caller.columns)
        total = f"({self._text(queries.count)})" if queries.count else "0"
        page = queries.page
        nothing = "".join(f", NULL AS {one.name}" for one in page.columns[1:]) if page else ""
        sql = (
            f"WITH caller AS MATERIALIZED ({who}) "  # noqa: S608 - compiled from QuerySets alone
            f"SELECT {total}{nothing}, json_build_array({values})::text AS caller FROM caller"
        )
        if page is None:
            return sql
        rows = queries.page_text(self._placeholder)
        return f"{sql} UNION ALL SELECT page.*, NULL FROM ({rows}) page"  # noqa: S608

    def _text(self, query: CompiledQuery) -> str:
        return query.text(self._placeholder)

    def _placeholder(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"

    def fetch(self, values: dict[str, Any]) -> Found | None:
        rows = self._rows([str(values[name]).encode() for name in self._names])
        if not rows:
            return None
        who = 0  # nearly always
        while rows[who][-1] is None:
            who += 1
            if who == len(rows):  # of rows that are no client's, and that nobody asks for
                return None
        row = rows.pop(who)
        return row[-1], row[0], rows

    def _rows(self, values: list[bytes]) -> list[StoredRow]:
        """The rows; a connection that was lost, or what it had prepared, is made anew once: this only reads."""
        for last_try in (False, True):
            try:
                return self._execute(_session(), values)
            except (*_GONE, _DROPPED) as error:
                database = connections[DEFAULT_DB_ALIAS]
                if last_try or database.in_atomic_block or outage_kind(error) not in (None, "away"):
                    raise
                if isinstance(error, _DROPPED):
                    _session().prepared.clear()
                else:
                    database.close()
        raise AssertionError

    def _execute(self, session: "PreparedSession", values: list[bytes]) -> list[StoredRow]:
        """One round trip of the driver's lowest level, which its cursors need half as much time again for.

        In a write the driver prepares (``prepared_statements``), this statement as well: what it drops at a rollback
        to a savepoint could not be made anew inside of the transaction.
        """
        if issubclass(session.raw.cursor_factory, ServerBindingCursor):
            cursor = psycopg.RawCursor(session.raw)
            given = [one.decode() for one in values]
            return cursor.execute(self.sql.encode(), given, binary=True).fetchall()
        server = session.raw.pgconn
        if self._name is None:
            result = server.exec_params(self.sql.encode(), values, result_format=Format.BINARY)
        else:
            if self._name not in session.prepared:
                _checked(server, server.prepare(self._name, self.sql.encode()))
                session.prepared.add(self._name)
            result = server.exec_prepared(self._name, values, None, Format.BINARY)
        _checked(server, result)
        session.reader.set_pgresult(result, set_loaders=True, format=Format.BINARY)
        return session.reader.load_rows(0, result.ntuples, tuple)


class PreparedSession:
    """What this thread keeps of its connection: which statements the server has prepared, and how rows are read."""

    def __init__(self, database: BaseDatabaseWrapper) -> None:
        self.database = database
        self.raw: psycopg.Connection[Any] = database.connection
        self.prepared: set[bytes] = set()
        self.reader = Transformer(self.raw)
        if settings.COMMERCE_API_STATEMENT_SECONDS:
            statement_timeouts.limit_connection(self.raw, settings.COMMERCE_API_STATEMENT_SECONDS)


def _session() -> PreparedSession:
    """This thread's, for the connection that its Django has now; to ask Django for it each time costs 2 µs."""
    session: PreparedSession | None = getattr(_here, "session", None)
    if session is None or session.database.connection is not session.raw:
        database = connections[DEFAULT_DB_ALIAS]
        database.ensure_connection()
        session = _here.session = PreparedSession(database)
    return session


def _checked(server: Any, result: Any) -> Any:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    if server.status != ConnStatus.OK:
        raise psycopg.OperationalError("the connection to the database was lost")
    raise error_from_result(result)
