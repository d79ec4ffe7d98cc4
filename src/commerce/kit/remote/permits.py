"""Leave to call others, where a stranger may be the reason: it is asked for once there is a call to make."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

type Permit = Callable[[], None]
"""Raises ``CallNotPermittedError`` if no call may be made."""

_permit: ContextVar[Permit | None] = ContextVar("permit of calls", default=None)


class CallNotPermittedError(OSError):
    """Nobody was asked: there were too many such calls. ``seconds``: until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many calls for the same reason")
        self.seconds = seconds


@contextmanager
def calls_need(permit: Permit) -> Iterator[None]:
    """``permit`` is asked before each call that is made within the block."""
    mark = _permit.set(permit)
    try:
        yield
    finally:
        _permit.reset(mark)


def ask_permit() -> None:
    """What a call does first. Raises ``CallNotPermittedError``."""
    if permit := _permit.get():
        permit()
