"""SQL that Django puts together once for a process: written as a QuerySet, kept as text, run with the caller's values.

A renamed field still fails at once, and both databases are served from one definition. Where a value comes only when
the statement runs, a ``QueryParam`` stands in the QuerySet.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import FETCH_ONE, Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators


class QueryParamName(str):
    """Among a statement's values: the name of one that comes when it runs, and the field that says how it is stored."""

    __slots__ = ("field",)

    field: "Field[Any, Any]"

    def stored(self, value: Any, database: Any) -> Any:
        """What is bound for the value with that name."""
        return self.field.get_db_prep_value(value, database)


class QueryParam(Expression):
    """A value that comes when the statement runs: ``rows.filter(pk=QueryParam("id", BigIntegerField()))``."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field)
        self.name = QueryParamName(name)
        self.name.field = output_field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self.name,)


class CompiledColumn(NamedTuple):
    """A column of a compiled statement: its name in the text, and the field that says what is stored in it."""

    name: str
    field: "Field[Any, Any]"


class CompiledQuery:
    """A QuerySet as Django compiles it: ``template`` with a ``%s`` for each of ``params``, and its columns."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.template, self.params = compiler.as_sql()
        selected = [column for column, _, _ in compiler.select]
        self.columns = [
            CompiledColumn(name, column.output_field) for column, _, name in compiler.select
        ]
        self.converters = compiler.get_converters(selected)
        self._compiler = compiler

    @cached_property
    def _model(self) -> tuple[type[Model], slice, list[str], list[Any]]:
        """The model, the places of its own columns and their attributes, and what fills in the rows joined to it."""
        select, kind = self._compiler.select, self._compiler.klass_info
        places = slice(kind["select_fields"][0], kind["select_fields"][-1] + 1)
        names = [column.target.attname for column, _, _ in select[places]]
        joined = get_related_populators(kind, select, DEFAULT_DB_ALIAS, FETCH_ONE)
        return kind["model"], places, names, joined

    def instance(self, values: list[Any]) -> Any:
        """A row as the ORM makes it: with what ``select_related`` joined, and with its annotations."""
        database = connections[DEFAULT_DB_ALIAS]
        for place, (converters, column) in self.converters.items():
            for convert in converters:
                values[place] = convert(values[place], column, database)
        model, places, names, joined = self._model
        row = model.from_db(DEFAULT_DB_ALIAS, names, values[places])
        for populator in joined:
            populator.populate(values, row)
        for name, place in self._compiler.annotation_col_map.items():
            setattr(row, name, values[place])
        return row

    def text(self, placeholder: Callable[[str], str]) -> str:
        """The statement with its constants written out, and ``placeholder(name)`` for each parameter.

        SQLite compiles a statement anew for each bound value that it compares with the condition of a partial index:
        who asks the API took 0.043 ms with its constants bound, and 0.006 ms with them written.
        """
        written = [
            placeholder(one) if type(one) is QueryParamName else _literal(one)
            for one in self.params
        ]
        return str(self.template % tuple(written))


def _literal(value: Any) -> str:
    plain = value.value if isinstance(value, Enum) else value
    if isinstance(plain, bool):
        return str(plain).upper()
    if isinstance(plain, int):
        return str(plain)
    if isinstance(plain, str) and plain.isprintable():
        return "'{}'".format(plain.replace("'", "''"))
    if isinstance(plain, date) and not isinstance(plain, datetime):  # on PostgreSQL, as the next
        return f"DATE '{plain}'"
    if isinstance(plain, timedelta):  # on PostgreSQL; SQLite has microseconds, a number
        seconds = plain - timedelta(days=plain.days)
        return f"INTERVAL '{plain.days} days {seconds.total_seconds():.6f} seconds'"
    raise TypeError(f"{value!r} is no constant of a statement; a QueryParam takes its place")
