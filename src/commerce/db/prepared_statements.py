"""What the database need not do again for each of ten thousand rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def prepared_statements() -> Iterator[None]:
    """Have PostgreSQL parse and plan a statement that comes again and again once: nearly half of its work for a row.

    Needs a connection of our own, as the lock of the run does: at a rollback the driver drops all that was prepared on
    it, by whomever. So nothing inside somebody's transaction. SQLite plans in no time.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    from django.db.backends.postgresql.base import ServerBindingCursor

    connection.ensure_connection()
    ours = connection.connection
    before = ours.cursor_factory, ours.prepare_threshold
    ours.cursor_factory, ours.prepare_threshold = ServerBindingCursor, 5
    try:
        yield
    finally:
        ours.cursor_factory, ours.prepare_threshold = before
