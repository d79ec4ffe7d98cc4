"""What a route is: path, scope, filters, shapes and rows in one object, from which it is served and described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, Literal

from django.db import connection
from django.db.models import F, Func, Q, QuerySet
from msgspec import Struct

from commerce.api.core.auth import ApiCaller, ApiClient, client_query, token_query
from commerce.api.read.fields import ResourceShape
from commerce.api.read.known_callers import CallerStatement
from commerce.api.read.postgresql import PostgresqlStatement
from commerce.api.read.query_params import ListQuery
from commerce.api.read.sqlite import SqliteStatement
from commerce.api.read.statement import (
    AFTER_AT,
    AFTER_ID,
    ROW_ID,
    SINCE,
    InPage,
    PageIds,
    ReadQueries,
    StoredRow,
    rows_of_page_cte,
)
from commerce.db.compiled import CompiledQuery

type PageStart = Literal["near", "newest", "oldest", "place"]
"""From where to skip to a page: from the newest row, and so few that they are read as well; from the newest row; from
the oldest one; towards the oldest from a place (``after_at``, ``after_id``). The last three skip by the index alone.
"""


@dataclass(frozen=True, slots=True)
class RouteDeprecation:
    """When a route was marked deprecated, when it ends, and the page that says what to use in its place."""

    since: datetime
    sunset: datetime
    link: str


@dataclass(frozen=True, eq=False)
class ApiResource:
    """A route, or the two routes of a resource with a list.

    ``queryset`` gives the caller's rows that the API shows, ``row_struct`` and ``list_struct`` say how. ``statuses``
    maps each outside value to the inside ones. ``changed_columns`` lists the columns whose latest is the row's time of
    change; ``order_column`` is the instant by which it is listed.
    """

    path: str
    scope: str
    summary: str
    queryset: Callable[[], QuerySet[Any, Any]]
    row_struct: type[Struct]
    list_struct: type[Struct] | None = None
    statuses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    changed_columns: Sequence[str] = ("changed_at",)
    order_column: str = "created_at"
    deprecation: RouteDeprecation | None = None

    @cached_property
    def row_shape(self) -> ResourceShape:
        """How a single row is read and shown."""
        return ResourceShape(self.row_struct, ("pk", self.order_column))

    @cached_property
    def list_shape(self) -> ResourceShape:
        """How a row of a list is read and shown; only for a resource with a list."""
        assert self.list_struct is not None
        return ResourceShape(self.list_struct, ("pk", self.order_column))

    @cache  # noqa: B019 - resources live as long as the process, and their statements are few
    def row_statement(self) -> CallerStatement:
        """Who asks, and the row of ``id`` with its times of change after the columns of its shape."""
        found = self.queryset() if self.list_struct is None else self.queryset().filter(pk=ROW_ID)
        columns = [*self.row_shape.columns, *self.changed_columns]
        return make_statement(page=columns_of(found, columns))

    @cache  # noqa: B019
    def page_statement(
        self,
        status: str | None,
        *,
        since: bool,
        counted: bool = True,
        start: PageStart = "newest",
    ) -> CallerStatement:
        """Who asks, the count, and ``limit`` rows, newest first, after ``offset`` rows from the start."""
        matching = self._matching(status, since=since)
        ordered = matching.order_by(f"-{self.order_column}", "-pk")
        if start == "oldest":
            ordered = matching.order_by(self.order_column, "pk")
        elif start == "place":
            earlier = Q(**{f"{self.order_column}__lt": AFTER_AT}) | Q(pk__lte=AFTER_ID)
            ordered = ordered.filter(earlier, **{f"{self.order_column}__lte": AFTER_AT})
        count = _counted(matching) if counted else None
        columns = self.list_shape.columns
        if start == "near":
            page = columns_of(rows_of_page_cte(matching.model), columns)
            return make_statement(count=count, page=page, picked=ordered)
        # The ids, the client's own, come from the index alone; only the rows of the page are joined and read. With the
        # client named again, SQLite would walk through all that it has.
        rows = matching.model._default_manager.filter(
            InPage(F("pk"), PageIds(ordered.values("pk")))
        )
        return make_statement(count=count, page=columns_of(rows, columns))

    @cache  # noqa: B019
    def count_statement(self, status: str | None, *, since: bool) -> CallerStatement:
        """Who asks, and the count."""
        return make_statement(count=_counted(self._matching(status, since=since)))

    def _matching(self, status: str | None, *, since: bool) -> QuerySet[Any, Any]:
        rows = self.queryset()
        if status is not None:
            inside = self.statuses[status]
            rows = (
                rows.filter(status=inside[0])
                if len(inside) == 1
                else rows.filter(status__in=inside)
            )
        if since:
            later = Q()
            for column in self.changed_columns:
                later |= Q(**{f"{column}__gte": SINCE})
            rows = rows.filter(later)
        return rows

    def last_change(self, row: StoredRow) -> datetime:
        """The latest of a single row's times of change."""
        first = len(self.row_shape.columns)
        times: list[datetime] = [
            at for at in row[first : first + len(self.changed_columns)] if at is not None
        ]
        return max(times).replace(tzinfo=UTC)


@cache
def caller_statement() -> CallerStatement:
    """Who asks, and nothing else."""
    return make_statement()


def make_statement(*, prepared: bool = True, **read: QuerySet[Any, Any] | None) -> CallerStatement:
    """Who asks, and what of ``ReadQueries`` is named. What is ``prepared`` stays with each connection."""
    rows = {name: CompiledQuery(each) for name, each in read.items() if each is not None}
    kind = PostgresqlStatement if connection.vendor == "postgresql" else SqliteStatement
    return CallerStatement(
        kind(ApiCaller, ReadQueries(CompiledQuery(token_query()), **rows), prepared=prepared),
        kind(ApiClient, ReadQueries(CompiledQuery(client_query()), **rows), prepared=prepared),
    )


def columns_of(rows: QuerySet[Any, Any], columns: Sequence[Any]) -> QuerySet[Any, Any]:
    """These columns of rows, in no order; each is a name or an expression."""
    wanted = {
        f"c{i}": F(column) if isinstance(column, str) else column
        for i, column in enumerate(columns)
    }
    found: QuerySet[Any, Any] = rows.order_by().annotate(**wanted).values_list(*wanted)
    return found


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    # A plain function, since Django would group by the row for an aggregate.
    counted: QuerySet[Any, Any] = (
        rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values_list("n")
    )
    return counted


def canonical_query(query: ListQuery) -> str:
    """The parameters that count, in one form for all spellings: a part of the ETag."""
    since = query.updated_since
    return (
        f"{query.page}&{query.per_page}&{query.status or ''}&{since.isoformat() if since else ''}"
    )
