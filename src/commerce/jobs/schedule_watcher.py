"""Looking at the timetable for as long as a worker runs."""

import logging
import threading
from collections.abc import Sequence

from django.db import close_old_connections, connections

from commerce.db import outages
from commerce.jobs.schedule import ScheduleEntry, entries_to_claim, run_schedule_entry
from commerce.kit import clock

log = logging.getLogger(__name__)

SCHEDULE_POLL_SECONDS = 5
"""Between two looks at the timetable, and after a failure such as a database that is away."""


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
