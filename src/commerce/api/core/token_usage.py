"""When, from where and how often tokens are used: kept by a thread of its own, never in a request's way.

A request adds one to a number in memory. The thread writes what has come together as soon as a token is used that was
not written within the last minute, and once a minute in any case: a process that ends loses no more than that.
"""

import logging
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from django.db import close_old_connections

from commerce.accounts.actions.token_usage import TokenUse, record_token_use
from commerce.api.core.auth import ApiCaller
from commerce.db import outages

log = logging.getLogger(__name__)

_MINUTE = timedelta(seconds=60)

MAX_PENDING_USES = 10_000
"""Tokens, with their addresses, whose use waits in memory while the database takes nothing."""

type _Key = tuple[int, str, int]

_uses: dict[_Key, list[Any]] = {}
"""Requests by token, address and day of the month, and when the latest of them came."""
_noted: dict[int, datetime] = {}
_wake = Event()
_lock = Lock()
_writer: Thread | None = None


def record_use(caller: ApiCaller, address: str, at: datetime) -> None:
    """Count a request, and have it written soon unless this token's use was written within the last minute."""
    key = (caller.token_id, address, at.day)
    with _lock:
        use = _uses.get(key)
        if use is not None:
            use[0] += 1
            use[1] = at
        elif len(_uses) < MAX_PENDING_USES:
            _uses[key] = [1, at]
    since = at - _MINUTE
    noted = _noted.get(caller.token_id)
    if noted is not None and since < noted <= at:
        return
    stored = caller.last_used_at
    if stored is not None and stored.replace(tzinfo=UTC) > since:
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[caller.token_id] = at
    _wake.set()
    _start()


def _give_back(key: _Key, requests: int, at: datetime) -> None:
    with _lock:
        known = _uses.get(key, [0, at])
        if key in _uses or len(_uses) < MAX_PENDING_USES:
            _uses[key] = [requests + known[0], max(at, known[1])]


def write_pending_uses() -> None:
    """Write what is remembered. A failure is logged, and what was not written waits for the next time."""
    with _lock:
        taken = dict(_uses)
        _uses.clear()
    by_token = defaultdict(list)
    for key in taken:
        by_token[key[0]].append(key)
    while by_token:
        token_id, keys = by_token.popitem()
        try:
            record_token_use(
                token_id=token_id, uses=[TokenUse(key[1], *taken[key]) for key in keys]
            )
        except Exception as error:
            if kind := outages.outage_kind(error):
                outages.log_outage(log, kind, error)
            else:
                log.exception("The use of tokens could not be written.")
            for key in [*keys, *(each for rest in by_token.values() for each in rest)]:
                _give_back(key, *taken[key])
            with suppress(Exception):
                close_old_connections()
            return


def _start() -> None:
    global _writer
    if _writer is None or not _writer.is_alive():
        with _lock:
            if _writer is None or not _writer.is_alive():
                _writer = Thread(target=_run, name="token-usage", daemon=True)
                _writer.start()


def _run() -> None:
    while True:
        _wake.wait(_MINUTE.total_seconds())
        _wake.clear()
        close_old_connections()  # the one of a minute ago may be lost by now
        write_pending_uses()
