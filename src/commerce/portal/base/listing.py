"""List pages: status filter, search, pages of 25. One function reads the address, one dataclass feeds the template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from commerce.portal.base import search
from commerce.presentation.labels import STATUS_LABELS, Text


@dataclass(frozen=True, slots=True)
class StatusLink:
    """One link of the status filter."""

    words: Text
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """What ``portal/base/list.html`` shows. ``problem`` tells of an unknown filter: the list is then the full one."""

    page: "Page[Any]"
    status: str
    query: str
    choices: Sequence[StatusLink]
    search_words: Text
    problem: str

    @property
    def items(self) -> Any:
        """The rows of this page."""
        return self.page.object_list

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
    """How one kind of record is listed: its statuses, the words of its search field, and what is searched.

    ``column`` is where the status stands, if that is not ``status``. ``joins_many_rows`` says that the search looks
    into a table with several rows for one of these, so that a join would list a row twice.
    """

    kind: str
    statuses: Sequence[str]
    search_words: Text
    search_filter: Callable[[str], Q]
    per_page: int = 25
    column: str = "status"
    joins_many_rows: bool = False

    def page_for[M: Model](self, request: HttpRequest, rows: QuerySet[M]) -> ListPage:
        """The rows that the address asks for, in their order; counts and rows come from the same query."""
        asked = request.GET.get("status", "")
        status = asked if asked in self.statuses else ""
        query = search.normalize_query(request.GET.get("q", ""))
        if status:
            rows = rows.filter(**{self.column: status})
        if query:
            found = rows.filter(self.search_filter(query))
            rows = rows.filter(pk__in=found.values("pk")) if self.joins_many_rows else found
        return ListPage(
            page=_page(Paginator(rows, self.per_page), request.GET.get("page", "1")),
            status=status,
            query=query,
            choices=self._choices(request, status, query),
            search_words=self.search_words,
            problem="" if asked == status else _("There is no such status. This is the full list."),
        )

    def _choices(self, request: HttpRequest, status: str, query: str) -> list[StatusLink]:
        choices = [StatusLink(_("All"), _address(request, q=query), not status)]
        for each in self.statuses:
            words, _tone = STATUS_LABELS[self.kind][each]
            choices.append(
                StatusLink(words, _address(request, status=each, q=query), each == status)
            )
        return choices


def _address(request: HttpRequest, **parameters: str) -> str:
    asked = QueryDict(mutable=True)
    for name, value in parameters.items():
        if value:
            asked[name] = value
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def _page(pages: "Paginator[Any]", asked: str) -> "Page[Any]":
    """The page asked for; the first for what is no page number, the last for one beyond it."""
    number = 1
    if asked.isascii() and asked.isdigit():
        number = int(asked[:10]) if len(asked) <= 10 else pages.num_pages
    return pages.page(max(1, min(number, pages.num_pages)))
