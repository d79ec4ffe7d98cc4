"""What the database itself refuses: triggers on both databases, made from one definition (billing.md 2, invariant M13).

An app registers its guards when it is ready. ``install_triggers`` makes them after every ``migrate``;
``trigger_differences`` says what is missing or not as defined. Retention and erasure pass through only inside
``allow_retention()``.

SQLite drops a table's triggers when a migration rebuilds the table, and refuses the rebuilding while a trigger of
another table names it: there ``remove`` takes them away before the first migration runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TRIGGER_PREFIX = "guard_"
MARKER_TABLE = "commerce_retention"
"""SQLite: a row in this table lets a transaction through; PostgreSQL: the setting ``commerce.retention``."""

_BITS = {"row": 1, "before": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


@dataclass(frozen=True, slots=True)
class TriggerGuard:
    """Refuses ``event`` on rows of ``table`` for which ``condition`` holds: SQL over OLD and NEW for both databases.

    ``IS DISTINCT FROM`` is written as ``IS NOT`` for SQLite, whose older versions know only that.
    """

    table: str
    event: str
    condition: str
    message: str
    suffix: str = ""

    @property
    def name(self) -> str:
        """Name of the trigger, and on PostgreSQL of its function."""
        return f"{TRIGGER_PREFIX}{self.table}_{self.event.lower()}{self.suffix}"

    def sqlite(self) -> str:
        """The statement that SQLite keeps, word for word."""
        when = self.condition.replace("IS DISTINCT FROM", "IS NOT")
        return "\n".join(
            [
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW",
                f"WHEN ({when}) AND NOT EXISTS (SELECT 1 FROM {MARKER_TABLE})",  # noqa: S608 - our names
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END",
            ]
        )

    def postgresql_body(self) -> str:
        """The body of the function, which PostgreSQL keeps word for word."""
        row = "OLD" if self.event == "DELETE" else "NEW"
        passes = "NULL" if self.event == "TRUNCATE" else row
        return (
            f"\nBEGIN\n  IF ({self.condition}) AND current_setting('commerce.retention', true)"
            f" IS DISTINCT FROM 'on' THEN\n    RAISE EXCEPTION '{self.message}'"
            f" USING ERRCODE = 'check_violation';\n  END IF;\n  RETURN {passes};\nEND\n"
        )

    @property
    def bits(self) -> int:
        """PostgreSQL's ``tgtype``."""
        row = 0 if self.event == "TRUNCATE" else _BITS["row"]
        return row | _BITS["before"] | _BITS[self.event]


_registered: dict[str, TriggerGuard] = {}


def register_triggers(*guards: TriggerGuard) -> None:
    """Add guards to the definition; an app calls it once, when it is ready."""
    _registered.update({guard.name: guard for guard in guards})


def refusing_triggers(
    table: str, message: str, *, condition: str = "1 = 1", events: str = "UPDATE DELETE"
) -> list[TriggerGuard]:
    """Guards that refuse these events, and on PostgreSQL the emptying of the whole table."""
    return [
        TriggerGuard(table, event, condition, message) for event in (*events.split(), "TRUNCATE")
    ]


def install_triggers(db: BaseDatabaseWrapper = connection) -> None:
    """Make the triggers as they are defined; safe to repeat, and quick when nothing differs."""
    if not trigger_differences(db):
        return
    with transaction.atomic(using=db.alias), db.cursor() as cursor:
        remove_triggers(db)
        if _lite(db):
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {MARKER_TABLE} (marker integer)")
        for guard in _wanted(db):
            if _lite(db):
                cursor.execute(guard.sqlite())
                continue
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $guard${guard.postgresql_body()}$guard$"
            )
            each = "STATEMENT" if guard.event == "TRUNCATE" else "ROW"
            cursor.execute(
                f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table}"
                f" FOR EACH {each} EXECUTE FUNCTION {guard.name}()"
            )


def remove_triggers(db: BaseDatabaseWrapper = connection) -> None:
    """Take all guards away until ``install_triggers`` makes them anew."""
    with db.cursor() as cursor:
        for name, table in _stored(db):
            cursor.execute(f"DROP TRIGGER {name}" + ("" if _lite(db) else f" ON {table}"))


def trigger_differences(db: BaseDatabaseWrapper = connection) -> list[str]:
    """Names of guards that are missing, not as defined, or not in the definition; of tables that exist."""
    stored = _stored(db)
    wanted = {(guard.name, guard.table): _fingerprint(db, guard) for guard in _wanted(db)}
    return sorted({name for (name, _), _ in wanted.items() ^ stored.items()})


@contextmanager
def allow_retention(db: BaseDatabaseWrapper = connection) -> Iterator[None]:
    """Let retention or erasure change what is otherwise kept for good, in one transaction; others see no difference."""
    with transaction.atomic(using=db.alias), db.cursor() as cursor:
        if _lite(db):
            cursor.execute(f"INSERT INTO {MARKER_TABLE} VALUES (1)")  # noqa: S608 - a constant
        else:
            cursor.execute("SELECT set_config('commerce.retention', 'on', true)")
        yield
        if _lite(db):
            cursor.execute(f"DELETE FROM {MARKER_TABLE}")  # noqa: S608 - a constant
        else:
            cursor.execute("SELECT set_config('commerce.retention', '', true)")


def _lite(db: BaseDatabaseWrapper) -> bool:
    return db.vendor == "sqlite"


def _wanted(db: BaseDatabaseWrapper) -> list[TriggerGuard]:
    """Guards that this database can have: of tables that exist, and without TRUNCATE, which SQLite does not know."""
    tables = set(db.introspection.table_names())
    return [
        guard
        for guard in _registered.values()
        if guard.table in tables and not (guard.event == "TRUNCATE" and _lite(db))
    ]


def _fingerprint(db: BaseDatabaseWrapper, guard: TriggerGuard) -> tuple[object, ...]:
    if _lite(db):
        return (guard.sqlite(),)
    return (guard.postgresql_body(), guard.bits, "O")


def _stored(db: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[object, ...]]:
    """(name, table) of each guard in the database, and what it does."""
    if _lite(db):
        sql = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        sql = (
            "SELECT t.tgname, c.relname, p.prosrc, t.tgtype, t.tgenabled FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
    with db.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    return {
        (name, table): tuple(what) for name, table, *what in rows if name.startswith(TRIGGER_PREFIX)
    }
