"""When and from where a token was last used: written by a thread of its own, never in a request's way."""

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from threading import Lock, Thread

from django.db import close_old_connections

from commerce.accounts.actions import note_use
from commerce.api.auth import Caller

log = logging.getLogger(__name__)

_pending: SimpleQueue[tuple[int, datetime, str]] = SimpleQueue()
_noted: dict[int, datetime] = {}
_lock = Lock()
_writer: Thread | None = None


def note(caller: Caller, address: str, at: datetime) -> None:
    """Remember to write that a token was used, unless that was written within the last minute."""
    since = at - timedelta(seconds=60)
    stored = caller.last_used_at
    if stored is not None and stored.replace(tzinfo=UTC) > since:
        return
    noted = _noted.get(caller.token_id)
    if noted is not None and since < noted <= at:
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[caller.token_id] = at
    _pending.put((caller.token_id, at, address))
    _start()


def write_pending() -> None:
    """Write what is remembered; a failure is logged and forgotten."""
    while not _pending.empty():
        _write(*_pending.get())


def _write(token_id: int, at: datetime, address: str) -> None:
    try:
        note_use(token_id=token_id, at=at, address=address or None)
    except Exception:
        log.exception("The last use of a token could not be written.")
        with suppress(Exception):
            close_old_connections()


def _start() -> None:
    global _writer
    if _writer is None or not _writer.is_alive():
        with _lock:
            if _writer is None or not _writer.is_alive():
                _writer = Thread(target=_run, name="token-usage", daemon=True)
                _writer.start()


def _run() -> None:
    while True:
        _write(*_pending.get())
