"""PostgreSQL as Django speaks to it, but for the compiler of SELECT; Django looks for a file of this name."""

from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangoOperations

from commerce.db.backends.model_columns import SelectCompiler


class DatabaseOperations(DjangoOperations):
    """Those of Django, with a compiler of SELECT of our own."""

    def compiler(self, compiler_name: str) -> Any:
        """The class that compiles a kind of statement."""
        return SelectCompiler if compiler_name == "SQLCompiler" else super().compiler(compiler_name)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection."""

    ops_class = DatabaseOperations
