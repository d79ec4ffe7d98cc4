"""By what lists are sorted: each column that the database orders. ``?o=due_date`` or ``?o=-due_date``, then by id.

Columns with an index sort a list of any length, the others one that is counted to its end (``COUNTED_ROWS``).
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    BinaryField,
    CharField,
    DateField,
    F,
    Field,
    Func,
    JSONField,
    Model,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Concat, Lower, NullIf

from commerce.accounts.models import Client
from commerce.backoffice.lists.columns import Column


class ColumnOrder(NamedTuple):
    """What a list is sorted by, and whether an index has it."""

    by: tuple[F | Func, ...]
    is_indexed: bool

    def fields(self, *, is_descending: bool) -> list[Any]:
        """For ``order_by``; rows without a value come last. An index has them where the database puts them."""
        more = {} if self.is_indexed else {"nulls_last": True}
        sorted_by = [one.desc(**more) if is_descending else one.asc(**more) for one in self.by]
        return [*sorted_by, "-pk" if is_descending else "pk"]


def column_order(column: Column, rows: "QuerySet[Any]") -> ColumnOrder | None:
    """What these rows are sorted by for a column; None where the database does not know it."""
    by = column.order or (column.getter if isinstance(column.getter, str) else "")
    if by in rows.query.annotations:
        return ColumnOrder((F(by),), is_indexed=False)
    parts = _all_orders(rows.model, by) or _all_orders(rows.model, column.reads)
    if not parts:
        return None
    return ColumnOrder(
        tuple(by for one in parts for by in one.by), all(one.is_indexed for one in parts)
    )


def _all_orders(model: type[Model], paths: str) -> list[ColumnOrder]:
    """The order of each of these paths; none where one has none."""
    found = [_path_order(model, path) for path in paths.split()]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else []


def is_column_of(model: type[Model], source: object) -> bool:
    """Whether the database has it: a column of the record, or of another that is read with it."""
    return isinstance(source, str) and _path_order(model, source) is not None


@cache
def _path_order(model: type[Model], path: str) -> ColumnOrder | None:
    try:
        name = str(model._meta.pk.name) if path == "pk" and model._meta.pk else path
        *_ways, field = get_fields_from_path(model, name)
    except (FieldDoesNotExist, NotRelationField):
        return None
    if not isinstance(field, Field) or field.many_to_many:
        return None
    if field.is_relation:
        return ColumnOrder((_of_record(field, path),), is_indexed=False)
    if isinstance(field, BinaryField | JSONField):
        return None
    if "__" not in path and _is_indexed(model, field):
        return ColumnOrder((F(path),), is_indexed=True)
    is_text = isinstance(field, CharField | TextField)
    return ColumnOrder((Lower(path) if is_text else F(path),), is_indexed=False)


def _of_record(field: Any, path: str) -> F | Func:
    """Another record, by what it is called: a client by company or name, others by name or as they were made."""
    kind: type[Model] = field.related_model
    if kind is Client:
        person = Concat(f"{path}__first_name", Value(" "), f"{path}__last_name")
        return Lower(Coalesce(NullIf(f"{path}__company", Value("")), person))
    names = {one.name for one in kind._meta.get_fields()}
    return (
        Lower(f"{path}__name")
        if "name" in names
        else F(field.attname if "__" not in path else path)
    )


def _is_indexed(model: type[Model], field: Any) -> bool:
    """Whether an index brings its rows in order, few of which have the same value."""
    if field.unique:
        return True
    leading: Sequence[str] = [
        one.fields[0].removeprefix("-")
        for one in model._meta.indexes
        if one.fields and one.condition is None
    ]
    return (field.db_index or field.name in leading) and isinstance(field, DateField)
