"""Transactions that are tried again: of two that wait for each other the database ends one, which may start anew."""

import time
from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, transaction

from commerce.audit.outage import outage

TRIES = 4
"""A deadlock is tried again 3 times (invariants.md 4)."""
ENOUGH_SECONDS = 5
"""Whoever waited so long for another's lock is told, instead of waiting four times as long."""


def tried_again[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one transaction; after a deadlock or a busy database again, with the whole of it."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        began = time.monotonic()
        for left in reversed(range(TRIES)):
            try:
                with transaction.atomic():
                    return function(*args, **kwargs)
            except OperationalError as error:
                waited = time.monotonic() - began
                if not left or outage(error) != "locked" or waited > ENOUGH_SECONDS:
                    raise
                time.sleep(0.1 * (TRIES - left))
        raise AssertionError("never here")

    return run
