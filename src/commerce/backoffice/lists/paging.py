"""Pages of long lists: rows are counted up to a limit, which says "10,000 or more", and no further."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property

COUNTED_ROWS = 10_000
"""Rows that a list counts and can be paged through; what lies beyond is found by a filter or a search."""

PER_PAGE_VAR = "per_page"
PAGE_SIZES = (50, 100, 200)
"""Rows of a page that a list offers: as it is, and up to the most that an address may ask for."""


def rows_per_page(query: QueryDict) -> int:
    """What an address asks for (``?per_page=120``), from 1 to 200 rows; 50 where it says nothing that makes sense."""
    typed = query.get(PER_PAGE_VAR, "")
    if not (typed.isascii() and typed.isdecimal()):
        return PAGE_SIZES[0]
    return max(1, min(int(typed[:9]), PAGE_SIZES[-1]))


def count_rows(rows: "QuerySet[Any]") -> int:
    """How many there are, of no more than one beyond ``COUNTED_ROWS``."""
    return int(rows.order_by()[: COUNTED_ROWS + 1].count())


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Django's, with a count that never reads more than ``COUNTED_ROWS`` entries of an index."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int | None = getattr(rows, "counted", None)
        return count_rows(rows) if counted is None else counted

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > COUNTED_ROWS
