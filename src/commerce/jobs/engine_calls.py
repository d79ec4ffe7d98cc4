"""What an engine that finds and shares out the jobs is told of them, where there is one (``COMMERCE_TASKS``)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

ENGINE_QUEUES = ("security", "default", "remote", "documents", "mails")


@dataclass(frozen=True, slots=True)
class JobEngine:
    """``defer`` is told of new jobs, ``restore`` of those that are due sooner than it knows (of all, if of none by
    name), and ``mend`` looks for what it has lost.
    """

    defer: Callable[[Sequence[int]], object]
    restore: Callable[[Sequence[int] | None], object]
    mend: Callable[[], object]


_engines: list[JobEngine] = []


def use_engine(engine: JobEngine) -> None:
    """Have the engine told of jobs. It lies above them."""
    _engines[:] = [engine]


def tell_engine(job_ids: Sequence[int]) -> None:
    """Jobs were made, in this transaction."""
    for engine in _engines:
        engine.defer(job_ids)


def tell_engine_what_is_due(job_ids: Sequence[int] | None = None) -> None:
    """Jobs are queued again, or tried sooner than was said; without ``job_ids`` any may be."""
    for engine in _engines:
        engine.restore(job_ids)


def mend_engine() -> None:
    """Give back what workers that are gone had fetched, and tell the engine of each job that it has lost."""
    for engine in _engines:
        engine.mend()
