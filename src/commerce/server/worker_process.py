"""The process that runs background work: beside the server, or alone."""

import os
import signal
from collections.abc import Sequence
from types import FrameType
from typing import Protocol

from commerce.config import console
from commerce.jobs.engine_calls import ENGINE_QUEUES

JOB_THREADS = 2


class RunningWorker(Protocol):
    """What both kinds of workers are."""

    def run(self) -> None:
        """Work until ``stop``."""

    def stop(self) -> None:
        """Take nothing new."""


def run_worker(threads: int, queues: Sequence[str] = ENGINE_QUEUES) -> None:
    """Work until a signal says to stop; with an engine for these queues alone."""
    console.log_from_now_on()
    working = _worker(threads, queues)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        working.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    how = f"{threads} thread{'' if threads == 1 else 's'}"
    console.print_message(f"Working with {how}, process {os.getpid()}.")
    working.run()
    console.print_message("The worker has stopped.")


def _worker(threads: int, queues: Sequence[str]) -> RunningWorker:
    from django.conf import settings

    from commerce.timetable import PERIODIC_WORK
    from commerce.webhook_endpoints.loop import deliver_webhooks

    if settings.COMMERCE_TASKS:
        from commerce.jobs.engine.worker import EngineWorker

        return EngineWorker(
            PERIODIC_WORK, threads=threads, queues=queues, loops=(deliver_webhooks,)
        )
    from commerce.jobs.worker import Worker

    return Worker(PERIODIC_WORK, threads=threads, loops=(deliver_webhooks,))
