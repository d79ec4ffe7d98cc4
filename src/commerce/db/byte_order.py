"""Text in the order of its bytes on both databases: all that begins with a text is one range of its index."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    TextOfModel = models.TextField[str, str]
else:
    TextOfModel = models.TextField


class ByteOrderedField(TextOfModel):
    """Text with the collation ``C`` on PostgreSQL; SQLite compares bytes anyway."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """With the collation for this database."""
        found = super().db_parameters(connection)
        return found | {"collation": "C"} if connection.vendor == "postgresql" else found
