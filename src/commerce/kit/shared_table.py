"""A table in a file that the processes of one machine map into their memory: a number and an end for each key.

It has a fixed size, so nothing grows and nobody sweeps. A key has 16 places to be in; when windows that have not ended
take all of them, the one that ends first makes room. Which places those are is worked out with a key that is drawn
with the file: strangers, who choose what is counted of them, would else aim at the places of somebody else.
"""

import ctypes
import errno
import mmap
import os
import time
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from types import TracebackType

from commerce.kit import files

PLACES = 16
"""Of a key, side by side: its bucket."""
BUCKETS = 2**16
_SIZE = 32
"""Bytes of an entry: 16 of a hash of its key, the number, and the nanosecond at which its window ends."""
_SECRET_BYTES = 32
_EX, _NB, _UN = 2, 4, 8

# The module `fcntl` lets go of Python's own lock around the call, and another thread then keeps this one from going on
# while it holds the file's. Asked this way, without waiting, the call is as short as a few lines of Python.
_flock = ctypes.PyDLL(None, use_errno=True).flock


class SharedTable:
    """A mapping of keys to (end, number), to be used in a ``with`` block, which no other thread or process is in.

    A process that is killed within the block gives it up, and leaves each entry as it was or without a window. Raises
    ``OSError`` when the file cannot be used, or when the others stay in their blocks for ``seconds``.
    """

    def __init__(self, path: Path, *, seconds: float = 0.05, buckets: int = BUCKETS) -> None:
        self._seconds, self._buckets = seconds, buckets
        self._lock = Lock()
        size = buckets * PLACES * _SIZE
        path = path.with_name(f"{path.name}-{_boot()}")
        self._file = files.open_private_for_appending(path)
        try:
            with self:
                if os.fstat(self._file).st_size < size:
                    _allocate(self._file, size)
                secret = _drawn_secret(self._file, size)
            self._bytes = mmap.mmap(self._file, size)
        except OSError:
            os.close(self._file)
            raise
        self._numbers = memoryview(self._bytes).cast("q")
        self._hashed = lru_cache(maxsize=4096)(partial(_hashed, secret))
        _forget_earlier(path)

    def __enter__(self) -> "SharedTable":
        if not self._lock.acquire(timeout=self._seconds):
            raise TimeoutError("another thread stays in the table of counters")
        try:
            self._wait()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _flock(self._file, _UN)
        self._lock.release()

    def _wait(self) -> None:
        until = time.monotonic() + self._seconds
        while _flock(self._file, _EX | _NB) != 0:
            number = ctypes.get_errno()
            if number not in (errno.EWOULDBLOCK, errno.EINTR):
                raise OSError(number, os.strerror(number))
            if time.monotonic() > until:
                raise TimeoutError("another process stays in the table of counters")
            time.sleep(0.0001)

    def get(self, key: str, default: tuple[int, int]) -> tuple[int, int]:
        name, first = self._placed(key)
        at = self._find(name, first)
        return default if at < 0 else (self._numbers[at + 3], self._numbers[at + 2])

    def __setitem__(self, key: str, entry: tuple[int, int]) -> None:
        name, first = self._placed(key)
        at = self._find(name, first)
        ends, number = entry
        if at >= 0 and self._numbers[at + 3] == ends:
            self._numbers[at + 2] = number
            return
        if at < 0:
            at = min(range(first, first + 4 * PLACES, 4), key=lambda at: self._numbers[at + 3])
        # In this order: a process that is killed here leaves a place whose window has ended.
        self._numbers[at + 3] = 0
        self._bytes[8 * at : 8 * at + 16] = name
        self._numbers[at + 2] = number
        self._numbers[at + 3] = ends

    def pop(self, key: str, default: tuple[int, int]) -> tuple[int, int]:
        name, first = self._placed(key)
        at = self._find(name, first)
        if at < 0:
            return default
        entry = self._numbers[at + 3], self._numbers[at + 2]
        self._numbers[at + 3] = 0
        return entry

    def _placed(self, key: str) -> tuple[bytes, int]:
        """The hash that stands for a key, and where its bucket begins, in numbers of 8 bytes."""
        name, number = self._hashed(key)
        return name, number % self._buckets * PLACES * 4

    def _find(self, name: bytes, first: int) -> int:
        """Where the entry of a name is, in numbers of 8 bytes; negative when there is none."""
        at = self._bytes.find(name, 8 * first, 8 * first + PLACES * _SIZE)
        return at // 8


def _hashed(secret: bytes, key: str) -> tuple[bytes, int]:
    name = blake2b(key.encode(), digest_size=16, key=secret).digest()
    return name, int.from_bytes(name[:8])


def _drawn_secret(file: int, at: int) -> bytes:
    """The key of the table, which lies behind its entries; whoever comes first draws it."""
    if os.fstat(file).st_size < at + _SECRET_BYTES:
        os.write(file, os.urandom(_SECRET_BYTES))  # at its end: it is opened to append
    return os.pread(file, _SECRET_BYTES, at)


def _allocate(file: int, size: int) -> None:
    """Take the space on the disk now: were it full later, a write to the memory would end the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:  # macOS
        os.ftruncate(file, size)


def _boot() -> str:
    """What names this run of the machine, with which its clock began."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return "0"


def _forget_earlier(path: Path) -> None:
    """Remove the tables of earlier runs of the machine."""
    stem = path.name.removesuffix(_boot())
    for other in path.parent.glob(f"{stem}*"):
        if other != path:
            other.unlink(missing_ok=True)
