"""The time that a run of a job may take: one that takes longer ends its process, for nothing else ends a thread."""

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from commerce.jobs.models import Job

log = logging.getLogger(__name__)

WAY_OUT_SECONDS = 20
"""What the other runs of the process have to end, and the stuck one to find its way out.

Less than a worker that stops waits for its threads: it would end as if all were well.
"""
EXIT_CODE = 70
_LOOK_EVERY = 1


@dataclass(frozen=True, slots=True)
class _LimitedRun:
    pk: int
    job: str
    seconds: int
    ends: float


_runs: dict[int, _LimitedRun] = {}
"""What runs in this process, by its thread."""


@contextmanager
def time_limit(job: Job, seconds: int) -> Iterator[None]:
    """The calling thread runs this job, for at most so many seconds."""
    thread = threading.get_ident()
    ends = time.monotonic() + seconds
    _runs[thread] = _LimitedRun(job.pk, f"{job.pk} ({job})", seconds, ends)
    try:
        yield
    finally:
        del _runs[thread]


def run_milliseconds(job: Job) -> int | None:
    """For how long the calling thread has run this job; none if it does not."""
    run = _runs.get(threading.get_ident())
    if run is None or run.pk != job.pk:
        return None
    return round((time.monotonic() - run.ends + run.seconds) * 1000)


def watch_time_limits(stopping: threading.Event) -> None:
    """Until the worker stops: look for a run that takes too long, and end the process of one that is stuck.

    Its job comes back when its lease is over, and one that did so five times parks.
    """
    while not _log_late_runs():
        if stopping.wait(_LOOK_EVERY):
            return
    stopping.set()
    ends = time.monotonic() + WAY_OUT_SECONDS
    while _runs and time.monotonic() < ends:
        time.sleep(0.1)
    if _runs:
        os._exit(EXIT_CODE)


def _log_late_runs() -> bool:
    """Tell where each run is that takes too long; whether there is one."""
    now, frames = time.monotonic(), sys._current_frames()
    late = [(thread, run) for thread, run in _runs.copy().items() if run.ends < now]
    for thread, run in late:
        stack = "".join(traceback.format_stack(frames.get(thread)))
        text = "Job %s has run for more than %s seconds, so this process ends. It is here:\n%s"
        log.error(text, run.job, run.seconds, stack)
    return bool(late)
