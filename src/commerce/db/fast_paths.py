"""Ways around the ORM, for what the daily run does ten thousand times and a busy shop all day (decisions 58 and 136).

Each was measured and says by how much: processor time of Python and PostgreSQL together, on two busy cores. Elsewhere
the ORM's own calls stay, since there the difference is not felt. What is used here of Django beyond its documented
surface is the fields of a model and how each of them is stored; the compiler of a QuerySet is in ``compiled.py``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, cached_property
from itertools import batched
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Model, QuerySet

from commerce.db.compiled import CompiledQuery, QueryParam, QueryParamName

_MOST_VALUES = 30_000
"""In one statement; SQLite takes 32,766, PostgreSQL 65,535."""


def insert_rows(*rows: Model, ignore_conflicts: bool = False) -> None:
    """Write new rows of one model; each gets its key. What they refer to must have been written before.

    With ``ignore_conflicts`` a row that is there already is left out, and no row gets a key. Raises what
    ``bulk_create`` raises. One audit entry takes 0.32 ms in place of 0.50 with ``create``, five 0.76 in place of 1.03
    with ``bulk_create``; an invoice of the daily run 2.4 less (decision 0039).
    """
    if not rows:
        return
    fields, head, values, tail = _statement(type(rows[0]))
    end = " ON CONFLICT DO NOTHING" if ignore_conflicts else tail
    # The database itself: the name `connection` of Django looks it up for each value.
    database = connections[DEFAULT_DB_ALIAS]
    at_once = _MOST_VALUES // len(fields)
    is_one = len(rows) <= at_once and not database.in_atomic_block  # a transaction by itself
    together = nullcontext() if is_one else transaction.atomic(savepoint=False)
    with together, database.cursor() as cursor:
        for batch in batched(rows, at_once):
            cursor.execute(
                head + ", ".join([values] * len(batch)) + end,
                _values(batch, fields, database),
            )
            if not ignore_conflicts:
                for row, (key,) in zip(batch, cursor.fetchall(), strict=True):
                    row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, database.alias


def insert_if_new(row: Model) -> bool:
    """Write a new row, which gets its key, unless one is there that it conflicts with; whether it was written.

    An event takes 0.42 ms in place of 2.1 with ``get_or_create``. ``bulk_create`` leaves conflicts out as well, but
    then gives no key, and does not say what it wrote.
    """
    insert_new_rows([row])
    return row.pk is not None


def insert_new_rows[Row: Model](rows: Sequence[Row], *unique: str) -> None:
    """The same of several, which ``unique`` fields tell apart: those that are written have their key afterwards."""
    fields, head, values, tail = _statement(type(rows[0]))
    meta, database = rows[0]._meta, connections[DEFAULT_DB_ALIAS]
    told_apart_by: list[Any] = [meta.get_field(name) for name in unique]
    columns = "".join(f', "{field.column}"' for field in told_apart_by)
    ending = f" ON CONFLICT DO NOTHING{tail}{columns}"
    by_key = {tuple(getattr(row, name) for name in unique): row for row in reversed(rows)}
    with transaction.atomic(savepoint=False), database.cursor() as cursor:
        cursor.execute(
            head + ", ".join([values] * len(rows)) + ending, _values(rows, fields, database)
        )
        for key, *told in cursor.fetchall():
            row = by_key[tuple(told)]
            row.pk = key
            row._state.adding, row._state.db = False, database.alias


def _values(rows: Iterable[Model], fields: list[Any], database: Any) -> list[Any]:
    """What is stored of these rows, one after the other."""
    return [
        field.get_db_prep_save(field.pre_save(row, True), database)
        for row in rows
        for field in fields
    ]


def update_returning[Row: Model](
    model: type[Row], assignments: str, *, where: str, values: Sequence[Any]
) -> list[Row]:
    """Change rows, and give them as they are then; they stay locked until the transaction ends.

    ``assignments`` and ``where`` are SQL with a ``%s`` for each of ``values``. To lock a client and raise the revision
    takes a third of the time of a row that is locked and read, and then changed.
    """
    columns, query = _whole_row(model)
    found = update_returning_columns(
        model, assignments, where=where, values=values, columns=columns
    )
    return [query.instance(list(row)) for row in found]


@cache
def _whole_row(model: type[Model]) -> tuple[str, CompiledQuery]:
    """The columns of a model, and what makes a row of them."""
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return columns, CompiledQuery(model._base_manager.all())


def update_returning_columns(
    model: type[Model], assignments: str, *, where: str, values: Sequence[Any], columns: str
) -> list[tuple[Any, ...]]:
    """The same, but gives ``columns`` alone, as they are stored.

    The number of a document takes 0.24 ms: 0.36 with the whole row, and 0.99 for one that is locked, read and saved.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(_update(model, assignments, where, columns), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _update(model: type[Model], assignments: str, where: str, columns: str) -> str:
    table = model._meta.db_table
    return f'UPDATE "{table}" SET {assignments} WHERE {where} RETURNING {columns}'  # noqa: S608 - written by our own code alone


def update_rows[Row: Model](rows: Sequence[Row], *names: str) -> None:
    """Write these fields of rows that are there, as ``bulk_update`` does.

    The last use of 2,000 tokens takes 60 ms in place of 440.
    """
    if not rows:
        return
    meta, database = type(rows[0])._meta, connections[DEFAULT_DB_ALIAS]
    fields: list[Any] = [meta.get_field(name) for name in names] + [meta.pk]
    *changed, key = (f'"{field.column}" = %s' for field in fields)
    sql = f'UPDATE "{meta.db_table}" SET {", ".join(changed)} WHERE {key}'  # noqa: S608 - names of our tables
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]
        for row in rows
    ]
    with transaction.atomic(savepoint=False), database.cursor() as cursor:
        cursor.executemany(sql, values)


def update_if(row: Model, changes: Mapping[str, Any], *, stored: Mapping[str, Any]) -> bool:
    """Change fields of a row in which ``stored`` still stands; whether it did. The object stays as it is.

    It takes 0.06 ms in place of 0.29 with ``filter(…).update(…)``.
    """
    meta = row._meta
    sets, values = _written(row, changes)
    conditions, stored_values = _written(row, stored)
    where = " AND ".join([*conditions, f'"{meta.pk.column}" = %s'])
    sql = f'UPDATE "{meta.db_table}" SET {", ".join(sets)} WHERE {where}'  # noqa: S608 - names of our tables
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, [*values, *stored_values, row.pk])
        return bool(cursor.rowcount)


def _written(row: Model, fields: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """``"column" = %s`` for each of the fields, and the values as they are stored."""
    database = connections[DEFAULT_DB_ALIAS]
    given: list[tuple[Any, Any]] = [
        (row._meta.get_field(name), value) for name, value in fields.items()
    ]
    values = [field.get_db_prep_save(_plain(field, value), database) for field, value in given]
    return [f'"{field.column}" = %s' for field, _ in given], values


def change_row(row: Model, **changes: Any) -> None:
    """Write these fields of a row that is locked, and have the object as it is stored then: triggers change it, too.

    It takes 0.2 ms in place of 1.0 with ``filter(…).update(…)`` and ``refresh_from_db``. On PostgreSQL it is one
    statement; SQLite's triggers change the row after what it would give.
    """
    if connection.vendor != "postgresql":
        update_if(row, changes, stored={})
        refresh_row(row)
        return
    sets, values = _written(row, changes)
    key = f'"{row._meta.pk.column}" = %s'
    for stored in update_returning(type(row), ", ".join(sets), where=key, values=[*values, row.pk]):
        _take_over(row, stored)


def _plain(field: Any, value: Any) -> Any:
    """What is stored of an object that a foreign key is to."""
    return value.prepare_database_save(field) if isinstance(value, Model) else value


def refresh_row(row: Model) -> None:
    """``refresh_from_db`` of all fields: 0.13 ms in place of 0.71."""
    _take_over(row, get_by_pk(type(row), row.pk))


def _take_over(row: Model, stored: Model) -> None:
    """Have the object as it is stored, without what it knew of its relations."""
    vars(row).pop("_prefetched_objects_cache", None)
    for field in row._meta.concrete_fields:
        setattr(row, field.attname, getattr(stored, field.attname))
    relations: list[Any] = [*row._meta.fields, *row._meta.related_objects]
    for relation in relations:
        if relation.is_relation and relation.is_cached(row):
            relation.delete_cached_value(row)


class CompiledQuerySet[Row: Model]:
    """A QuerySet that is compiled once: ``rows`` is asked for it, with a ``QueryParam`` for what differs.

    Only for what each request, each invoice, or an idle worker asks: docs/performance.md has the list.
    """

    def __init__(self, rows: Callable[[], QuerySet[Row, Any]]) -> None:
        self._rows = rows

    @cached_property
    def _query(self) -> CompiledQuery:
        return CompiledQuery(self._rows())

    @cached_property
    def _statement(self) -> tuple[str, list[QueryParamName]]:
        """Its constants written out: those of a partial index, bound, have SQLite compile it anew each time.

        No statement where Django sees that there can be no row, as with ``none()``.
        """
        try:
            text = self._query.text(lambda _name: "%s")
        except EmptyResultSet:
            return "", []
        return text, [one for one in self._query.params if type(one) is QueryParamName]

    def instances(self, **params: Any) -> list[Row]:
        """The rows, with what ``select_related`` joins and their annotations.

        The ten services of a client that are due take 2.0 ms in place of 6.1; a user's membership with its client and
        two annotations 0.28 in place of 3.4, which was a sixth of a page.
        """
        return [self._query.instance(list(row)) for row in self.tuples(**params)]

    def tuples(self, **params: Any) -> list[tuple[Any, ...]]:
        """The columns of a ``values_list``, as they are stored: custom fields of an invoice 0.2 ms in place of 0.9."""
        statement, names = self._statement
        if not statement:
            return []
        database = connections[DEFAULT_DB_ALIAS]
        values = [one.stored(params[one], database) for one in names]
        with database.cursor() as cursor:
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def get_by_pk[Row: Model](model: type[Row], pk: object, *related: str, locked: bool = False) -> Row:
    """``select_related(…).get(pk=…)``; ``locked`` the row itself. For ``lock`` and ``move``, which all actions use.

    It takes 0.09 ms in place of 0.59, with one relation 0.15 in place of 1.14.
    """
    found: list[Row] = _by_key(model, related, locked=locked).instances(pk=pk)
    if not found:
        kind: Any = model
        raise kind.DoesNotExist(f"{model._meta.model_name} {pk}")
    return found[0]


@cache
def _by_key(model: type[Model], related: tuple[str, ...], *, locked: bool) -> CompiledQuerySet[Any]:
    key: Any = model._meta.pk

    def rows() -> QuerySet[Any]:
        found = model._default_manager.filter(
            pk=QueryParam("pk", getattr(key, "target_field", key))
        )
        joined = found.select_related(*related) if related else found
        return joined.select_for_update(of=("self",)) if locked else joined

    return CompiledQuerySet(rows)


@contextmanager
def prepared_statements() -> Iterator[None]:
    """Have PostgreSQL parse and plan a statement that comes again and again once: nearly half of its work for a row.

    Custom fields of an invoice take it 0.03 ms in place of 0.14, the services that are due 0.4 in place of 1.5.

    Nothing inside somebody's transaction: at a rollback the driver drops all that was prepared on the connection, by
    whomever, which the API's reading stands only outside of one. SQLite plans in no time.
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


@cache
def _statement(model: type[Model]) -> tuple[list[Any], str, str, str]:
    """The fields that are written, and the parts of the statement: up to the rows, one of them, and after them."""
    meta = model._meta
    fields = [one for one in meta.local_concrete_fields if one is not meta.pk and not one.generated]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    head = f'INSERT INTO "{meta.db_table}" ({columns}) VALUES '  # noqa: S608 - names of our tables
    return fields, head, f"({', '.join(['%s'] * len(fields))})", f' RETURNING "{meta.pk.column}"'
