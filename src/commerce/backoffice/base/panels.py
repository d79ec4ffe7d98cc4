"""Lists of what belongs to a record, on its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Needed, Text
from commerce.backoffice.lists.columns import Column, is_shown

PANEL_ROWS = 10
"""Rows of a panel; the whole is on the list that it links to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A list of what belongs to a record, on its page. Rows of a kind that has pages of its own link to these."""

    title: Text
    permission: Needed
    columns: Sequence[Column]
    rows: Callable[[Any], "QuerySet[Any] | Sequence[Any]"]
    """The rows of a record, newest first; only ``limit`` are read."""
    all_url: Callable[[Any], str] | None = None
    """The address of the whole list, filtered to the record."""
    limit: int = PANEL_ROWS
    actions: Sequence[tuple[Text, Callable[[Any], str], StaffPermission]] = ()
    """Links above it: words, address for the record, and the permission of that page."""

    def drawn(
        self, record: Any, url_of: Callable[[Any], str], request: HttpRequest
    ) -> dict[str, Any]:
        """What its template needs: heads and rows of values; ``url_of`` gives the page of a row."""
        columns = [one for one in self.columns if is_shown(request, one)]
        rows = list(self.rows(record)[: self.limit + 1])
        return {
            "title": self.title,
            "heads": [one.short_description for one in columns],
            "rows": [
                {"url": url_of(row), "values": [one(row) for one in columns]}
                for row in rows[: self.limit]
            ],
            "has_more": len(rows) > self.limit,
            "all_url": self.all_url(record) if self.all_url else "",
            "actions": [
                {"label": label, "url": url(record)}
                for label, url, permission in self.actions
                if may(request, permission)
            ],
        }
