"""The compilers of PostgreSQL; Django looks here for each by its name."""

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)

from commerce.db.backends.model_columns import KeepsModelColumns

__all__ = [
    "SQLAggregateCompiler",
    "SQLCompiler",
    "SQLDeleteCompiler",
    "SQLInsertCompiler",
    "SQLUpdateCompiler",
]


class SQLCompiler(KeepsModelColumns, compiler.SQLCompiler):
    """Of SELECT."""
