"""Counters for limits: how many times something happened in a window that its first time started.

Two stores: ``memory`` for one worker process, and Valkey for any number of workers and nodes. Both are exact.
"""

import logging
import time
from threading import Lock
from typing import NamedTuple, Protocol

from commerce.kit import counts
from commerce.kit.resp import Answered, Client, Reply, Script

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


class Memory:
    """Counters of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        # Whole nanoseconds: 60.0 added to a float and taken off again may be 60.000000000004, and is then 61 seconds.
        self._windows: dict[str, tuple[int, int]] = {}
        self._sweep_at = 10_000

    def prepare(self, threads: int) -> None:
        """Nothing is needed."""

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        now = time.monotonic_ns()
        with self._lock:
            ends, used = self._windows.get(key, (0, 0))
            if ends <= now:
                ends, used = now + window * 1_000_000_000, 0
            admitted = used < quota
            if admitted and units:
                used += units
                self._windows[key] = (ends, used)
                if len(self._windows) > self._sweep_at:
                    self._sweep(now)
        return Window(admitted, max(quota - used, 0), max(-((now - ends) // 1_000_000_000), 1))

    def give_back(self, key: str) -> None:
        with self._lock:
            ends, used = self._windows.get(key, (0, 0))
            if used > 1:
                self._windows[key] = (ends, used - 1)
            else:
                self._windows.pop(key, None)

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)

    def _sweep(self, now: int) -> None:
        self._windows = {k: w for k, w in self._windows.items() if w[0] > now}
        self._sweep_at = max(10_000, 2 * len(self._windows))


class Valkey:
    """Counters that all workers and nodes share. A call takes at most 50 ms; after a failure it rests for a second."""

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
        self.client = Client(url, seconds=seconds)
        self._rest_until = 0.0
        self.failures = 0

    def prepare(self, threads: int) -> None:
        try:
            self.client.connect(threads)
            for script in (self._TAKE, self._GIVE_BACK, self._CLEAR):
                self.client.ask("SCRIPT", "LOAD", script.source)
        except (OSError, Answered, ValueError) as error:
            self._failed(error)

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        match self._run(self._TAKE, key, quota, window, units):
            case [int(admitted), int(left), int(ends)]:
                return Window(admitted == 1, max(left, 0), max(-(-ends // 1000), 1))
            case _:
                return None

    def give_back(self, key: str) -> None:
        self._run(self._GIVE_BACK, key)

    def clear(self, key: str) -> None:
        self._run(self._CLEAR, key)

    def _run(self, script: Script, key: str, *arguments: int) -> Reply:
        """What the script gives; None, without a call, while the store rests after a failure."""
        if time.monotonic() < self._rest_until:
            return None
        try:
            return self.client.run(script, f"commerce:{key}", *arguments)
        except (OSError, Answered, ValueError) as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + 1
        self.failures += 1
        counts.here.event("counters.failed")
        log.error("The store of counters failed (%d times so far): %s", self.failures, error)


_stores: dict[str, Counters] = {}
_making = Lock()


def store(url: str) -> Counters:
    """The store that ``COMMERCE_COUNTERS`` names: ``memory``, or ``valkey://host:port/0``; one for each process.

    Raises ``ValueError`` for an address that cannot be one.
    """
    found = _stores.get(url)
    if found is None:
        # Two first requests at once must not count in two stores.
        with _making:
            found = _stores.get(url) or _stores.setdefault(
                url, Memory() if url == "memory" else Valkey(url)
            )
    return found


def forget_stores() -> None:
    """Drop this process's stores, and with them what ``memory`` counted: for tests."""
    _stores.clear()
