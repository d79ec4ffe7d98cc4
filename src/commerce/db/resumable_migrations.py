"""Migrations that were stopped in the middle, as by a kill, go on when they are run again (decision 0176)."""

import re
from typing import Any, override

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.migrations import Migration, RunPython

_WHETHER_IT_IS_THERE = (
    (r"\bADD CONSTRAINT %\(name\)s", "DROP CONSTRAINT IF EXISTS %(name)s, ADD CONSTRAINT %(name)s"),
    (r"\bDROP (CONSTRAINT|COLUMN) (?=%)", r"DROP \1 IF EXISTS "),
    (r"\bADD COLUMN (?=%)", "ADD COLUMN IF NOT EXISTS "),
    (r"\bDROP TABLE (?=%)", "DROP TABLE IF EXISTS "),
    (r"\bCREATE (TABLE|INDEX|UNIQUE INDEX) (?=%)", r"CREATE \1 IF NOT EXISTS "),
)


class ResumableSchemaEditor(DatabaseSchemaEditor):
    """PostgreSQL's, whose statements outside of a transaction may have been run before."""

    @override
    def __init__(
        self, connection: BaseDatabaseWrapper, collect_sql: bool = False, atomic: bool = True
    ) -> None:
        super().__init__(connection, collect_sql, atomic)
        if atomic:
            return
        for name in dir(self):
            if name.startswith("sql_") and isinstance(statement := getattr(self, name), str):
                for strict, resumable in _WHETHER_IT_IS_THERE:
                    statement = re.sub(strict, resumable, statement)
                setattr(self, name, statement)


def make_resumable(migration: Migration, connection: Any) -> None:
    """Have a migration that is not atomic begin anew where it was stopped.

    On PostgreSQL each statement looks whether its work is done. SQLite, where nothing is gained by the lack of a
    transaction, gets one; but for code, which commits what it did in parts and sees itself what is left.
    """
    if connection.vendor == "postgresql":
        connection.SchemaEditorClass = ResumableSchemaEditor
    elif not any(isinstance(operation, RunPython) for operation in migration.operations):
        vars(migration)["atomic"] = True  # of this one alone, where Django reads it
