"""How long a page may wait for others over the network: its calls are short, and they never take all threads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from commerce.kit.remote.time_limits import calls_end_at
from commerce.kit.request_cache import memoized

PAGE_SECONDS, TURN_SECONDS = 8, 1
"""What all calls of a page may take together, and how long it waits for its turn to call."""

_turns = BoundedSemaphore(1)


def keep_threads_free(threads: int) -> None:
    """Of so many threads that answer pages, one at least waits for nobody else, however slow that is."""
    global _turns
    _turns = BoundedSemaphore(max(threads - 1, 1))


@contextmanager
def page_limits() -> Iterator[None]:
    """A turn, and what is left of the time of this page. Raises ``TimeoutError``."""
    ends_at = memoized("calls of the page end at", lambda: time.monotonic() + PAGE_SECONDS)
    turns = _turns
    if not turns.acquire(timeout=TURN_SECONDS):
        raise TimeoutError("all threads that may wait for others do so")
    try:
        with calls_end_at(ends_at):
            yield
    finally:
        turns.release()
