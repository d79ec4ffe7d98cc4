"""When a step of the daily run that failed is tried again (billing.md 10)."""

from datetime import timedelta

RUN_STEP_MOVES = {"running": frozenset({"done", "failed"}), "failed": frozenset({"running"})}

_FIRST = timedelta(minutes=5)


def retry_after(tries: int, *, only_stopped: bool) -> timedelta:
    """How long to wait after the ``tries``-th time: 5 minutes, then three times as long each time.

    A step that only ran out of its time goes on at once, whatever the number.
    """
    return _FIRST if only_stopped else _FIRST * 3 ** (tries - 1)
