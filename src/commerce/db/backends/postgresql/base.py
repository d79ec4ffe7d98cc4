"""PostgreSQL as Django speaks to it, but for the compiler of SELECT; Django looks for a file of this name."""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangoOperations


class DatabaseOperations(DjangoOperations):
    """Those of Django, with compilers of our own."""

    compiler_module = "commerce.db.backends.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection."""

    ops_class = DatabaseOperations
