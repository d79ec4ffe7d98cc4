"""Reading settings. Within ``remembered()`` the stored rows are read once; outside of it, each time anew.

There is no cache that outlives a request, so a saved setting counts on every node at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from commerce.kit import clock
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Setting

_stored: ContextVar[dict[str, Any] | None] = ContextVar("stored_settings", default=None)


def get(key: str) -> Any:
    """The value of a setting, stored or default; an unknown key raises ``KeyError``."""
    known = KEYS[key]
    stored = _stored.get()
    if stored is not None:
        if not stored:
            stored[""] = None
            stored.update(Setting.objects.values_list("key", "value"))
        return stored.get(key, known.default)
    found = Setting.objects.filter(pk=key).values_list("value", flat=True).first()
    return known.default if found is None else found


@contextmanager
def remembered() -> Iterator[None]:
    """Read the stored settings at most once until the end of the block: for one request, or one run."""
    mark = _stored.set({})
    try:
        yield
    finally:
        _stored.reset(mark)


def business_date(at: datetime) -> date:
    """The business date of an instant: the calendar day in ``billing.time_zone``."""
    return clock.business_date(at, get("billing.time_zone"))
