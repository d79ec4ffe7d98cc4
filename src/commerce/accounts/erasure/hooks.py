"""What other apps give erasure, by ``commerce.wiring``: what must end before it, and what each erases of its rows."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice

from commerce.accounts.erasure.rules import ErasureBlocker, ErasureScope
from commerce.accounts.models import Client
from commerce.kit.context import Context

type BlockerSource = Callable[[Client, int | None], Iterable[ErasureBlocker]]
type Eraser = Callable[[ErasureScope, Context], None]
type LastRecordDay = Callable[[int], date | None]

_blocker_sources: list[BlockerSource] = []
_erasers: list[Eraser] = []
_record_erasers: list[tuple[LastRecordDay, Eraser]] = []


def register_blockers(*sources: BlockerSource) -> None:
    """Each names the records of a client that must end before erasure, of each kind so many at most."""
    _blocker_sources.extend(sources)


def register_erasers(*erasers: Eraser) -> None:
    """Each erases what is personal in the rows of its app, but for documents that must be kept."""
    _erasers.extend(erasers)


def register_record_eraser(last_day: LastRecordDay, eraser: Eraser) -> None:
    """``last_day(client_id)`` is that of the client's last document, ``eraser`` erases what is personal in them."""
    _record_erasers.append((last_day, eraser))


def erasure_blockers(client: Client, most: int | None = None) -> list[ErasureBlocker]:
    """What must end before a client's data can be erased, in the order in which apps are wired; no more than ``most``,
    behind which no app is asked.
    """
    blockers = (blocker for source in _blocker_sources for blocker in source(client, most))
    return list(islice(blockers, most))


def run_erasers(scope: ErasureScope, ctx: Context) -> None:
    """Have every app erase what is personal in its rows."""
    for eraser in _erasers:
        eraser(scope, ctx)


def last_record_day(client_id: int) -> date | None:
    """The day of the last document of a client that had to be kept; None if there is none."""
    days = [last_day(client_id) for last_day, _eraser in _record_erasers]
    return max((day for day in days if day is not None), default=None)


def run_record_erasers(scope: ErasureScope, ctx: Context) -> None:
    """Have every app erase what is personal in documents that were kept."""
    for _last_day, eraser in _record_erasers:
        eraser(scope, ctx)
