"""Reading settings, and what else hardly changes. Within ``remembered()`` it is read once; outside, each time anew.

There is no cache that outlives a request, so a saved setting counts on every node at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from commerce.kit import clock
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Setting
from commerce.preferences.secrets import opened

ZONE = "billing.time_zone"
IN_FORCE = "billing.time_zone in force"
"""A row that is no setting: the zone that counts, the instant since which it does, and the date of that instant."""

_stored: ContextVar[dict[str, Any] | None] = ContextVar("stored_settings", default=None)
_made: ContextVar[dict[str, Any] | None] = ContextVar("made_once", default=None)


def once[Value](name: str, make: Callable[[], Value]) -> Value:
    """What ``make`` gives; within ``remembered()`` it is asked at most once for a name."""
    made = _made.get()
    if made is None:
        return make()
    if name not in made:
        made[name] = make()
    found: Value = made[name]
    return found


def get(key: str) -> Any:
    """The value of a setting, stored or default; an unknown key raises ``KeyError``."""
    known = KEYS[key]
    found = _rows(key).get(key)
    if found is None:
        return known.default
    return opened(found) if known.secret else found


def _rows(*keys: str) -> dict[str, Any]:
    """What is stored of these, among others perhaps; in one query at most."""
    stored = _stored.get()
    if stored is None:
        return dict(Setting.objects.filter(pk__in=keys).values_list("key", "value"))
    if not stored:
        stored[""] = None
        stored.update(Setting.objects.values_list("key", "value"))
    return stored


def forget() -> None:
    """Within ``remembered()``: read anew from here on, since something was saved."""
    for kept in (_stored.get(), _made.get()):
        if kept is not None:
            kept.clear()


@contextmanager
def remembered() -> Iterator[None]:
    """Read the stored settings at most once until the end of the block: for one request, or one run."""
    mark, also = _stored.set({}), _made.set({})
    try:
        yield
    finally:
        _stored.reset(mark)
        _made.reset(also)


def zone() -> ZoneInfo:
    """The business time zone in force: ``billing.time_zone`` as it was when the last daily run began."""
    return ZoneInfo(_in_force()[0])


def business_date(at: datetime) -> date:
    """The business date of an instant: the calendar day in the zone in force.

    It never goes back: after a change to a zone where it is still an earlier day, it stands still until that one has
    caught up.
    """
    name, kept = _in_force()
    day = clock.business_date(at, name)
    if kept and at >= datetime.fromisoformat(kept["since"]):
        return max(day, date.fromisoformat(kept["date"]))
    return day


def start_of(day: date) -> datetime:
    """The first instant of a business date, or, of one that the standing still left out, of the first after it."""
    name, kept = _in_force()
    midnight = datetime.combine(day, time(), ZoneInfo(name)).astimezone(UTC)
    if kept and date.fromisoformat(kept["date"]) >= day:
        return min(midnight, datetime.fromisoformat(kept["since"]))
    return midnight


def _in_force() -> tuple[str, dict[str, str] | None]:
    """Before the first daily run no zone is in force yet, and what is chosen counts at once."""
    rows = _rows(IN_FORCE, ZONE)
    if kept := rows.get(IN_FORCE):
        return kept["zone"], kept
    return rows.get(ZONE) or KEYS[ZONE].default, None
