"""What a route of version 2 is: path, scope, filters, orders, shapes and rows in one object, from which it is served
and described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

import msgspec
from django.db.models import (
    CharField,
    DateField,
    DateTimeField,
    F,
    Q,
    QuerySet,
    TextField,
    Value,
)
from msgspec import Struct

from commerce.accounts.models import ApiTokenBinding
from commerce.api.read.fields import ResourceShape, field_names, field_sources
from commerce.api.read.known_callers import CallerStatement
from commerce.api.read.resource import columns_of, make_statement
from commerce.api.read.statement import ROW_ID, TOKEN_HASH, StoredRow, rows_of_page_cte
from commerce.api.v2.reading.bound import BoundRows
from commerce.api.v2.reading.filters import (
    Filter,
    IdFilter,
    InstantFilter,
    TextFilter,
    range_filters,
    stored_instant,
)
from commerce.db.compiled import QueryParam
from commerce.kit.request_cache import cached_for_request

_MAX_STATEMENTS = 512
"""Statements of lists that a process keeps; a caller who varies filters makes others, which are forgotten again."""
WORKED_OUT: Any = Value("", TextField())
"""Stands for the column that ``works_out`` fills: a field shows a part of what was worked out for its row."""

type RowWork = Callable[[int, Sequence[int]], Mapping[int, Any]]
"""Works something out for rows of a page by rules of the portal: client and ids in, a value by id out."""


class SortOrder(NamedTuple):
    """An order of a list: by a column or an expression that is never null, then by id; or by ``pk`` alone."""

    key: Any
    descending: bool
    is_day: bool = False


class Include(NamedTuple):
    """Related rows that a request may have embedded: the annotated type of the field, and the scope that it needs
    besides the resource's."""

    kind: Any
    scope: str = ""


class PageKey(NamedTuple):
    """What decides the statement of a page."""

    sort: str
    from_cursor: bool
    filters: tuple[tuple[str, Any], ...]
    include: tuple[str, ...]
    bound: bool = False


@dataclass(frozen=True, eq=False)
class Resource:
    """A route, or the two routes of a resource with a list.

    ``queryset`` gives the caller's rows, ``row_struct`` and ``list_struct`` say how they are shown; each has a
    ``version``. ``filters`` and ``sorts`` are those beside what every list has.
    """

    path: str
    scope: str
    name: str
    queryset: Callable[[], QuerySet[Any, Any]]
    row_struct: type[Struct]
    list_struct: type[Struct] | None = None
    own_filters: Mapping[str, Filter] = field(default_factory=dict)
    own_sorts: Mapping[str, SortOrder] = field(default_factory=dict)
    includes: Mapping[str, Include] = field(default_factory=dict)
    created_column: str = "created_at"
    """Empty: rows do not say when they were made, and are listed by their number."""
    is_versioned: bool = True
    """Without: its tag is made from the row, and ``updated_since`` is not offered."""
    key_column: str = ""
    """The column of its public id, if that is not the number of the row."""
    key_pattern: str = "^[0-9a-z]+$"
    default_sort: str = "-created_at"
    works_out: RowWork | None = None
    """For fields that follow from rules of the portal, not from columns: fills ``WORKED_OUT``."""
    bound: BoundRows | None = None
    """Its rows for a token that is for some records only; without it such a token is refused."""
    token_of: Callable[[Any], int | None] | None = None
    """Whose a row is, if it belongs to the token that made it: writes of other tokens do not find it."""

    @property
    def is_below_row(self) -> bool:
        """Whether its path is that of something below a row: more of that row."""
        return "{id}" in self.path

    @cached_property
    def filters(self) -> Mapping[str, Filter]:
        """All filters by parameter."""
        changed = "Only those that changed at or after this: their stored fields, not derived ones."
        ids: Filter = IdFilter(
            "pk", "Only these ids, of which others' and unknown ones are left out."
        )
        if self.key_column:
            ids = TextFilter(self.key_column, "Only these ids.")
        own: dict[str, Filter] = {
            "ids": ids,
            **self.own_filters,
        }
        if self.created_column:
            own |= range_filters("created", self.created_column, "were made", InstantFilter)
        if self.is_versioned:
            own["updated_since"] = InstantFilter("changed_at", changed, "gte")
        return own

    @cached_property
    def sorts(self) -> Mapping[str, SortOrder]:
        """All orders by name."""
        own = {
            "-created_at": SortOrder(self.created_column, descending=True),
            "created_at": SortOrder(self.created_column, descending=False),
        }
        if not self.created_column:
            own = {"id": SortOrder("pk", descending=False)}
        own |= self.own_sorts
        if self.is_versioned:
            own["updated_at"] = SortOrder("changed_at", descending=False)
        return own

    def field_names(self, include: tuple[str, ...], *, is_list: bool) -> frozenset[str]:
        """What ``fields`` may name."""
        return field_names(self.struct(is_list=is_list, include=include))

    @cache  # noqa: B019 - resources live as long as the process, and what they may include is little
    def struct(self, *, is_list: bool, include: tuple[str, ...]) -> type[Struct]:
        """What a row is sent as."""
        base = self.list_struct if is_list and self.list_struct else self.row_struct
        more = [name for name in include if name not in base.__struct_fields__]
        if not more:
            return base
        fields = [(name, self.includes[name].kind) for name in more]
        return msgspec.defstruct(base.__name__, fields, bases=(base,), frozen=True)

    @cache  # noqa: B019
    def row_shape(self, include: tuple[str, ...]) -> ResourceShape:
        """How a single row is read; its version, if it has one, comes after its id."""
        second = "version" if self.is_versioned else self.created_column or "pk"
        return ResourceShape(self.struct(is_list=False, include=include), ("pk", second))

    @cache  # noqa: B019
    def list_shape(self, sort: str, include: tuple[str, ...]) -> ResourceShape:
        """How a row of a list is read; its sort key comes after its id."""
        return ResourceShape(
            self.struct(is_list=True, include=include), ("pk", self.sorts[sort].key)
        )

    @cache  # noqa: B019
    def row_statement(self, include: tuple[str, ...], *, bound: bool = False) -> CallerStatement:
        """Who asks, and the row of ``id``, if a ``bound`` token is for it."""
        rows = self.rows(bound=bound)
        if self.key_column:
            rows = rows.filter(**{self.key_column: QueryParam("id", CharField())})
        elif self.list_struct is not None or self.is_below_row:
            rows = rows.filter(pk=ROW_ID)
        return make_statement(page=columns_of(rows, self.row_shape(include).columns))

    @cache  # noqa: B019
    def has_work(self, include: tuple[str, ...], *, is_list: bool) -> bool:
        """Whether something of what is shown is worked out."""
        sources = field_sources(self.struct(is_list=is_list, include=include)).values()
        return any(WORKED_OUT in source.columns for source in sources)

    def worked_out(
        self, shape: ResourceShape, client_id: int, rows: Sequence[StoredRow]
    ) -> Sequence[StoredRow]:
        """Rows of a shape with what is worked out for them."""
        assert self.works_out is not None
        at = shape.columns.index(WORKED_OUT)
        with cached_for_request():
            found = self.works_out(client_id, [row[0] for row in rows])
        return [(*row[:at], found[row[0]], *row[at + 1 :]) for row in rows]

    def rows(self, *, bound: bool) -> QuerySet[Any, Any]:
        """The rows of the caller, whose token is ``bound`` to some."""
        rows = self.queryset()
        if not bound:
            return rows
        assert self.bound is not None
        return self.bound(rows, ApiTokenBinding.objects.by_hash(TOKEN_HASH))

    def page_statement(self, key: PageKey) -> CallerStatement:
        """Who asks, and ``limit`` rows from a place in the list on."""
        return _page_statement(self, key)


@lru_cache(maxsize=_MAX_STATEMENTS)
def _page_statement(resource: Resource, key: PageKey) -> CallerStatement:
    order = resource.sorts[key.sort]
    rows = resource.rows(bound=key.bound)
    for name, shape in key.filters:
        rows = rows.filter(resource.filters[name].condition(name, shape))
    if not isinstance(order.key, str):
        rows = rows.annotate(sort_key=order.key)
    column = order.key if isinstance(order.key, str) else "sort_key"
    if key.from_cursor:
        rows = rows.filter(_beyond(column, order))
    ends = dict.fromkeys((column, "pk"))
    rows = rows.order_by(*[F(one).desc() if order.descending else F(one).asc() for one in ends])
    page = columns_of(
        rows_of_page_cte(rows.model), resource.list_shape(key.sort, key.include).columns
    )
    return make_statement(page=page, picked=rows, prepared=_is_usual(key))


def _is_usual(key: PageKey) -> bool:
    """Whether it is one of few, which stay prepared in each connection: of all rows, or those of one status."""
    if key.include or key.bound:
        return False
    return not key.filters or (
        [name for name, _ in key.filters] == ["status"] and len(key.filters[0][1]) == 1
    )


def _beyond(column: str, order: SortOrder) -> Q:
    """The rows after the place of a cursor: first by the column alone, which an index can begin with."""
    last = QueryParam("after_id", ROW_ID.output_field)
    way = "lt" if order.descending else "gt"
    if column == "pk":
        return Q(**{f"pk__{way}": last})
    place = QueryParam("after_key", DateField() if order.is_day else DateTimeField())
    return Q(**{f"{column}__{way}e": place}) & (
        Q(**{f"{column}__{way}": place}) | Q(**{f"pk__{way}": last})
    )


def stored_key(key: datetime | date | int) -> str:
    """A sort key as the database has it; any day where the id beside it says all."""
    if isinstance(key, int):
        return str(date.min)
    return stored_instant(key) if isinstance(key, datetime) else str(key)
