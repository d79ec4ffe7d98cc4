"""Which requests this process answers right now, by who asked: so that one of them does not take all of its threads."""

from collections.abc import Iterable
from threading import Lock


class RunningRequests:
    """Requests that run, counted under names of who asked. One entry is a microsecond, and nothing outlives it."""

    def __init__(self, threads: int | None = None) -> None:
        self._lock = Lock()
        self._running: dict[str, int] = {}
        self.threads = threads
        """Threads that answer requests; None: nobody said, and nobody takes all of them."""

    def begin(self, names: Iterable[str]) -> list[str]:
        """One more begins; the names under which, with it, no thread would be left for others."""
        spare = None if self.threads is None else max(self.threads - 1, 1)
        full = []
        with self._lock:
            for name in names:
                running = self._running[name] = self._running.get(name, 0) + 1
                if spare is not None and running > spare:
                    full.append(name)
        return full

    def end(self, names: Iterable[str]) -> None:
        """One that had begun is over."""
        with self._lock:
            for name in names:
                running = self._running.pop(name) - 1
                if running:
                    self._running[name] = running


this_process = RunningRequests()
