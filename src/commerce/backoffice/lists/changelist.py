"""Django's list with the links to the page before and after it, and unfold's filters."""

from typing import Any

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.db.models import IntegerField
from unfold.views import ChangeList

from commerce.backoffice.lists.paging import COUNTED_ROWS

COMPARISONS = ("exact", "in", "isnull", "gte", "gt", "lte", "lt")
"""How an address may compare a column."""
GREATEST = 2**63 - 1
"""What a column of numbers can hold at most; there is no record of this number."""


class RecordList(ChangeList):
    """The rows of one page of a list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.list_url = self.model_admin.list_url()

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What the address compares. In the place of a number that no column holds stands the nearest one that a column
        could, which finds the same; databases raise for the other.
        """
        asked = super().get_filters_params(params)
        return {
            name: [_within_range(one) for one in values] if self._is_numeric(name) else values
            for name, values in asked.items()
        }

    def _is_numeric(self, name: str) -> bool:
        path, _sign, comparison = name.rpartition("__")
        try:
            field = get_fields_from_path(self.model, path if comparison in COMPARISONS else name)
        except (FieldDoesNotExist, NotRelationField):
            return False
        return _holds_numbers(field[-1])

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
