"""Waking a worker through Django's task framework. A lost wake-up only costs time: ``wake_forgotten`` sees it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial

from django.db import transaction
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks_db.backend import DatabaseBackend

log = logging.getLogger(__name__)

_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Wake nobody in this block: for history that does its own jobs. What is left over is to be woken afterwards."""
    mark = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(mark)


def wake(
    subject: tuple[str, int], actions: Sequence[str], cause: str, after: datetime | None = None
) -> None:
    """Let a worker look at these jobs: in the transaction that made them due, if the backend keeps its tasks in it."""
    if _quiet.get():
        return
    enqueue = partial(_enqueue, (*subject, list(actions), cause), after)
    if embedded():
        enqueue()
    else:
        transaction.on_commit(enqueue, robust=True)


def embedded() -> bool:
    """Whether the backend is the one whose tasks ``commerce worker`` runs itself."""
    return isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend)


def _enqueue(named: tuple[str, int, list[str], str], after: datetime | None) -> None:
    from commerce.jobs.tasks import run_jobs

    if after is None:
        run_jobs.enqueue(*named)
    elif run_jobs.get_backend().supports_defer:
        run_jobs.using(run_after=after).enqueue(*named)
    # Otherwise `wake_forgotten` sends it when it is due.
