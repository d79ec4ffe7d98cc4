"""Counters for limits: how many times something happened in a window that its first time started.

Three stores: ``memory`` for one worker process, ``shared`` for those of one machine, and Valkey for any number of
workers and nodes. All are exact.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol

from commerce.kit import counts
from commerce.kit.resp import Answered, Client, Reply, Script
from commerce.kit.table import Table

log = logging.getLogger(__name__)


class Window(NamedTuple):
    """The answer of a counter: was it admitted, how many are left, and whole seconds (≥ 1) to the window's end."""

    admitted: bool
    left: int
    reset: int


class Counters(Protocol):
    """A store of counters."""

    def prepare(self, threads: int) -> None:
        """Make ready for this many calls at once, so that the first of them need not wait."""
        ...

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        """Count ``units`` (0 or 1) on ``key`` unless ``quota`` of this window of ``window`` seconds is used up.

        With 0 units it only looks: the same admission, nothing counted, no window started. None: the store is down.
        """
        ...

    def give_back(self, key: str) -> None:
        """Uncount one unit: what it was taken for turned out not to count, such as a sign-in that succeeded."""
        ...

    def clear(self, key: str) -> None:
        """Forget ``key``: its next unit starts a new window."""
        ...


_NONE = (0, 0)


class _Windows:
    """Windows kept in a mapping of keys to (nanosecond of the end, units used), which only ``alone`` is changed."""

    def __init__(self, kept: dict[str, tuple[int, int]] | Table, alone: Lock | Table) -> None:
        # Whole nanoseconds: 60.0 added to a float and taken off again may be 60.000000000004, and is then 61 seconds.
        self._kept, self._alone = kept, alone

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window:
        with self._alone:
            now = time.monotonic_ns()
            ends, used = self._kept.get(key, _NONE)
            if ends <= now:
                ends, used = now + window * 1_000_000_000, 0
            admitted = used < quota
            if admitted and units:
                used += units
                self._kept[key] = (ends, used)
        return Window(admitted, max(quota - used, 0), max(-((now - ends) // 1_000_000_000), 1))

    def give_back(self, key: str) -> None:
        with self._alone:
            ends, used = self._kept.get(key, _NONE)
            if used > 1:
                self._kept[key] = (ends, used - 1)
            else:
                self._kept.pop(key, _NONE)

    def clear(self, key: str) -> None:
        with self._alone:
            self._kept.pop(key, _NONE)


class Memory(_Windows):
    """Counters of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, int]] = {}
        super().__init__(self._kept, Lock())
        self._sweep_at = 10_000

    def prepare(self, threads: int) -> None:
        """Nothing is needed."""

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window:
        answer = super().take(key, quota, window, units=units)
        if len(self._kept) > self._sweep_at:
            with self._alone:
                self._sweep(time.monotonic_ns())
        return answer

    def _sweep(self, now: int) -> None:
        self._kept = {k: w for k, w in self._kept.items() if w[0] > now}
        self._sweep_at = max(10_000, 2 * len(self._kept))


class _Outside:
    """A store that may be away. A call takes at most 50 ms; after a failure it rests for a second."""

    def __init__(self) -> None:
        self._rest_until = 0.0
        self.failures = 0

    def _ask[T](self, call: Callable[..., T], *arguments: Any) -> T | None:
        """What the call gives; None, without a call, while the store rests after a failure."""
        if time.monotonic() < self._rest_until:
            return None
        try:
            return call(*arguments)
        except (OSError, Answered, ValueError) as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + 1
        self.failures += 1
        counts.here.event("counters.failed")
        log.error("The store of counters failed (%d times so far): %s", self.failures, error)


class Shared(_Outside):
    """Counters that all processes of this machine share, in a file that they map into their memory."""

    def __init__(self, path: Path, *, seconds: float = 0.05) -> None:
        super().__init__()
        self._path, self._seconds = path, seconds
        self._found: _Windows | None = None
        self._opening = Lock()

    def prepare(self, threads: int) -> None:
        self._ask(self._windows)

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        return self._ask(lambda: self._windows().take(key, quota, window, units=units))

    def give_back(self, key: str) -> None:
        self._ask(lambda: self._windows().give_back(key))

    def clear(self, key: str) -> None:
        self._ask(lambda: self._windows().clear(key))

    def _windows(self) -> _Windows:
        # Opened by the process that counts: what a fork shared would be one holder of the lock.
        if self._found is None:
            with self._opening:
                if self._found is None:
                    table = Table(self._path, seconds=self._seconds)
                    self._found = _Windows(table, table)
        return self._found


class Valkey(_Outside):
    """Counters that all workers and nodes share."""

    # A key that was set to live n - 1 ms is gone when n ms have passed on the server's clock: then PTTL + 1 is the
    # true time to wait. A key without an end would refuse for ever, so it is given one.
    _TAKE = Script("""
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local quota, span, units = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local ends = span
if used > 0 then
  ends = redis.call('PTTL', KEYS[1]) + 1
  if ends < 1 then
    redis.call('PEXPIRE', KEYS[1], span - 1)
    ends = span
  end
end
if used >= quota then return {0, 0, ends} end
if units > 0 then
  if used > 0 then redis.call('INCR', KEYS[1]) else redis.call('SET', KEYS[1], 1, 'PX', span - 1) end
end
return {1, quota - used - units, ends}
""")
    _GIVE_BACK = Script("""
if tonumber(redis.call('GET', KEYS[1]) or '0') > 1 then return redis.call('DECR', KEYS[1]) end
return redis.call('DEL', KEYS[1])
""")
    _CLEAR = Script("return redis.call('DEL', KEYS[1])")

    def __init__(self, url: str, *, seconds: float = 0.05) -> None:
        super().__init__()
        self.client = Client(url, seconds=seconds)

    def prepare(self, threads: int) -> None:
        self._ask(self._connect, threads)

    def _connect(self, threads: int) -> None:
        self.client.connect(threads)
        for script in (self._TAKE, self._GIVE_BACK, self._CLEAR):
            self.client.ask("SCRIPT", "LOAD", script.source)

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        match self._run(self._TAKE, key, quota, window, units):
            case [int(admitted), int(left), int(ends)]:
                return Window(admitted == 1, left, -(-ends // 1000))
            case _:
                return None

    def give_back(self, key: str) -> None:
        self._run(self._GIVE_BACK, key)

    def clear(self, key: str) -> None:
        self._run(self._CLEAR, key)

    def _run(self, script: Script, key: str, *arguments: int) -> Reply:
        return self._ask(self.client.run, script, f"commerce:{key}", *arguments)


_stores: dict[str, Counters] = {}


def store(url: str) -> Counters:
    """The store that ``COMMERCE_COUNTERS`` names: ``memory``, ``shared:/a/file``, or ``valkey://host:port/0``; one for
    each process.

    Raises ``ValueError`` for an address that cannot be one.
    """
    found = _stores.get(url)
    if found is None:
        # Two first requests at once must not count in two stores: `setdefault` is one step, and the first one stays.
        found = _stores.setdefault(url, _made(url))
    return found


def _made(url: str) -> Counters:
    if url == "memory":
        return Memory()
    kind, _, path = url.partition(":")
    if kind != "shared":
        return Valkey(url)
    if not path.startswith("/"):
        raise ValueError("shared: wants the path of a file, from / on")
    return Shared(Path(path))


def forget_stores() -> None:
    """Drop this process's stores, and with them what ``memory`` counted: for tests."""
    _stores.clear()
