"""When, from where and how often tokens are used: kept by a thread of its own, never in a request's way.

A request adds one to a number in memory. The thread writes all that has come together once a minute, and the use of a
token that nobody has used for some time within two seconds: a process that ends loses no more than a minute.
Tokens are written by the fifty, with a rest in between: one transaction for each would cost as much as many of the
requests that it counts, and one for all would hold up those that come meanwhile.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from django.db import close_old_connections

from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.api.core.auth import ApiCaller
from commerce.db import outages

log = logging.getLogger(__name__)

_EACH_SECONDS = 60
"""How often all uses are written."""
_IN_USE = timedelta(minutes=10)
"""A token that was used so shortly before is written with all others, and need not be written at once, too."""
_GATHER_SECONDS = 1
"""How long the writer waits for what comes after the use that woke it, to write it together."""
_TOGETHER = 50
"""Uses that are written in one transaction: less of Python's time than it takes between two threads (5 ms)."""
_REST = timedelta(milliseconds=10)
"""What requests have for themselves between two such transactions."""

MAX_PENDING_USES = 10_000
"""Tokens, with their addresses, whose use waits in memory while the database takes nothing."""

type _Key = tuple[int, str, int]

_uses: dict[_Key, list[Any]] = {}
"""Requests by token, address and day of the month, and when the latest of them came."""
_noted: dict[int, datetime] = {}
_due: set[int] = set()
"""Tokens whose use is to be written soon."""
_wake = Event()
_lock = Lock()
_writer: Thread | None = None


def record_use(caller: ApiCaller, address: str, at: datetime) -> None:
    """Count a request, and have it written at once unless this token was in use until now."""
    key = (caller.token_id, address, at.day)
    with _lock:
        use = _uses.get(key)
        if use is not None:
            use[0] += 1
            use[1] = at
        elif len(_uses) < MAX_PENDING_USES:
            _uses[key] = [1, at]
    if _is_crowded():
        _wake_writer()
    since = at - _IN_USE
    noted = _noted.get(caller.token_id)
    if noted is not None and since < noted <= at:
        return
    stored = caller.last_used_at
    if stored is not None and stored.replace(tzinfo=UTC) > since:
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[caller.token_id] = at
    with _lock:
        _due.add(caller.token_id)
    _wake_writer()


def _is_crowded() -> bool:
    """Whether so many wait that all are to be written now: one caller with many addresses must not crowd others out."""
    return len(_uses) >= MAX_PENDING_USES // 2


def _give_back(uses: Iterable[TokenUse]) -> None:
    with _lock:
        for use in uses:
            key = (use.token_id, use.address, use.at.day)
            known = _uses.get(key, [0, use.at])
            if key in _uses or len(_uses) < MAX_PENDING_USES:
                _uses[key] = [use.requests + known[0], max(use.at, known[1])]


def write_pending_uses(*, only_due: bool = False) -> None:
    """Write what is remembered. A failure is logged, and what was not written waits for the next time."""
    with _lock:
        keys = [key for key in _uses if not only_due or key[0] in _due]
        _due.clear()
        taken = {key: _uses.pop(key) for key in keys}
    batches = [
        [TokenUse(key[0], key[1], *taken[key]) for key in keys[first : first + _TOGETHER]]
        for first in range(0, len(keys), _TOGETHER)
    ]
    while batches:
        uses = batches.pop()
        try:
            record_token_uses(uses)
        except Exception as error:
            if kind := outages.outage_kind(error):
                outages.log_outage(log, kind, error)
                _give_back(use for batch in [uses, *batches] for use in batch)
                batches.clear()
            elif len(uses) > 1:  # in halves, until what cannot be written stands alone
                batches += [uses[: len(uses) // 2], uses[len(uses) // 2 :]]
            else:
                log.exception("The use of a token could not be written.")
                _give_back(uses)
            with suppress(Exception):
                close_old_connections()
        if batches:
            time.sleep(_REST.total_seconds())


def _wake_writer() -> None:
    global _writer
    _wake.set()
    if _writer is None or not _writer.is_alive():
        with _lock:
            if _writer is None or not _writer.is_alive():
                _writer = Thread(target=_run, name="token-usage", daemon=True)
                _writer.start()


def _run() -> None:
    all_at = time.monotonic() + _EACH_SECONDS
    while True:
        _wake.wait(max(all_at - time.monotonic(), 0))
        time.sleep(_GATHER_SECONDS)
        _wake.clear()
        close_old_connections()  # the one of a minute ago may be lost by now
        is_minute_over = time.monotonic() >= all_at
        write_pending_uses(only_due=not (is_minute_over or _is_crowded()))
        if is_minute_over:
            all_at = time.monotonic() + _EACH_SECONDS
