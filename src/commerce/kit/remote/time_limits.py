"""Until when calls to others may last: a page has a few seconds for all of them, whatever one call may take."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float] = ContextVar("calls_end_at", default=math.inf)


@contextmanager
def calls_end_at(instant: float) -> Iterator[None]:
    """Calls within the block are over at this instant of ``time.monotonic()``."""
    mark = _ends_at.set(instant)
    try:
        yield
    finally:
        _ends_at.reset(mark)


def seconds_left() -> float:
    """How long a call may last that begins now, besides its own limit; 0 when the time is over."""
    return max(_ends_at.get() - time.monotonic(), 0)
