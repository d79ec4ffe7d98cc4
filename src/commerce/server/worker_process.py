"""The process that runs background work: beside the server, or alone."""

import os
import signal
from types import FrameType

from commerce.config import console

JOB_THREADS = 2


def run_worker(threads: int) -> None:
    """Work until a signal says to stop. Where another engine runs the jobs, only the timetable is left."""
    console.log_from_now_on()
    from django.conf import settings

    from commerce.jobs.worker import Worker
    from commerce.timetable import PERIODIC_WORK

    threads = 0 if settings.COMMERCE_TASKS else threads
    working = Worker(PERIODIC_WORK, threads=threads)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        working.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    how = "the timetable only" if not threads else f"{threads} thread{'' if threads == 1 else 's'}"
    console.print_message(f"Working with {how}, process {os.getpid()}.")
    working.run()
    console.print_message("The worker has stopped.")
