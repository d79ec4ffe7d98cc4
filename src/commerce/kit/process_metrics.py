"""What a process counted, in memory that another process can read: requests by door and status, and how long they took.

Counting is one addition in memory, cheap enough for each request of the API. Where metrics are asked for, that memory
is a small file of the process's own, which outlives it: nothing is written in a request, sent, or lost by a kill.
"""

import mmap
import os
import secrets
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import NamedTuple

DOORS = ("pages", "api", "webhooks")
BUCKET_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds of the buckets in which times are counted; one more bucket is above them."""
COUNTED_EVENTS = (
    *("log.warning", "log.error", "log.critical", "counters.failed"),
    *("webhook.received", "webhook.repeated", "webhook.refused"),
)
"""What else is counted."""

_STATUSES = 600
_SUM = _STATUSES + len(BUCKET_SECONDS) + 1
_DOOR = _SUM + 1
_SLOTS = _DOOR * len(DOORS) + len(COUNTED_EVENTS)


class DoorMetrics(NamedTuple):
    """What one door did: requests by status, by bucket of time (not added up), and the microseconds of all together."""

    statuses: Counter[int]
    buckets: list[int]
    microseconds: int


class ProcessMetrics:
    """The counts of one process."""

    def __init__(self) -> None:
        self._slots: memoryview = memoryview(array("q", bytes(8 * _SLOTS)))
        self._lock = Lock()

    def count_in_file(self, file: Path) -> None:
        """From now on count in this file, which must not be there yet."""
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, 8 * _SLOTS)
            self._slots = memoryview(mmap.mmap(descriptor, 0)).cast("q")
        finally:
            os.close(descriptor)

    def count_request(self, path: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        at = 0
        if path.startswith("/api") and path[4:5] in ("", "/"):
            at = _DOOR
        elif path.startswith("/webhooks/"):
            at = 2 * _DOOR
        slots = self._slots
        with self._lock:
            slots[at + status] += 1
            slots[at + _STATUSES + bisect_left(BUCKET_SECONDS, seconds)] += 1
            slots[at + _SUM] += int(seconds * 1_000_000)

    def count_event(self, name: str) -> None:
        """Count one of ``COUNTED_EVENTS``; any other is not counted."""
        if name in COUNTED_EVENTS:
            with self._lock:
                self._slots[_DOOR * len(DOORS) + COUNTED_EVENTS.index(name)] += 1

    def event_count(self, name: str) -> int:
        """How many times one of ``COUNTED_EVENTS`` happened in this process."""
        return self._slots[_DOOR * len(DOORS) + COUNTED_EVENTS.index(name)]


this_process = ProcessMetrics()
"""The counts of this process."""


def publish_in_folder(folder: str, name: str) -> None:
    """Let the counts of this process be readable in a folder, under the name of what it serves; "" is no folder."""
    if folder:
        this_process.count_in_file(Path(folder) / f"{name}.{os.getpid()}.{secrets.token_hex(4)}")


class MetricTotals(NamedTuple):
    """What all processes of one kind counted together."""

    doors: dict[str, DoorMetrics]
    events: dict[str, int]


def read_folder(folder: Path) -> Iterator[tuple[str, MetricTotals]]:
    """What was counted, by what the processes serve; those that have ended are in it, too."""
    sums: dict[str, list[int]] = {}
    for file in sorted(folder.iterdir()):
        slots = array("q")
        slots.frombytes(file.read_bytes())
        if len(slots) == _SLOTS:  # otherwise it is being made
            name = file.name.partition(".")[0]
            sums[name] = [a + b for a, b in zip(sums.get(name, [0] * _SLOTS), slots, strict=True)]
    for name, slots_of in sums.items():
        yield name, _read(slots_of)


def _read(slots: list[int]) -> MetricTotals:
    doors = {}
    for number, door in enumerate(DOORS):
        at = number * _DOOR
        statuses = Counter(
            {code: slots[at + code] for code in range(_STATUSES) if slots[at + code]}
        )
        doors[door] = DoorMetrics(statuses, slots[at + _STATUSES : at + _SUM], slots[at + _SUM])
    return MetricTotals(
        doors, dict(zip(COUNTED_EVENTS, slots[-len(COUNTED_EVENTS) :], strict=True))
    )
