"""What stands where the server wants an event loop: coroutines run on the thread that calls, until they must wait.

The server calls its handler, and tells it that bytes have come, on the threads that answer requests. An event loop
beside them would cost two changes of thread for each request (decision 0040); here a request that has no body to wait
for goes from its first line to its last on one thread, and one that waits holds none.
"""

import asyncio
import math
import signal
import time
from collections.abc import Callable, Coroutine
from threading import Event
from typing import Any

STOP_GRACE_SECONDS = 2.0
"""For what is still waited for when the process is told to stop."""


class InlineLoop:
    """Runs coroutines without a loop; those that wait longer than ``seconds`` in all get ``TimeoutError``."""

    def __init__(self) -> None:
        self.seconds = 20.0
        self.running: set[_InlineTask] = set()
        self.waiting: set[_InlineTask] = set()
        self._ends = math.inf
        self._ended = Event()

    def create_task(self, coroutine: Coroutine[Any, Any, None]) -> "_InlineTask":
        task = _InlineTask(self, coroutine)
        task.step(is_late=False)
        return task

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Any = None
    ) -> None:
        """Call it now. The server's only callback without an argument says that it has stopped."""
        callback(*args)
        if not args:
            self._ended.set()

    call_soon = call_soon_threadsafe

    def add_signal_handler(self, number: int, callback: Callable[..., Any], *args: Any) -> None:
        """Half-sent requests must not hold up the end that the signal asks for."""

        def end(number: int, frame: object) -> None:
            self._ends = time.monotonic() + STOP_GRACE_SECONDS
            callback(*args)

        signal.signal(number, end)

    def is_drained(self) -> bool:
        """Whether the process was told to stop and has no request left that it knows of."""
        return time.monotonic() > self._ends and not self.running and not self.waiting

    def run_until_complete(self, stopped: Coroutine[Any, Any, None]) -> None:
        """Wait until the server has stopped."""
        stopped.close()
        self._ended.wait()

    def expire(self) -> None:
        """End what has waited for too long; to be called now and then."""
        now = time.monotonic()
        for task in list(self.waiting):
            waits_for = task.waits_for  # its bytes may come at this moment
            if now > min(task.ends, self._ends) and waits_for is not None:
                waits_for.cancel()


class _InlineTask:
    """A coroutine and the future that it waits for."""

    __slots__ = ("coroutine", "ends", "loop", "waits_for")

    def __init__(self, loop: InlineLoop, coroutine: Coroutine[Any, Any, None]) -> None:
        self.loop, self.coroutine = loop, coroutine
        self.ends = 0.0
        self.waits_for: asyncio.Future[Any] | None = None

    def step(self, *, is_late: bool) -> None:
        """Run on until the coroutine ends or waits again."""
        running = self.loop.running
        running.add(self)
        try:
            # Thrown as a class: a name here for the exception would keep it, and with it the connection, alive.
            found = self.coroutine.throw(TimeoutError) if is_late else self.coroutine.send(None)
        except StopIteration:
            return
        finally:
            running.discard(self)
        if not self.ends:
            self.ends = time.monotonic() + self.loop.seconds
        self.waits_for = found
        self.loop.waiting.add(self)
        found.add_done_callback(self._resume)

    def _resume(self, future: "asyncio.Future[Any]") -> None:
        self.loop.waiting.discard(self)
        self.waits_for = None
        self.step(is_late=future.cancelled())


INLINE_LOOP = InlineLoop()
"""Those of this process."""
