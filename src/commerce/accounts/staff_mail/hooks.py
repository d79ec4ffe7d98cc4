"""What else hears of what staff are told by mail: ``wiring.py`` fills this place."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class StaffNotice(NamedTuple):
    """Something that staff with this permission are told, once for each key, and the page where it is done."""

    event: str
    idempotency_key: str
    permission: str
    url: str
    at: datetime


_listeners: list[Callable[[StaffNotice], None]] = []


def when_staff_are_told(listener: Callable[[StaffNotice], None]) -> None:
    """Have this one hear of each notice, in the transaction of what happened."""
    _listeners.append(listener)


def pass_on(notice: StaffNotice) -> None:
    """Tell all who want to hear of it."""
    for listener in _listeners:
        listener(notice)
