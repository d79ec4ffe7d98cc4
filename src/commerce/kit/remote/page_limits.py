"""How long a page may wait for others over the network: its calls are short, and they never take all threads."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from threading import BoundedSemaphore

from commerce.kit.remote.time_limits import calls_end_at
from commerce.kit.request_cache import memoized

PAGE_SECONDS, TURN_SECONDS = 8, 1
"""What all calls of a page may take together, and how long it waits for its turn to call."""

_turns = BoundedSemaphore(1)

type WaitBudget = Callable[[], AbstractContextManager[None]]
"""Makes a block in which a page waits; the block refuses to begin for whoever has waited too much."""

_budget: ContextVar[WaitBudget] = ContextVar("budget of waiting", default=nullcontext)


def keep_threads_free(threads: int) -> None:
    """Of so many threads that answer pages, one at least waits for nobody else, however slow that is."""
    global _turns
    _turns = BoundedSemaphore(max(threads - 1, 1))


@contextmanager
def waits_counted_by(budget: WaitBudget) -> Iterator[None]:
    """What pages of this block wait for others is counted by ``budget``: there are few turns, which all share."""
    mark = _budget.set(budget)
    try:
        yield
    finally:
        _budget.reset(mark)


def counted_wait() -> AbstractContextManager[None]:
    """A block in which a page waits for others without a turn: what it asks for cannot be left out."""
    return _budget.get()()


@contextmanager
def page_limits() -> Iterator[None]:
    """A turn, and what is left of the time of this page. Raises ``TimeoutError``, and what its budget raises."""
    ends_at = memoized("calls of the page end at", lambda: time.monotonic() + PAGE_SECONDS)
    turns = _turns
    if not turns.acquire(timeout=TURN_SECONDS):
        raise TimeoutError("all threads that may wait for others do so")
    try:
        with counted_wait(), calls_end_at(ends_at):
            yield
    finally:
        turns.release()
