"""What the database is asked, seen at its driver: the API does not ask through Django's cursors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from commerce.api.read.postgresql import PostgresqlStatement


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL of each statement of this thread's connection until the block ends, with its values on SQLite."""
    seen: list[str] = []
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        _ = connection.features.supports_json_field  # Django asks the database once in each process
        connection.connection.set_trace_callback(seen.append)
        try:
            yield seen
        finally:
            connection.connection.set_trace_callback(None)
        return
    execute = PostgresqlStatement._execute

    def noted(self: Any, raw: Any, values: Any) -> Any:
        seen.append(self.sql)
        return execute(self, raw, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PostgresqlStatement, "_execute", noted)
        yield seen
