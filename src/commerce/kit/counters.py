"""Counters for limits: how many times something happened in a window that its first time started.

Two stores: ``memory`` for one worker process, and Valkey for any number of workers and nodes. Both are exact.
"""

import logging
import math
import time
from functools import lru_cache
from threading import Lock
from typing import NamedTuple, Protocol

import valkey

log = logging.getLogger(__name__)


class Window(NamedTuple):
    """The answer of a counter: was it admitted, how many are left, and whole seconds (≥ 1) to the window's end."""

    admitted: bool
    left: int
    reset: int


class Counters(Protocol):
    """A store of counters."""

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
        self._windows: dict[str, tuple[float, int]] = {}
        self._sweep_at = 10_000

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        now = time.monotonic()
        with self._lock:
            ends, used = self._windows.get(key, (0.0, 0))
            if ends <= now:
                ends, used = now + window, 0
            admitted = used < quota
            if admitted and units:
                used += units
                self._windows[key] = (ends, used)
                if len(self._windows) > self._sweep_at:
                    self._sweep(now)
        return Window(admitted, max(quota - used, 0), max(math.ceil(ends - now), 1))

    def give_back(self, key: str) -> None:
        with self._lock:
            ends, used = self._windows.get(key, (0.0, 0))
            if used:
                self._windows[key] = (ends, used - 1)

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._windows = {k: w for k, w in self._windows.items() if w[0] > now}
        self._sweep_at = max(10_000, 2 * len(self._windows))


class Valkey:
    """Counters that all workers and nodes share. A call may take 50 ms; after a failure the store rests a second."""

    _SCRIPT = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local quota, span, units = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local ends = span
if used > 0 then ends = redis.call('PTTL', KEYS[1]) end
if used >= quota then return {0, 0, ends} end
if units > 0 then
  if used > 0 then redis.call('INCR', KEYS[1]) else redis.call('SET', KEYS[1], 1, 'PX', span) end
end
return {1, quota - used - units, ends}
"""
    _GIVE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or '0') > 1 then redis.call('DECR', KEYS[1]) else redis.call('DEL', KEYS[1]) end
"""

    def __init__(self, url: str) -> None:
        self._pool = valkey.Valkey.from_url(
            url, socket_timeout=0.05, socket_connect_timeout=0.05, protocol=2
        )
        self._script = self._pool.register_script(self._SCRIPT)
        self._give_back = self._pool.register_script(self._GIVE_BACK)
        self._rest_until = 0.0
        self.failures = 0

    def take(self, key: str, quota: int, window: int, *, units: int = 1) -> Window | None:
        if time.monotonic() < self._rest_until:
            return None
        try:
            admitted, left, ends = self._script(
                keys=[f"commerce:{key}"], args=[quota, window, units]
            )
        except (valkey.ValkeyError, OSError) as error:
            self._failed(error)
            return None
        return Window(bool(admitted), max(left, 0), max(math.ceil(ends / 1000), 1))

    def give_back(self, key: str) -> None:
        try:
            self._give_back(keys=[f"commerce:{key}"])
        except (valkey.ValkeyError, OSError) as error:
            self._failed(error)

    def clear(self, key: str) -> None:
        try:
            self._pool.delete(f"commerce:{key}")
        except (valkey.ValkeyError, OSError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._rest_until = time.monotonic() + 1
        self.failures += 1
        log.error("The store of counters failed (%d times so far): %s", self.failures, error)


@lru_cache(maxsize=4)
def store(url: str) -> Counters:
    """The store that ``COMMERCE_COUNTERS`` names: ``memory``, or ``valkey://host:port/0``; one for each process."""
    if url == "memory":
        return Memory()
    return Valkey(url)
