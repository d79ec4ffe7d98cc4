"""What hardly changes is read once for a request or a run: a memo that ends with the block, and never outlives it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_made: ContextVar[dict[str, Any] | None] = ContextVar("made_once", default=None)


@contextmanager
def cached_for_request() -> Iterator[None]:
    """Until the end of the block ``memoized`` remembers: for one request, or one run."""
    mark = _made.set({})
    try:
        yield
    finally:
        _made.reset(mark)


def is_caching() -> bool:
    """Whether such a block is open: then it is worth it to read more than is asked for."""
    return _made.get() is not None


def memoized[Value](name: str, make: Callable[[], Value]) -> Value:
    """What ``make`` gives; within ``cached_for_request()`` it is asked at most once for a name."""
    made = _made.get()
    if made is None:
        return make()
    if name not in made:
        made[name] = make()
    value: Value = made[name]
    return value


def clear_request_cache() -> None:
    """Within ``cached_for_request()``: read anew from here on, since something was saved."""
    made = _made.get()
    if made is not None:
        made.clear()
