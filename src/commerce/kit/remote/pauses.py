"""How long others want to be left alone: ``Retry-After`` of an answer that says too much, or not now (RFC 9110 10.2.3).

Whoever runs work that calls others hears of it in one place, whatever becomes of the answer on its way there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_SECONDS = 3600
"""More is not believed: nobody shall stop our work for a day by one header."""
_NOT_NOW = (429, 503)


@dataclass(slots=True)
class AskedPause:
    """The longest pause that an answer asked for; 0 if none did."""

    seconds: int = 0


_asked: ContextVar[AskedPause | None] = ContextVar("pause that others asked for", default=None)


@contextmanager
def heeding_pauses() -> Iterator[AskedPause]:
    """Learn of the pauses that calls within the block are asked for."""
    pause = AskedPause()
    mark = _asked.set(pause)
    try:
        yield pause
    finally:
        _asked.reset(mark)


def note_pause(status: int, headers: Mapping[str, str]) -> None:
    """Whoever called hears of it, if this answer asks for a pause."""
    pause = _asked.get()
    if pause is not None and status in _NOT_NOW:
        pause.seconds = max(pause.seconds, pause_seconds(headers))


def pause_seconds(headers: Mapping[str, str], *, unsaid: int = 0) -> int:
    """As it is said: a number, or an instant of their own clock; ``unsaid`` where nobody can read it."""
    wanted = headers.get("Retry-After", "").strip()
    try:
        if wanted.isascii() and wanted.isdecimal():
            seconds = int(wanted[:9])
        else:
            until, now = (parsedate_to_datetime(text) for text in (wanted, headers.get("Date", "")))
            seconds = int((until - now).total_seconds())
    except (ValueError, TypeError):
        return unsaid
    return min(max(seconds, 1), LONGEST_PAUSE_SECONDS)
