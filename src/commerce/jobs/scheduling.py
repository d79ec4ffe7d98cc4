"""Running a timetable: each entry once when it is due, however many workers look at it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from commerce.jobs.actions import end_slot, take_slot
from commerce.jobs.models import Slot
from commerce.jobs.rules import CLOCKS_DIFFER
from commerce.kit import clock, journal
from commerce.kit.journal import redact

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Periodic work. ``run`` is told the instant and asks what is due by then, so that a missed turn costs nothing."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


def run_entry(entry: Entry, *, at: datetime) -> bool:
    """Run this entry if it is due and no other worker has it; a failure is logged and kept, never raised."""
    if not take_slot(name=entry.name, every=entry.every, at=at):
        return False
    error = ""
    with journal.working_on(entry=entry.name):
        try:
            entry.run(at)
        except Exception as failure:
            log.exception("The timetable's %s failed.", entry.name)
            error = redact(f"{type(failure).__name__}: {failure}")[:2000]
    end_slot(name=entry.name, at=clock.now(), error=error)
    return True


def run_timetable(entries: Sequence[Entry], *, at: datetime) -> list[str]:
    """Run all entries that are due, one after the other; the names of those that were run here."""
    return [entry.name for entry in entries if run_entry(entry, at=at)]


FIGURES = {
    "timetable_next_seconds": "When periodic work is due next, in seconds since 1970.",
    "timetable_ran_seconds": "When it last ran.",
    "timetable_clock_was_ahead": "1 if its turn is further away than its period: a clock was wrong.",
}
"""What ``figures`` tells, in words."""


def figures(entries: Sequence[Entry], *, at: datetime) -> Iterator[tuple[str, dict[str, str], int]]:
    """Of each entry that was run: when it is due next, when it last ran, and whether a clock that was ahead wrote its
    turn; as name, labels and value of a metric."""
    stored, latest = Slot.objects.in_bulk(), at + timedelta(seconds=CLOCKS_DIFFER)
    for entry in entries:
        if slot := stored.get(entry.name):
            of = {"entry": entry.name}
            yield "timetable_next_seconds", of, int(slot.next_at.timestamp())
            yield "timetable_clock_was_ahead", of, int(slot.next_at > latest + entry.every)
            if slot.ran_at:
                yield "timetable_ran_seconds", of, int(slot.ran_at.timestamp())


def is_at_work(name: str, *, at: datetime) -> bool:
    """Whether some worker runs this entry now."""
    return Slot.objects.filter(pk=name, lease_until__gte=at).exists()
