"""What a route is: path, scope, filters, shapes and rows in one object, from which it is served and described."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
from django.db.models import F, Func, Q, QuerySet

from commerce.api.auth import who
from commerce.api.params import Ask
from commerce.api.statements import (
    AFTER_AT,
    AFTER_ID,
    LIMIT,
    OFFSET,
    ROW_ID,
    SINCE,
    Among,
    Statement,
)

type Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class View:
    """One shape of a resource: the struct it is sent as, the columns it needs, and how a row becomes it.

    A row has its id and the columns; a single row its times of change after them.
    """

    struct: type[msgspec.Struct]
    columns: Sequence[Any]
    build: Callable[[Row], msgspec.Struct]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """When a route was marked deprecated, when it ends, and the page that says what to use in its place."""

    since: datetime
    sunset: datetime
    link: str


@dataclass(frozen=True, eq=False)
class Resource:
    """A route, or the two routes of a resource with a list.

    ``rows`` are the caller's rows that the API shows. ``statuses`` maps each outside value to the inside ones.
    ``changed`` lists the columns whose latest is the row's time of change; ``order`` is the instant it is listed by.
    """

    path: str
    scope: str
    summary: str
    rows: Callable[[], QuerySet[Any, Any]]
    detail: View
    listed: View | None = None
    statuses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    changed: Sequence[str] = ("changed_at",)
    order: str = "created_at"
    deprecation: Deprecation | None = None

    @cache  # noqa: B019 - resources live as long as the process, and their statements are few
    def one(self) -> Statement:
        """Who asks, and the row of ``id``."""
        return Statement(who(), page=self._columns(self._found(), self.detail, self.changed))

    def _found(self) -> QuerySet[Any, Any]:
        return self.rows() if self.listed is None else self.rows().filter(pk=ROW_ID)

    @cache  # noqa: B019
    def page(
        self,
        status: str | None,
        *,
        since: bool,
        counted: bool = True,
        start: Literal["newest", "oldest", "place"] = "newest",
    ) -> Statement:
        """Who asks, the count, and ``limit`` rows, newest first, after ``offset`` rows from the start.

        ``oldest`` starts at the end of the list and skips towards the newest, ``place`` at the row ``after_at``,
        ``after_id`` and skips towards the oldest.
        """
        matching = self._matching(status, since=since)
        assert self.listed is not None
        ordered = matching.order_by(f"-{self.order}", "-pk")
        if start == "oldest":
            ordered = matching.order_by(self.order, "pk")
        elif start == "place":
            earlier = Q(**{f"{self.order}__lt": AFTER_AT}) | Q(pk__lte=AFTER_ID)
            ordered = ordered.filter(earlier, **{f"{self.order}__lte": AFTER_AT})
        # The ids, the client's own, come from the index alone; only the rows of the page are joined and read. With the
        # client named again, SQLite would walk through all that he has.
        ids = ordered.values("pk")[OFFSET : OFFSET + LIMIT]
        picked = matching.model._default_manager.filter(Among(F("pk"), ids))
        rows = self._columns(picked, self.listed)
        return Statement(who(), count=_counted(matching) if counted else None, page=rows)

    @cache  # noqa: B019
    def count(self, status: str | None, *, since: bool) -> Statement:
        """Who asks, and the count."""
        return Statement(who(), count=_counted(self._matching(status, since=since)))

    def _matching(self, status: str | None, *, since: bool) -> QuerySet[Any, Any]:
        rows = self.rows()
        if status is not None:
            inside = self.statuses[status]
            rows = (
                rows.filter(status=inside[0])
                if len(inside) == 1
                else rows.filter(status__in=inside)
            )
        if since:
            later = Q()
            for column in self.changed:
                later |= Q(**{f"{column}__gte": SINCE})
            rows = rows.filter(later)
        return rows

    def _columns(
        self, rows: QuerySet[Any, Any], view: View, more: Sequence[str] = ()
    ) -> QuerySet[Any, Any]:
        columns = {
            f"c{i}": F(column) if isinstance(column, str) else column
            for i, column in enumerate((*view.columns, *more))
        }
        wanted: QuerySet[Any, Any] = (
            rows.order_by()
            .annotate(sort_at=F(self.order), sort_id=F("pk"), **columns)
            .values_list("sort_at", "sort_id", *columns)
        )
        return wanted

    def last_change(self, row: Row) -> datetime:
        """The latest of a single row's times of change, which are its last columns."""
        times: list[datetime] = [at for at in row[-len(self.changed) :] if at is not None]
        return max(times).replace(tzinfo=UTC)


def _counted(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    # A plain function, since Django would group by the row for an aggregate.
    counted: QuerySet[Any, Any] = (
        rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values_list("n")
    )
    return counted


def outside(statuses: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Each inside status and the one that the API shows for it."""
    return {one: shown for shown, inside in statuses.items() for one in inside}


def instant(at: datetime | None) -> Any:
    """An instant as the API writes it: UTC, whole seconds."""
    return None if at is None else at.replace(microsecond=0, tzinfo=UTC)


def effective(ask: Ask) -> str:
    """The parameters that count, in one form for all spellings: a part of the ETag."""
    since = ask.updated_since
    return f"{ask.page}&{ask.per_page}&{ask.status or ''}&{since.isoformat() if since else ''}"
