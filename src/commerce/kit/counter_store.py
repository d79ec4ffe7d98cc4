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

from commerce.kit import process_metrics
from commerce.kit.shared_table import SharedTable
from commerce.kit.valkey_client import LuaScript, ServerErrorReply, ValkeyClient, ValkeyReply

log = logging.getLogger(__name__)


class CounterResult(NamedTuple):
    """The answer of a counter: was it admitted, how many remain, and whole seconds (≥ 1) to the window's end."""

    admitted: bool
    remaining: int
    seconds_to_reset: int


class CounterStore(Protocol):
    """A store of counters."""

    def prepare(self, threads: int) -> None:
        """Make ready for this many calls at once, so that the first of them need not wait."""
        ...

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> CounterResult | None:
        """Count ``units`` on ``key`` unless ``quota`` of this window of ``window`` seconds is used up.

        Several are admitted together as long as one is left. With 0 units it only looks: the same admission, nothing
        counted, no window started. None: the store is down.
        """
        ...

    def give_back(self, key: str) -> None:
        """Uncount one unit: what it was taken for turned out not to count, such as a sign-in that succeeded."""
        ...

    def clear(self, key: str) -> None:
        """Forget ``key``: its next unit starts a new window."""
        ...


_NO_WINDOW = (0, 0)
MAX_WINDOWS = 2**20
"""Of ``memory``, as of the table of ``shared``: strangers have any number of networks. Then those that end first go."""


class _CounterWindows:
    """Windows kept in a mapping of keys to (nanosecond of the end, units used), changed only under ``lock``."""

    def __init__(
        self, windows: dict[str, tuple[int, int]] | SharedTable, lock: Lock | SharedTable
    ) -> None:
        # Whole nanoseconds: 60.0 added to a float and taken off again may be 60.000000000004, and is then 61 seconds.
        self._windows, self._lock = windows, lock

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> CounterResult:
        with self._lock:
            now = time.monotonic_ns()
            ends, used = self._windows.get(key, _NO_WINDOW)
            if ends <= now:
                ends, used = now + window * 1_000_000_000, 0
            admitted = used < quota
            if admitted and units:
                used += units
                self._windows[key] = (ends, used)
        return CounterResult(
            admitted, max(quota - used, 0), max(-((now - ends) // 1_000_000_000), 1)
        )

    def give_back(self, key: str) -> None:
        with self._lock:
            ends, used = self._windows.get(key, _NO_WINDOW)
            if used > 1:
                self._windows[key] = (ends, used - 1)
            else:
                self._windows.pop(key, _NO_WINDOW)

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, _NO_WINDOW)


class MemoryCounterStore(_CounterWindows):
    """Counters of this process."""

    def __init__(self) -> None:
        self._windows: dict[str, tuple[int, int]] = {}
        super().__init__(self._windows, Lock())
        self._sweep_at = 10_000

    def prepare(self, threads: int) -> None:
        """Nothing is needed."""

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> CounterResult:
        answer = super().take(key, quota, window, units=units)
        if len(self._windows) > self._sweep_at:
            with self._lock:
                self._sweep(time.monotonic_ns())
        return answer

    def _sweep(self, now: int) -> None:
        kept = sorted((window, key) for key, window in self._windows.items() if window[0] > now)
        self._windows = {key: window for window, key in kept[-MAX_WINDOWS // 2 :]}
        self._sweep_at = min(max(10_000, 2 * len(self._windows)), MAX_WINDOWS)


class _RestingStore:
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
        except (OSError, ServerErrorReply, ValueError) as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + 1
        self.failures += 1
        process_metrics.this_process.count_event("counters.failed")
        log.error("The store of counters failed (%d times so far): %s", self.failures, error)


class SharedCounterStore(_RestingStore):
    """Counters that all processes of this machine share, in a file that they map into their memory."""

    def __init__(self, path: Path, *, seconds: float = 0.05) -> None:
        super().__init__()
        self._path, self._seconds = path, seconds
        self._opened: _CounterWindows | None = None
        self._opening = Lock()

    def prepare(self, threads: int) -> None:
        self._ask(self._table)

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> CounterResult | None:
        return self._ask(lambda: self._table().take(key, quota, window, units=units))

    def give_back(self, key: str) -> None:
        self._ask(lambda: self._table().give_back(key))

    def clear(self, key: str) -> None:
        self._ask(lambda: self._table().clear(key))

    def _table(self) -> _CounterWindows:
        # Opened by the process that counts: what a fork shared would be one holder of the lock.
        if self._opened is None:
            with self._opening:
                if self._opened is None:
                    table = SharedTable(self._path, seconds=self._seconds)
                    self._opened = _CounterWindows(table, table)
        return self._opened


class ValkeyCounterStore(_RestingStore):
    """Counters that all workers and nodes share."""

    # A key that was set to live n - 1 ms is gone when n ms have passed on the server's clock: then PTTL + 1 is the
    # true time to wait. A key without an end would refuse for ever, so it is given one.
    _TAKE = LuaScript("""
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
  if used > 0 then redis.call('INCRBY', KEYS[1], units) else redis.call('SET', KEYS[1], units, 'PX', span - 1) end
end
return {1, math.max(quota - used - units, 0), ends}
""")
    _GIVE_BACK = LuaScript("""
if tonumber(redis.call('GET', KEYS[1]) or '0') > 1 then return redis.call('DECR', KEYS[1]) end
return redis.call('DEL', KEYS[1])
""")
    _CLEAR = LuaScript("return redis.call('DEL', KEYS[1])")

    def __init__(self, url: str, *, seconds: float = 0.05) -> None:
        super().__init__()
        self.client = ValkeyClient(url, seconds=seconds)

    def prepare(self, threads: int) -> None:
        self._ask(self._connect, threads)

    def _connect(self, threads: int) -> None:
        self.client.connect(threads)
        for script in (self._TAKE, self._GIVE_BACK, self._CLEAR):
            self.client.ask("SCRIPT", "LOAD", script.source)

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> CounterResult | None:
        match self._run(self._TAKE, key, quota, window, units):
            case [int(admitted), int(remaining), int(milliseconds)]:
                return CounterResult(admitted == 1, remaining, -(-milliseconds // 1000))
            case _:
                return None

    def give_back(self, key: str) -> None:
        self._run(self._GIVE_BACK, key)

    def clear(self, key: str) -> None:
        self._run(self._CLEAR, key)

    def _run(self, script: LuaScript, key: str, *arguments: int) -> ValkeyReply:
        return self._ask(self.client.run, script, f"commerce:{key}", *arguments)


_stores: dict[str, CounterStore] = {}


def counter_store_for(url: str) -> CounterStore:
    """The store that ``COMMERCE_COUNTERS`` names: ``memory``, ``shared:/a/file``, or ``valkey://host:port/0``; one for
    each process.

    Raises ``ValueError`` for an address that cannot be one.
    """
    store = _stores.get(url)
    if store is None:
        # Two first requests at once must not count in two stores: `setdefault` is one step, and the first one stays.
        store = _stores.setdefault(url, _new_store(url))
    return store


def _new_store(url: str) -> CounterStore:
    if url == "memory":
        return MemoryCounterStore()
    kind, _, path = url.partition(":")
    if kind != "shared":
        return ValkeyCounterStore(url)
    if not path.startswith("/"):
        raise ValueError("shared: wants the path of a file, from / on")
    return SharedCounterStore(Path(path))


def forget_counter_stores() -> None:
    """Drop this process's stores, and with them what ``memory`` counted: for tests."""
    _stores.clear()
