"""The columns of a model's rows, worked out once for each alias and not for each query (decision 0080).

Which columns a model has, how they are written in SQL and how what is stored becomes a value never changes while a
process runs, and to find it out again was a third of each query for whole rows.
"""

from types import MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Field
from django.db.models.expressions import Col, ColPairs
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from django.db.models.options import Options


class CachedColumn(Col):
    """A column of a model under one alias, with its SQL and its converters."""

    sql: tuple[str, Any]
    of_database: list[Any]
    """Converters that are methods of the database's operations, without those: a connection is its thread's."""
    of_field: list[Any]
    # Each is there once: to compare what it was made from takes longer than all else that is done with it.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql

    def select_format(self, compiler: Any, sql: str, params: Any) -> Any:
        return sql, params

    def relabeled_clone(self, relabels: Any) -> Any:
        return Col(relabels.get(self.alias, self.alias), self.target)


class CachedColumns(NamedTuple):
    """The columns of a model under one alias, none if they are not so plain; and the fields they were made from."""

    fields: Any
    columns: tuple[Any, ...] | None


class SelectCompiler(SQLCompiler):
    """Django's, but for the columns and orders of whole rows, which it takes as they were the first time."""

    def get_default_columns(
        self,
        select_mask: Any,
        start_alias: str | None = None,
        opts: Any = None,
        from_parent: Any = None,
    ) -> Any:
        """The columns of a model, of which ``select_mask`` may want only some."""
        # Grouped ones are compared with what HAVING names.
        if not select_mask and not from_parent and self.query.group_by is None:
            meta = opts or self.query.get_meta()
            if meta is not None:
                kept = self._kept(meta, start_alias or self.query.get_initial_alias())
                if kept is not None:
                    return kept
        return super().get_default_columns(select_mask, start_alias, opts, from_parent)

    def compile(self, node: Any) -> Any:
        """The SQL of an expression and its parameters."""
        return node.sql if type(node) is CachedColumn else super().compile(node)

    def get_converters(self, expressions: Any) -> dict[int, Any]:
        """By place in a row: what makes values of what is stored there, and the expression."""
        if not all(type(one) is CachedColumn for one in expressions):
            return self._mixed_converters(expressions)
        return {
            place: (self._converters(column), column)
            for place, column in enumerate(expressions)
            if column.of_database or column.of_field
        }

    def _converters(self, column: CachedColumn) -> list[Any]:
        ops = self.connection.ops
        return [MethodType(one, ops) for one in column.of_database] + column.of_field

    def get_order_by(self) -> Any:
        """The expressions of ORDER BY, each with its SQL; those by columns of the model itself are kept, too."""
        query = self.query
        names = query.order_by or (query.get_meta().ordering if query.default_ordering else ())
        is_plain = query.default_cols and not query.combinator
        if (
            not names
            or not is_plain
            or query.annotations
            or query.extra
            or query.extra_order_by
            or not all(type(name) is str for name in names)
        ):
            return super().get_order_by()
        kept: dict[Any, tuple[Any, ...]] = query.get_meta().__dict__.setdefault(
            "commerce_kept_orders", {}
        )
        alias = query.get_initial_alias()
        key = self.connection.vendor, alias, query.standard_ordering, tuple(names)
        if key not in kept:
            found = super().get_order_by()
            if not all(_is_column_of(alias, one) for one, _ in found):
                return found
            kept[key] = tuple(found)
        return kept[key]

    def _mixed_converters(self, expressions: Any) -> dict[int, Any]:
        if any(isinstance(one, ColPairs) for one in expressions):
            return super().get_converters(expressions)
        found: dict[int, Any] = {}
        for place, one in enumerate(expressions):
            if type(one) is CachedColumn:
                if one.of_database or one.of_field:
                    found[place] = (self._converters(one), one)
            elif other := super().get_converters([one]):
                found[place] = other[0]
        return found

    def _kept(self, meta: "Options[Any]", alias: str) -> tuple[Any, ...] | None:
        by_alias: dict[tuple[str, str], CachedColumns]
        by_alias = meta.__dict__.setdefault("commerce_kept_columns", {})
        key = self.connection.vendor, alias
        kept = by_alias.get(key)
        if kept is None or kept.fields is not meta.concrete_fields:  # a model may still be growing
            fields = meta.concrete_fields
            is_plain = _is_plain(meta)
            columns = tuple(self._column(field, alias) for field in fields) if is_plain else None
            kept = by_alias[key] = CachedColumns(fields, columns)
        return kept.columns

    def _column(self, field: "Field[Any, Any]", alias: str) -> CachedColumn:
        column = CachedColumn(alias, field)
        column.sql = Col.as_sql(column, self, self.connection)
        found = self.connection.ops.get_db_converters(column)
        bound = [one for one in found if isinstance(one, MethodType)]
        column.of_database = [one.__func__ for one in bound]
        column.of_field = [one for one in found if one not in bound]
        column.of_field += column.get_db_converters(self.connection)
        return column


def _is_plain(meta: "Options[Any]") -> bool:
    """Whether all columns of a model are those of its own table, read as they are."""
    return (
        not meta.parents
        and not meta.proxy
        and all(type(field).select_format is Field.select_format for field in meta.concrete_fields)
    )


def _is_column_of(alias: str, order: Any) -> bool:
    column = order.expression
    return isinstance(column, Col) and column.alias == alias
