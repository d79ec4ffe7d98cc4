"""Transactions that are tried again: of two that wait for each other the database ends one, which may start anew."""

import time
from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, transaction

from commerce.db.outages import outage_kind

MAX_TRIES = 4
"""A deadlock is tried again 3 times (invariants.md 4)."""
MAX_WAIT_SECONDS = 5
"""Whoever waited so long for another's lock is told, instead of waiting four times as long."""


def retry_on_deadlock[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one transaction; after a deadlock or a busy database again, with the whole of it."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        began = time.monotonic()
        for left in reversed(range(MAX_TRIES)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                waited = time.monotonic() - began
                if not left or outage_kind(error) != "locked" or waited > MAX_WAIT_SECONDS:
                    raise
                time.sleep(0.1 * (MAX_TRIES - left))
        raise AssertionError("never here")

    return run
