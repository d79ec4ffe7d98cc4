"""The process that runs background work: beside the server, or alone."""

import os
import signal
from types import FrameType

from commerce.config import console

JOB_THREADS = 2


def run_worker(threads: int) -> None:
    """Work until a signal says to stop."""
    console.log_from_now_on()
    from commerce.jobs.worker import Worker
    from commerce.timetable import PERIODIC_WORK

    working = Worker(PERIODIC_WORK, threads=threads)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        working.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    console.print_message(
        f"Working with {threads} thread{'' if threads == 1 else 's'}, process {os.getpid()}."
    )
    working.run()
    console.print_message("The worker has stopped.")
