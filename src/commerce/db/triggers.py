"""What the database itself refuses or does: triggers on both databases, made from one definition (billing.md 2,
invariant M13).

``wiring.py`` registers those of all apps. ``install_triggers`` makes them after every ``migrate``;
``trigger_differences`` says what is missing or not as defined. Retention and erasure pass what refuses only inside
``allow_retention()``.

SQLite drops a table's triggers when a migration rebuilds the table, and refuses the rebuilding while a trigger of
another table names it: there ``remove`` takes them away before the first migration runs.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from commerce.db.transaction_stamps import POSTGRESQL_STAMP, SQLITE_STAMP, TRANSACTION_STAMP

GUARD_PREFIX = "guard_"
UPDATE_PREFIX = "follows_"
"""Not the first one: releases that knew guards alone, and are started once more, would take these away."""
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
    timing = "BEFORE"

    @property
    def name(self) -> str:
        """Name of the trigger, and on PostgreSQL of its function."""
        return f"{GUARD_PREFIX}{self.table}_{self.event.lower()}{self.suffix}"

    def sqlite(self) -> str:
        """The statement that SQLite keeps, word for word."""
        when = _for_sqlite(self.condition)
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


@dataclass(frozen=True, slots=True)
class TriggerUpdate:
    """Runs ``update``, a statement over OLD and NEW for both databases, after ``event`` on rows of ``table`` for which
    ``condition`` holds, also in retention.
    """

    table: str
    event: str
    condition: str
    update: str
    suffix: str = ""
    is_for_sqlite: bool = True
    """Without: ``TriggerVersion`` does the same there."""
    update_on_sqlite: str = ""
    """What it runs there, where both databases need words of their own."""
    timing = "AFTER"

    @property
    def name(self) -> str:
        """Name of the trigger, and on PostgreSQL of its function."""
        return f"{UPDATE_PREFIX}{self.table}_{self.event.lower()}{self.suffix}"

    def sqlite(self) -> str:
        """The statement that SQLite keeps, word for word."""
        return "\n".join(
            [
                f"CREATE TRIGGER {self.name} AFTER {self.event} ON {self.table} FOR EACH ROW",
                f"WHEN {_for_sqlite(self.condition)}",
                f"BEGIN {_for_sqlite(self.update_on_sqlite or self.update)}; END",
            ]
        )

    def postgresql_body(self) -> str:
        """The body of the function, which PostgreSQL keeps word for word."""
        update = self.update.replace(TRANSACTION_STAMP, POSTGRESQL_STAMP)
        return (
            f"\nBEGIN\n  IF {self.condition} THEN\n    {update};\n  END IF;\n  RETURN NULL;\nEND\n"
        )

    @property
    def bits(self) -> int:
        """PostgreSQL's ``tgtype``."""
        return _BITS["row"] | _BITS[self.event]


@dataclass(frozen=True, slots=True)
class TriggerVersion:
    """Raises ``version`` of a row of ``table`` by one with each UPDATE that changes one of ``columns``.

    It is never lowered, whatever is written to it. ``then`` makes of the new version what SQLite does whenever it
    rose, however that came: in a trigger of its own it could not tell the write from the one that raises.
    """

    table: str
    columns: tuple[str, ...]
    then: Callable[[str], str] | None = None
    event = "UPDATE"
    timing = "BEFORE"

    @property
    def name(self) -> str:
        """Name of the trigger, and on PostgreSQL of its function. Before the guards by the alphabet."""
        return f"{UPDATE_PREFIX}{self.table}_version"

    @property
    def _differs(self) -> str:
        return columns_differ(self.columns)

    def sqlite(self) -> str:
        """The statement that SQLite keeps, word for word. It cannot change the row that is written, so writes again."""
        version = f"max(OLD.version + ({_for_sqlite(self._differs)}), NEW.version)"
        then = _for_sqlite(self.then(version)) + "; " if self.then else ""
        rose = f" OR {version} > OLD.version" if self.then else ""
        return "\n".join(
            [
                f"CREATE TRIGGER {self.name} AFTER UPDATE ON {self.table} FOR EACH ROW",
                f"WHEN NEW.version <> {version}{rose}",
                f"BEGIN UPDATE {self.table} SET version = {version}"  # noqa: S608 - our names
                f" WHERE id = NEW.id AND version <> {version}; {then}END",
            ]
        )

    def postgresql_body(self) -> str:
        """The body of the function, which PostgreSQL keeps word for word."""
        return (
            f"\nBEGIN\n  IF {self._differs} THEN\n    NEW.version := greatest(OLD.version + 1, NEW.version);"
            "\n  ELSE\n    NEW.version := greatest(OLD.version, NEW.version);\n  END IF;\n  RETURN NEW;\nEND\n"
        )

    @property
    def bits(self) -> int:
        """PostgreSQL's ``tgtype``."""
        return _BITS["row"] | _BITS["before"] | _BITS["UPDATE"]


type Trigger = TriggerGuard | TriggerUpdate | TriggerVersion

_registered: dict[str, Trigger] = {}


def columns_differ(columns: Iterable[str]) -> str:
    """Whether an UPDATE changes one of these columns: SQL for a trigger."""
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


def _for_sqlite(sql: str) -> str:
    """SQL of a trigger as SQLite writes it."""
    return sql.replace("IS DISTINCT FROM", "IS NOT").replace(TRANSACTION_STAMP, SQLITE_STAMP)


def register_triggers(*made: Trigger) -> None:
    """Add triggers to the definition; ``wiring.py`` calls it once."""
    _registered.update({one.name: one for one in made})


def refusing_triggers(
    table: str, message: str, *, condition: str = "1 = 1", events: str = "UPDATE DELETE"
) -> list[TriggerGuard]:
    """Guards that refuse these events, and on PostgreSQL the emptying of the whole table."""
    return [
        TriggerGuard(table, event, condition, message) for event in (*events.split(), "TRUNCATE")
    ]


def install_triggers(db: BaseDatabaseWrapper = connection) -> None:
    """Make the triggers as they are defined; safe to repeat. Tables whose triggers are right are not touched."""
    stored = _stored(db)
    wanted = {(one.name, one.table): one for one in _wanted(db)}
    right = {place for place, one in wanted.items() if stored.get(place) == _fingerprint(db, one)}
    if right == stored.keys() == wanted.keys():
        return
    with transaction.atomic(using=db.alias), db.cursor() as cursor:
        _drop(db, stored.keys() - right)
        if _lite(db):
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {MARKER_TABLE} (marker integer)")
        for place in sorted(wanted.keys() - right):
            one = wanted[place]
            if _lite(db):
                cursor.execute(one.sqlite())
                continue
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {one.name}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $guard${one.postgresql_body()}$guard$"
            )
            each = "STATEMENT" if one.event == "TRUNCATE" else "ROW"
            cursor.execute(
                f"CREATE TRIGGER {one.name} {one.timing} {one.event} ON {one.table}"
                f" FOR EACH {each} EXECUTE FUNCTION {one.name}()"
            )


def remove_triggers(db: BaseDatabaseWrapper = connection) -> None:
    """Take all of them away until ``install_triggers`` makes them anew."""
    _drop(db, _stored(db))


def _drop(db: BaseDatabaseWrapper, places: Iterable[tuple[str, str]]) -> None:
    with db.cursor() as cursor:
        for name, table in sorted(places):
            cursor.execute(f"DROP TRIGGER {name}" + ("" if _lite(db) else f" ON {table}"))


def trigger_differences(db: BaseDatabaseWrapper = connection) -> list[str]:
    """Names of triggers that are missing, not as defined, or not in the definition; of tables that exist."""
    stored = _stored(db)
    wanted = {(one.name, one.table): _fingerprint(db, one) for one in _wanted(db)}
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


def _wanted(db: BaseDatabaseWrapper) -> list[Trigger]:
    """Those that this database can have: of tables that exist, and for SQLite without TRUNCATE, which it does not know,
    and without what another one does there.
    """
    tables = set(db.introspection.table_names())
    return [
        one
        for one in _registered.values()
        if one.table in tables and not (_lite(db) and _is_not_for_sqlite(one))
    ]


def _is_not_for_sqlite(one: Trigger) -> bool:
    return one.event == "TRUNCATE" or (isinstance(one, TriggerUpdate) and not one.is_for_sqlite)


def _fingerprint(db: BaseDatabaseWrapper, one: Trigger) -> tuple[object, ...]:
    if _lite(db):
        return (one.sqlite(),)
    return (one.postgresql_body(), one.bits, "O")


def _stored(db: BaseDatabaseWrapper) -> dict[tuple[str, str], tuple[object, ...]]:
    """(name, table) of each trigger of ours in the database, and what it does."""
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
        (name, table): tuple(what)
        for name, table, *what in rows
        if name.startswith((GUARD_PREFIX, UPDATE_PREFIX))
    }
