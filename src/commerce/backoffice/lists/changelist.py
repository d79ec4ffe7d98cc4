"""Django's list with its order, its table, the links to the page before and after it, and unfold's filters."""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from django.contrib.admin import FieldListFilter
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.core.exceptions import FieldDoesNotExist
from django.db.models import IntegerField, QuerySet
from django.http import HttpRequest, QueryDict
from unfold.views import ChangeList

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.actions import RecordAction, actions_for_many
from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.chips import FilterChip, filter_chips, label_of
from commerce.backoffice.lists.chosen import COLUMNS_VAR
from commerce.backoffice.lists.columns import Column, is_shown
from commerce.backoffice.lists.order import ColumnOrder, column_order
from commerce.backoffice.lists.paging import (
    COUNTED_ROWS,
    PAGE_SIZES,
    PER_PAGE_VAR,
    count_rows,
    rows_per_page,
)
from commerce.backoffice.lists.saved import ViewTab, may_share, plain_query, view_tabs
from commerce.backoffice.lists.sums import column_sums
from commerce.backoffice.lists.table import ListHead, ListRow, css_of, drawn_rows

COMPARISONS = ("exact", "in", "isnull", "gte", "gt", "lte", "lt")
"""How an address may compare a column."""
GREATEST = 2**63 - 1
"""What a column of numbers can hold at most; there is no record of this number."""


class RecordList(ChangeList):
    """The rows of one page of a list."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        super().__init__(request, *args, **kwargs)
        self.list_url = self.model_admin.list_url()

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What the address compares. In the place of a number that no column holds stands the nearest one that a column
        could, which finds the same; databases raise for the other.
        """
        asked = super().get_filters_params(params)
        for name in (COLUMNS_VAR, PER_PAGE_VAR):
            asked.pop(name, None)
        return {
            name: [_within_range(one) for one in values] if self._is_numeric(name) else values
            for name, values in asked.items()
        }

    # --- order ----------------------------------------------------------------------------------------------------

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[Any]:
        """As the list is sorted of itself; what the address asks for comes when it is known how many rows there are."""
        ordering = list(self.model_admin.get_ordering(request) or self._get_default_ordering())
        return ordering if queryset.order_by(*ordering).totally_ordered else [*ordering, "-pk"]

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        self.sorted_column, self.is_descending, self.is_too_long = None, False, False
        if (asked := self._asked_order(rows)) is None:
            return rows
        column, order = asked
        if not order.is_indexed and (counted := count_rows(rows)) > COUNTED_ROWS:
            self.is_too_long = True
            return rows
        self.sorted_column = column
        self.is_descending = self.params[ORDER_VAR].startswith("-")
        rows = rows.order_by(*order.fields(is_descending=self.is_descending))
        if not order.is_indexed:
            rows.counted = counted  # type: ignore[attr-defined]  # for the pages, which need it next
        return rows

    def _asked_order(self, rows: "QuerySet[Any]") -> tuple[Column, ColumnOrder] | None:
        name = self.params.get(ORDER_VAR, "").removeprefix("-")
        column = next((one for one in self.list_display if one.name == name), None)
        order = column_order(column, rows) if column else None
        return (column, order) if column and order else None

    @property
    def heads(self) -> Iterator[ListHead]:
        """The heads of the table; those that would sort more rows than are counted sort nothing."""
        for column, css in zip(self.list_display, css_of(self.list_display), strict=True):
            order = column_order(column, self.queryset)
            sorts = order is not None and (order.is_indexed or not self.paginator.is_capped)
            is_sorted = column is self.sorted_column
            sign = "-" if is_sorted and not self.is_descending else ""
            query = self.get_query_string({ORDER_VAR: sign + column.name}) if sorts else ""
            direction = "descending" if self.is_descending else "ascending"
            yield ListHead(column.short_description, query, direction if is_sorted else "", css)

    @cached_property
    def actions_for_many(self) -> list[RecordAction]:
        """What the person can do to several rows at once."""
        found = actions_for_many(self.model_admin)
        return [one for one in found if may(self.request, one.permission)]

    @property
    def rows(self) -> Iterator[ListRow]:
        """The rows of the table."""
        return drawn_rows(self.list_display, self.rows_of_page, self.url_for_result)

    @cached_property
    def foot(self) -> list[tuple[Column, list[str], str]]:
        """What the amounts of all pages come to, under each column, for who may see sums of the business."""
        if self.paginator.is_capped or not may(self.request, StaffPermission.REPORTS_MONEY):
            return []
        sums = column_sums(self.list_display, self.queryset)
        cells = zip(self.list_display, css_of(self.list_display), strict=True)
        return [(one, sums.get(one.name, []), css) for one, css in cells] if sums else []

    @property
    def column_choices(self) -> Iterator[tuple[Column, bool]]:
        """Each column that the person may have, and whether the list shows it; those first."""
        shown = {one.name: one for one in self.list_display}
        known = {one.name: one for one in self.model_admin.known_columns}
        for name, column in {**shown, **known}.items():
            if is_shown(self.request, column):
                yield column, name in shown

    # --- filters --------------------------------------------------------------------------------------------------

    def get_filters(self, request: HttpRequest) -> Any:
        """A filter by a column is called what the column is."""
        found = super().get_filters(request)
        for spec in found[0]:
            if isinstance(spec, FieldListFilter):
                spec.title = label_of(self, spec.field_path, spec.field)  # type: ignore[assignment]
        return found

    @property
    def chips(self) -> Iterator[FilterChip]:
        """The filters that are on."""
        return filter_chips(self)

    @property
    def filter_fields(self) -> Iterator[tuple[Text, Any]]:
        """The fields of each filter, under its title."""
        for spec in self.filter_specs:
            (choice,) = spec.choices(self)
            yield spec.title, choice["form"]

    @property
    def kept_parameters(self) -> Iterator[tuple[str, str]]:
        """What the form of the filters sends along: search, order, columns, and what links to the list compare."""
        of_specs = {name for spec in self.filter_specs for name in spec.expected_parameters()}
        for name, values in self.filter_params.items():
            if name not in of_specs:
                yield from ((name, value) for value in values)

    @cached_property
    def tabs(self) -> list[ViewTab]:
        """The saved views of the list."""
        return list(view_tabs(self.request, self.model_admin))

    @property
    def tab_here(self) -> ViewTab | None:
        """The saved view that the address is."""
        return next((one for one in self.tabs if one.is_here), None)

    @property
    def is_narrowed(self) -> bool:
        """Whether the address has what a view keeps."""
        return bool(plain_query(self.request.GET))

    @property
    def may_share(self) -> bool:
        return may_share(self.request)

    @property
    def shown_names(self) -> str:
        """The columns of the list for an address; empty while they are the usual ones."""
        usual = [one for one in self.model_admin.list_display if is_shown(self.request, one)]
        if self.list_display == usual:
            return ""
        return ",".join(one.name for one in self.list_display)

    @property
    def own_query(self) -> str:
        """The address of the list without the number of the page."""
        return str(self.get_query_string({PAGE_VAR: None}))[1:]

    def _is_numeric(self, name: str) -> bool:
        path, _sign, comparison = name.rpartition("__")
        try:
            field = get_fields_from_path(self.model, path if comparison in COMPARISONS else name)
        except (FieldDoesNotExist, NotRelationField):
            return False
        return _holds_numbers(field[-1])

    # --- pages ----------------------------------------------------------------------------------------------------

    def get_results(self, request: HttpRequest) -> None:
        self.list_per_page = rows_per_page(request.GET)
        super().get_results(request)

    @cached_property
    def rows_of_page(self) -> list[Any]:
        """The ids of the page first, then their records with what is read beside them: a database joins before it sorts
        them, and would read the clients of ten thousand invoices for fifty.
        """
        if not self.result_count:
            return []
        begin = (self.page_num - 1) * self.list_per_page if self.multi_page else 0
        ids = self.queryset.select_related(None).values_list("pk", flat=True)
        page = list(ids[begin : begin + self.list_per_page])
        found = self.queryset.order_by().in_bulk(page)
        return [found[pk] for pk in page if pk in found]

    @property
    def page_sizes(self) -> list[tuple[int, str, bool]]:
        """How many rows a page may have, with the address of each, and whether it is this one; none of a short list."""
        if self.result_count <= PAGE_SIZES[0]:
            return []
        return [
            (
                size,
                str(self.get_query_string({PER_PAGE_VAR: size, PAGE_VAR: None})),
                size == self.list_per_page,
            )
            for size in PAGE_SIZES
        ]

    @property
    def previous_query(self) -> str:
        """The query of the page before; empty on the first."""
        return self._page_query(self.page_num - 1) if self.page_num > 1 else ""

    @property
    def next_query(self) -> str:
        """The query of the page after; empty on the last, and at the end of what is counted."""
        last = min(self.paginator.num_pages, COUNTED_ROWS // self.list_per_page)
        return self._page_query(self.page_num + 1) if self.page_num < last else ""

    def _page_query(self, number: int) -> str:
        return str(self.get_query_string({"p": number}))

    def url_for_result(self, result: Any) -> Any:
        """Rows of records without a page of their own link nowhere."""
        return self.model_admin.record_url(result) if self.model_admin.has_record_page else None


def without_empty(asked: QueryDict, usual: Collection[str]) -> QueryDict:
    """An address to pass on: without the fields of a form that were left empty, unless that says something."""
    short = QueryDict(mutable=True)
    for name, values in asked.lists():
        if given := [one for one in values if one or name in usual]:
            short.setlist(name, given)
    return short


def _holds_numbers(field: Any) -> bool:
    """A field of numbers, or a relation to records that are numbered."""
    key = field.related_model._meta.pk if field.is_relation else field
    return isinstance(key, IntegerField)


def _within_range(typed: str) -> str:
    return ",".join(map(_nearest, typed.split(",")))


def _nearest(typed: str) -> str:
    try:
        number = int(typed)
    except ValueError:
        return typed
    return typed if -GREATEST <= number <= GREATEST else str(GREATEST if number > 0 else -GREATEST)
