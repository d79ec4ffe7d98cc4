"""What a route is: path, scope, filters, shapes and rows in one object, from which it is served and described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
from django.db.models import F, Func, Q, QuerySet

from commerce.api.core.auth import token_query
from commerce.api.read.compiled import (
    AFTER_AT,
    AFTER_ID,
    LIMIT,
    OFFSET,
    ROW_ID,
    SINCE,
    InSubquery,
    ReadStatement,
)
from commerce.api.read.query_params import ListQuery

type ResourceRow = Sequence[Any]


@dataclass(frozen=True, slots=True)
class ResourceShape:
    """One shape of a resource: the struct it is sent as, the columns it needs, and how a row becomes it.

    A row has its id and the columns; a single row its times of change after them.
    """

    struct: type[msgspec.Struct]
    columns: Sequence[Any]
    build: Callable[[ResourceRow], msgspec.Struct]


@dataclass(frozen=True, slots=True)
class RouteDeprecation:
    """When a route was marked deprecated, when it ends, and the page that says what to use in its place."""

    since: datetime
    sunset: datetime
    link: str


@dataclass(frozen=True, eq=False)
class ApiResource:
    """A route, or the two routes of a resource with a list.

    ``queryset`` gives the caller's rows that the API shows. ``statuses`` maps each outside value to the inside ones.
    ``changed_columns`` lists the columns whose latest is the row's time of change; ``order_column`` is the instant by
    which it is listed.
    """

    path: str
    scope: str
    summary: str
    queryset: Callable[[], QuerySet[Any, Any]]
    row_shape: ResourceShape
    list_shape: ResourceShape | None = None
    statuses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    changed_columns: Sequence[str] = ("changed_at",)
    order_column: str = "created_at"
    deprecation: RouteDeprecation | None = None

    @cache  # noqa: B019 - resources live as long as the process, and their statements are few
    def row_statement(self) -> ReadStatement:
        """Who asks, and the row of ``id``."""
        return ReadStatement(
            token_query(), page=self._columns(self._found(), self.row_shape, self.changed_columns)
        )

    def _found(self) -> QuerySet[Any, Any]:
        return self.queryset() if self.list_shape is None else self.queryset().filter(pk=ROW_ID)

    @cache  # noqa: B019
    def page_statement(
        self,
        status: str | None,
        *,
        since: bool,
        counted: bool = True,
        start: Literal["newest", "oldest", "place"] = "newest",
    ) -> ReadStatement:
        """Who asks, the count, and ``limit`` rows, newest first, after ``offset`` rows from the start.

        ``oldest`` starts at the end of the list and skips towards the newest, ``place`` at the row ``after_at``,
        ``after_id`` and skips towards the oldest.
        """
        matching = self._matching(status, since=since)
        assert self.list_shape is not None
        ordered = matching.order_by(f"-{self.order_column}", "-pk")
        if start == "oldest":
            ordered = matching.order_by(self.order_column, "pk")
        elif start == "place":
            earlier = Q(**{f"{self.order_column}__lt": AFTER_AT}) | Q(pk__lte=AFTER_ID)
            ordered = ordered.filter(earlier, **{f"{self.order_column}__lte": AFTER_AT})
        # The ids, the client's own, come from the index alone; only the rows of the page are joined and read. With the
        # client named again, SQLite would walk through all that it has.
        ids = ordered.values("pk")[OFFSET : OFFSET + LIMIT]
        picked = matching.model._default_manager.filter(InSubquery(F("pk"), ids))
        rows = self._columns(picked, self.list_shape)
        return ReadStatement(
            token_query(), count=_counted(matching) if counted else None, page=rows
        )

    @cache  # noqa: B019
    def count_statement(self, status: str | None, *, since: bool) -> ReadStatement:
        """Who asks, and the count."""
        return ReadStatement(token_query(), count=_counted(self._matching(status, since=since)))

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

    def _columns(
        self, rows: QuerySet[Any, Any], view: ResourceShape, more: Sequence[str] = ()
    ) -> QuerySet[Any, Any]:
        columns = {
            f"c{i}": F(column) if isinstance(column, str) else column
            for i, column in enumerate((*view.columns, *more))
        }
        wanted: QuerySet[Any, Any] = (
            rows.order_by()
            .annotate(sort_at=F(self.order_column), sort_id=F("pk"), **columns)
            .values_list("sort_at", "sort_id", *columns)
        )
        return wanted

    def last_change(self, row: ResourceRow) -> datetime:
        """The latest of a single row's times of change, which are its last columns."""
        times: list[datetime] = [at for at in row[-len(self.changed_columns) :] if at is not None]
        return max(times).replace(tzinfo=UTC)


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    # A plain function, since Django would group by the row for an aggregate.
    counted: QuerySet[Any, Any] = (
        rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values_list("n")
    )
    return counted


def shown_status_by_stored(statuses: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Each inside status and the one that the API shows for it."""
    return {one: shown for shown, inside in statuses.items() for one in inside}


def to_api_instant(at: datetime | None) -> Any:
    """An instant as the API writes it: UTC, whole seconds."""
    return None if at is None else at.replace(microsecond=0, tzinfo=UTC)


def canonical_query(query: ListQuery) -> str:
    """The parameters that count, in one form for all spellings: a part of the ETag."""
    since = query.updated_since
    return (
        f"{query.page}&{query.per_page}&{query.status or ''}&{since.isoformat() if since else ''}"
    )
