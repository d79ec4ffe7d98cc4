"""Which transaction wrote a row: a stamp in it, which triggers compare with that of the transaction they run in
(decision 158).

PostgreSQL knows its transactions by number; a restored database counts anew, so the instant of the beginning stands
beside it. SQLite has no name for one. There the stamp is the revision of the row that carries it, which every change of
hand raises, and Python knows whether it has stamped that row before in the transaction.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func
from django.db.models.sql.compiler import SQLCompiler

TRANSACTION_STAMP = "{transaction stamp}"
"""Stands in the SQL of a trigger for the stamp that the row ``c`` has if this transaction wrote it."""
POSTGRESQL_STAMP = "pg_current_xact_id()::text || '-' || extract(epoch FROM now())::text"
SQLITE_STAMP = "c.revision"


class TransactionNumber(Func):
    """The number of the transaction that writes a row, as the default of a column, so that whoever writes it leaves it
    there; 0 on SQLite, where one transaction after the other writes.
    """

    template = "0"
    output_field = BigIntegerField()

    def as_postgresql(
        self, _compiler: SQLCompiler, _connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """Without the epoch it would begin anew after 4 thousand million."""
        return "pg_current_xact_id()::text::bigint", []


class _Stamped:
    """Stands among what Django runs at the commit, from which it goes with the transaction, or with the savepoint that
    is rolled back. It does nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        pass


def stamp_to_write() -> str:
    """The stamp, in an UPDATE that raises the row's revision by one."""
    is_postgresql = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    return POSTGRESQL_STAMP if is_postgresql else "revision + 1"


def is_same_transaction(name: str) -> tuple[str, list[Any]]:
    """Whether a row, which ``name`` tells from all others, was stamped in this transaction before: a condition of its
    next UPDATE, and the values in it.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        return f"event_stamp = {POSTGRESQL_STAMP}", []
    before = any(
        isinstance(one, _Stamped) and one.name == name for _, one, *_ in database.run_on_commit
    )
    if not before:
        transaction.on_commit(_Stamped(name))
    return "%s", [before]
