"""List pages: filter, search, sorting, pages. One function reads the address, one dataclass feeds the template."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from commerce.portal.base import search
from commerce.presentation.labels import STATUS_LABELS, Text

ALL, CURRENT = "all", "current"
"""Values of ``status`` that are no status: everything, and what has not ended."""

LARGER_PAGES = (50, 100)
"""Rows on a page that a reader may ask for in place of the usual number."""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a list. With a ``name`` it can be sorted: by ``order``, and then by key.

    ``order`` are fields from the smallest up, the name itself if there are none; of a ``text``, letters count and not
    their case.
    """

    label: Text
    name: str = ""
    order: Sequence[str] = ()
    is_text: bool = False
    is_amount: bool = False

    def ordering(self, *, descending: bool) -> Iterator[OrderBy]:
        """What to order by; rows without a value come last either way."""
        for field in self.order or (self.name,):
            value = Lower(field) if self.is_text else F(field)
            yield OrderBy(value, descending=descending, nulls_last=True)
        yield OrderBy(F("pk"), descending=descending)


@dataclass(frozen=True, slots=True)
class ColumnHeading:
    """The heading of a column: the address that sorts by it, if it can be, and the direction it is sorted in now."""

    label: Text
    is_amount: bool
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class ListLink:
    """One link of the status filter or of the page sizes."""

    words: Text
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """What ``portal/base/list.html`` shows. ``problem`` tells of an unknown filter: the list is then the full one."""

    page: "Page[Any]"
    status: str
    query: str
    choices: Sequence[ListLink]
    headings: Sequence[ColumnHeading]
    sizes: Sequence[ListLink]
    kept_values: Sequence[tuple[str, str]]
    full_list_url: str
    search_words: Text
    problem: str
    is_empty: bool

    @property
    def items(self) -> list[Any]:
        """The rows of this page."""
        return list(self.page.object_list)

    @property
    def is_filtered(self) -> bool:
        """Whether a filter or a search is on."""
        return bool(self.status or self.query)

    @property
    def http_status(self) -> int:
        """422 for an unknown filter, otherwise 200."""
        return 422 if self.problem else 200


@dataclass(frozen=True, slots=True)
class ListDefinition:
    """How one kind of record is listed: its statuses, columns, the words of its search field, and what is searched.

    ``column`` is where the status stands, if that is not ``status``. ``current`` are the statuses that are shown before
    anybody asks or searches, where ended things stand apart. ``joins_many_rows`` says that the search looks into a
    table with several rows for one of these, so that a join would list a row twice.
    """

    kind: str
    statuses: Sequence[str]
    search_words: Text
    search_filter: Callable[[str], Q]
    per_page: int = 25
    column: str = "status"
    columns: Sequence[ListColumn] = ()
    current: Sequence[str] = ()
    joins_many_rows: bool = False

    def page_for[M: Model](self, request: HttpRequest, rows: QuerySet[M]) -> ListPage:
        """The rows that the address asks for, in their order; counts and rows come from the same query."""
        address, status, problem = self._read(request)
        query, sort = address.values["q"], address.values["sort"]
        found = self._searched(self._filtered(rows, status), query)
        for column in self.columns:
            if sort and column.name == sort.lstrip("-"):
                found = found.order_by(*column.ordering(descending=sort.startswith("-")))
        page = _page(found, address.per_page, request.GET.get("page", ""))
        is_whole = status == ALL and not query
        return ListPage(
            page=page,
            status=address.values["status"],
            query=query,
            choices=self._choices(address, status),
            headings=[self._heading(address, column) for column in self.columns],
            sizes=self._sizes(address, page.paginator.count),
            kept_values=[(name, address.values[name]) for name in ("sort", "per")],
            full_list_url=f"{request.path}?status={ALL}" if self.current else request.path,
            search_words=self.search_words,
            problem=problem,
            is_empty=not page.object_list and (is_whole or not rows.exists()),
        )

    def _read(self, request: HttpRequest) -> tuple["_Address", str, str]:
        """What the address asks for, without what we do not know; the status that this is; and what is wrong."""
        query = search.normalize_query(request.GET.get("q", ""))
        unfiltered = CURRENT if self.current and not query else ALL
        status, problem = request.GET.get("status", "") or unfiltered, ""
        if status not in {ALL, *([CURRENT] if self.current else []), *self.statuses}:
            status, problem = ALL, _("Unknown status. Showing all results.")
        sort, size = request.GET.get("sort", ""), request.GET.get("per", "")
        values = {
            "status": "" if status == unfiltered else status,
            "q": query,
            "sort": sort if sort.removeprefix("-") in {one.name for one in self.columns} else "",
            "per": size if size in map(str, self._page_sizes) else "",
        }
        per_page = int(values["per"] or self.per_page)
        return _Address(request.path, values, unfiltered, per_page), status, problem

    @property
    def _page_sizes(self) -> list[int]:
        return sorted({self.per_page, *LARGER_PAGES})

    def _sizes(self, address: "_Address", count: int) -> list[ListLink]:
        """How many rows a page may have; nothing to choose where all fit on the smallest."""
        sizes = self._page_sizes if count > self.per_page else []
        return [
            ListLink(
                str(n), address(per="" if n == self.per_page else str(n)), n == address.per_page
            )
            for n in sizes
        ]

    def _filtered[M: Model](self, rows: QuerySet[M], status: str) -> QuerySet[M]:
        if status == ALL:
            return rows
        statuses = self.current if status == CURRENT else [status]
        return rows.filter(**{f"{self.column}__in": statuses})

    def _searched[M: Model](self, rows: QuerySet[M], query: str) -> QuerySet[M]:
        if not query:
            return rows
        found = rows.filter(self.search_filter(query))
        return rows.filter(pk__in=found.values("pk")) if self.joins_many_rows else found

    def _choices(self, address: "_Address", status: str) -> list[ListLink]:
        words: dict[str, Text] = {CURRENT: _("Current")} if self.current else {ALL: _("All")}
        words |= {each: STATUS_LABELS[self.kind][each][0] for each in self.statuses}
        words |= {ALL: _("All")}
        return [
            ListLink(
                text, address(status="" if value == address.unfiltered else value), value == status
            )
            for value, text in words.items()
        ]

    def _heading(self, address: "_Address", column: ListColumn) -> ColumnHeading:
        if not column.name:
            return ColumnHeading(column.label, column.is_amount, "", "")
        directions = {column.name: "ascending", f"-{column.name}": "descending"}
        direction = directions.get(address.values["sort"], "")
        following = f"-{column.name}" if direction == "ascending" else column.name
        return ColumnHeading(column.label, column.is_amount, address(sort=following), direction)


@dataclass(frozen=True, slots=True)
class _Address:
    """The address of this list with other values; each change begins at the first page.

    ``unfiltered`` is the status of a list of which none was asked for.
    """

    path: str
    values: dict[str, str]
    unfiltered: str
    per_page: int

    def __call__(self, **changes: str) -> str:
        asked = QueryDict(mutable=True)
        for name, value in (self.values | changes).items():
            if value:
                asked[name] = value
        return f"{self.path}?{asked.urlencode()}" if asked else self.path


def _page(rows: QuerySet[Any], per_page: int, asked: str) -> "Page[Any]":
    """The page asked for; the first for what is no page number, the last for one beyond it.

    The keys of its rows are found first: of tens of thousands, only those of the page are read whole.
    """
    pages = Paginator(rows, per_page)
    keys = rows.values("pk")
    if asked in ("", "1"):
        found = list(rows.filter(pk__in=keys[: per_page + 1]))
        if len(found) <= per_page:  # all there are: nothing is left to count
            vars(pages)["count"] = len(found)
        return Page(found[:per_page], 1, pages)
    number = 1
    if asked.isascii() and asked.isdigit():
        number = int(asked[:10]) if len(asked) <= 10 else pages.num_pages
    number = max(1, min(number, pages.num_pages))
    on_page = keys[(number - 1) * per_page : number * per_page]
    return Page(rows.filter(pk__in=on_page) if pages.count else rows.none(), number, pages)
