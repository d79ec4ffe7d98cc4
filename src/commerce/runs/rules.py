"""When a step of the daily run that failed is tried again (billing.md 10)."""

from datetime import timedelta
from enum import StrEnum


class RunStepStatus(StrEnum):
    """Where a step of a daily run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


RUN_STEP_MOVES = {
    RunStepStatus.RUNNING: frozenset({RunStepStatus.DONE, RunStepStatus.FAILED}),
    RunStepStatus.FAILED: frozenset({RunStepStatus.RUNNING}),
}

_FIRST = timedelta(minutes=5)


def retry_after(tries: int, *, only_stopped: bool) -> timedelta:
    """How long to wait after the ``tries``-th time: 5 minutes, then three times as long each time.

    A step that only ran out of its time goes on at once, whatever the number.
    """
    return _FIRST if only_stopped else _FIRST * 3 ** (tries - 1)
