"""Another engine for jobs: a backend of Django's task framework is told of work, and its workers come and look.

What is to be done, in which order and whether it was done stays in our table. So an engine may lose what it is told, or
say it twice or late: the timetable tells it again, and a job that has been taken is not taken twice.
"""

import logging
import time
from datetime import datetime

from django.db import close_old_connections
from django.tasks import task

from commerce.jobs.models import Job
from commerce.jobs.runner import PausedPriorities, run_due_jobs
from commerce.kit import clock

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Jobs that a worker of the engine runs before it lets others have a turn."""
LOOKS_AT_ONCE = 10
"""Workers that the timetable calls for at once, if there is as much to do."""
REST_SECONDS = 30
"""How long an engine that could not be told is left alone: who waits for a page shall not wait for it."""
_rest_until = 0.0
_paused: PausedPriorities = {}
"""What the engine's process has no room for, and until when: not asked anew by each task."""


@task
def run_jobs() -> int:
    """Run what is due, the most urgent first, up to 100 jobs; how many."""
    close_old_connections()
    for ran in range(AT_ONCE):
        if not run_due_jobs(at=clock.now(), limit=1, paused=_paused):
            return ran
    tell_engine()
    return AT_ONCE


def tell_engine() -> None:
    """Say that there is work. An engine that cannot be told is logged, and left alone for 30 seconds.

    While one thread tells it, no other does: of a process, one page at most waits for an engine that does not answer.
    """
    global _rest_until
    if time.monotonic() < _rest_until:
        return
    _rest_until = time.monotonic() + REST_SECONDS
    try:
        run_jobs.enqueue()
    except Exception:
        _rest_until = time.monotonic() + REST_SECONDS
        log.exception("The engine of COMMERCE_TASKS could not be told that there is work.")
    else:
        _rest_until = 0.0


def tell_engine_of_due_jobs(*, at: datetime) -> None:
    """Call for workers of the engine: for jobs that waited until now, and for those of which it was not told."""
    for _ in Job.objects.due(at)[:LOOKS_AT_ONCE]:
        tell_engine()
