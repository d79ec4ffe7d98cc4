"""SQLite as Django speaks to it, but for what each statement costs; Django looks for a file of this name."""

from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as DjangoOperations

from commerce.db.backends.model_columns import SelectCompiler


class CursorWrapper(base.SQLiteCursorWrapper):
    """Django's, which looks for placeholders with an expression that takes 14 µs for the columns of a service."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        """The statement with SQLite's placeholders in place of Python's."""
        if param_names is None and "%%" not in query:
            return query.replace("%s", "?")
        return super().convert_query(query, param_names=param_names)


class DatabaseOperations(DjangoOperations):
    """Those of Django, with a compiler of SELECT of our own."""

    def compiler(self, compiler_name: str) -> Any:
        """The class that compiles a kind of statement."""
        return SelectCompiler if compiler_name == "SQLCompiler" else super().compiler(compiler_name)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection."""

    ops_class = DatabaseOperations

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of this connection."""
        return self.connection.cursor(factory=CursorWrapper)
