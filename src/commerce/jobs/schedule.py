"""Running a timetable: each entry once when it is due, however many workers look at it."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections, connections
from django.db.models import Max, Q

from commerce.db import outages
from commerce.db.database_clock import follow_database_clock
from commerce.jobs.models import ScheduleState
from commerce.jobs.rules import CLOCK_SKEW_SECONDS
from commerce.kit import clock, json_log
from commerce.kit.json_log import redact

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
WORKER_GONE_AFTER = timedelta(minutes=5)
"""The timetable has entries for each minute; this long without any, and nobody works."""
SCHEDULE_POLL_SECONDS = 5
"""Between two looks at the timetable, and after a failure such as a database that is away."""


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """Periodic work. ``run`` is told the instant and asks what is due by then, so that a missed turn costs nothing."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


def entries_to_claim(entries: Sequence[ScheduleEntry], *, at: datetime) -> list[ScheduleEntry]:
    """Entries that look due, by one statement; ``claim_schedule_turn`` decides."""
    next_at = dict(ScheduleState.objects.values_list("name", "next_at"))
    latest = at + timedelta(seconds=CLOCK_SKEW_SECONDS)
    return [
        entry
        for entry in entries
        if (due := next_at.get(entry.name)) is None or due <= at or due > latest + entry.every
    ]


def claim_schedule_turn(*, name: str, every: timedelta, at: datetime) -> bool:
    """Whether this entry is due and ours: of two workers at once one is told so. A new entry is due at once.

    A clock that was ahead does not hold it up: a turn further away than the period counts as due, and a lease that ends
    later than one that begins now as over.
    """
    stored = ScheduleState.objects.filter(pk=name).values_list("next_at", flat=True).first()
    if stored is None:
        ScheduleState.objects.bulk_create(
            [ScheduleState(name=name, next_at=at)], ignore_conflicts=True
        )
    latest = at + timedelta(seconds=CLOCK_SKEW_SECONDS)
    free = Q(lease_until=None) | Q(lease_until__lt=at) | Q(lease_until__gt=latest + LEASE)
    due = ScheduleState.objects.filter(
        free, Q(next_at__lte=at) | Q(next_at__gt=latest + every), pk=name
    )
    if due.update(next_at=at + every, lease_until=at + LEASE) != 1:
        return False
    if stored is not None and stored > latest + every:
        log.warning("A clock was ahead: the timetable's %s was to run at %s.", name, stored)
    return True


def end_schedule_turn(*, name: str, at: datetime, error: str = "") -> None:
    """The entry has been run, well or with an error; it may run again when it is due."""
    ScheduleState.objects.filter(pk=name).update(lease_until=None, ran_at=at, error=error)


def run_schedule_entry(entry: ScheduleEntry, *, at: datetime) -> bool:
    """Run this entry if it is due and no other worker has it; a failure is logged and kept, never raised."""
    if not claim_schedule_turn(name=entry.name, every=entry.every, at=at):
        return False
    error = ""
    with json_log.log_context(entry=entry.name):
        try:
            entry.run(at)
        except Exception as failure:
            log.exception("The timetable's %s failed.", entry.name)
            error = redact(f"{type(failure).__name__}: {failure}")[:2000]
    end_schedule_turn(name=entry.name, at=clock.now(), error=error)
    return True


def run_due_entries(entries: Sequence[ScheduleEntry], *, at: datetime) -> list[str]:
    """Run all entries that are due, one after the other; the names of those that were run here."""
    return [entry.name for entry in entries if run_schedule_entry(entry, at=at)]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One entry of the timetable for a reader: how often it runs, and when it did and will; ``error`` is of its last
    run.
    """

    name: str
    every: timedelta
    is_running: bool
    ran_at: datetime | None
    next_at: datetime | None
    error: str


def schedule_rows(entries: Sequence[ScheduleEntry], *, at: datetime) -> list[ScheduleRow]:
    """All entries in their order; one that no worker has looked at yet has no times."""
    stored = ScheduleState.objects.in_bulk()
    rows = []
    for entry in entries:
        state = stored.get(entry.name) or ScheduleState(name=entry.name)
        is_running = state.lease_until is not None and state.lease_until >= at
        times = state.ran_at, state.next_at
        rows.append(ScheduleRow(entry.name, entry.every, is_running, *times, state.error))
    return rows


SCHEDULE_METRICS = {
    "timetable_next_seconds": "When periodic work is due next, in seconds since 1970.",
    "timetable_ran_seconds": "When it last ran.",
    "timetable_clock_was_ahead": "1 if its turn is further away than its period: a clock was wrong.",
}
"""What ``schedule_metrics`` tells, in words."""


def schedule_metrics(
    entries: Sequence[ScheduleEntry], *, at: datetime
) -> Iterator[tuple[str, dict[str, str], int]]:
    """Of each entry that was run: when it is due next, when it last ran, and whether a clock that was ahead wrote its
    turn; as name, labels and value of a metric."""
    stored, latest = ScheduleState.objects.in_bulk(), at + timedelta(seconds=CLOCK_SKEW_SECONDS)
    for entry in entries:
        if state := stored.get(entry.name):
            labels = {"entry": entry.name}
            yield "timetable_next_seconds", labels, int(state.next_at.timestamp())
            yield "timetable_clock_was_ahead", labels, int(state.next_at > latest + entry.every)
            if state.ran_at:
                yield "timetable_ran_seconds", labels, int(state.ran_at.timestamp())


def last_turn() -> datetime | None:
    """When a worker last ran an entry, whichever it was."""
    found: datetime | None = ScheduleState.objects.aggregate(last=Max("ran_at"))["last"]
    return found


def is_entry_running(name: str, *, at: datetime) -> bool:
    """Whether some worker runs this entry now."""
    return ScheduleState.objects.filter(pk=name, lease_until__gte=at).exists()


class ScheduleWatcher:
    """Looks at all entries with one statement, and runs each that is due in a thread of its own: a long one holds up
    no other, and an idle worker has one connection for all of them.
    """

    def __init__(self, entries: Sequence[ScheduleEntry], stopping: threading.Event) -> None:
        self._entries, self._stopping = entries, stopping
        self._running: dict[str, threading.Thread] = {}

    def run(self) -> None:
        """Look until the worker stops, then wait for what runs."""
        while not self._stopping.is_set():
            close_old_connections()
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - told in full
                outages.log_failure(log, error, "The timetable could not be looked at.")
            self._stopping.wait(SCHEDULE_POLL_SECONDS)
        connections.close_all()
        for thread in self._running.values():
            thread.join()

    def _look(self) -> None:
        self._running = {
            name: thread for name, thread in self._running.items() if thread.is_alive()
        }
        follow_database_clock()
        for entry in entries_to_claim(self._entries, at=clock.now()):
            if entry.name not in self._running:
                thread = threading.Thread(target=_run_entry, args=(entry,), daemon=True)
                self._running[entry.name] = thread
                thread.start()


def _run_entry(entry: ScheduleEntry) -> None:
    try:
        run_schedule_entry(entry, at=clock.now())
    except Exception as error:  # noqa: BLE001 - told in full
        outages.log_failure(log, error, f"The timetable's {entry.name} could not be looked at.")
    finally:
        connections.close_all()
