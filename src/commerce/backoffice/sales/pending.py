"""A filter by state of requests that wait for staff: unless told otherwise, the list shows those that do."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from commerce.backoffice.lists.filters import choice_filter


def pending_filter(
    labels: Callable[[], Mapping[Any, Any]], waiting: str = "pending"
) -> type[DropdownFilter]:
    """``?status=…``; without it the ``waiting`` ones, with an empty one all."""

    class PendingFilter(choice_filter("status", _("Status"), labels)):  # type: ignore[misc]
        has_usual_value = True

        def value(self) -> str:
            chosen = super().value()
            return waiting if chosen is None else str(chosen)

    return PendingFilter
