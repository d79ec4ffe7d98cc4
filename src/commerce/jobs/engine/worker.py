"""The worker of an installation whose jobs Procrastinate finds, wakes, orders and shares out."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from commerce.db import outages
from commerce.jobs.engine import carriers
from commerce.jobs.rules import MAIL_THREADS, REMOTE_THREADS
from commerce.jobs.schedule import ScheduleEntry, ScheduleWatcher
from commerce.jobs.worker import FAILURE_SECONDS, STOP_SECONDS, WorkerLoop, run_threads

log = logging.getLogger(__name__)

POLL_SECONDS = 2
"""Between two looks for what waited for its time; what is new is told by LISTEN and NOTIFY."""


class EngineWorker:
    """Workers of Procrastinate for the queues that were asked for, and the timetable beside them.

    ``threads`` run what asks no remote. What does has 8 beside those. Mails have 2, which sleep while a minute is full,
    and those with links one: none of these is waited for by others.
    """

    def __init__(
        self,
        entries: Sequence[ScheduleEntry],
        *,
        threads: int,
        queues: Sequence[str],
        loops: Sequence[WorkerLoop] = (),
    ) -> None:
        self._loops = loops
        own = {"remote": REMOTE_THREADS, "mails": MAIL_THREADS, "security": 1}
        self._groups = [([queue], number) for queue, number in own.items() if queue in queues]
        self._groups.append(([queue for queue in queues if queue not in own], threads))
        self._stopping = carriers.stopping
        self._watcher = ScheduleWatcher(entries, self._stopping)

    def run(self) -> None:
        """Work until ``stop``; then finish what is being run, for at most 25 seconds."""
        loops = [partial(loop, self._stopping) for loop in self._loops]
        run_threads([self._run_engine, self._watcher.run, *loops], self._stopping)

    def stop(self) -> None:
        """Take nothing new. What must be cut off all the same is queued again when its lease has run out."""
        self._stopping.set()

    def _run_engine(self) -> None:
        """Procrastinate's workers end when PostgreSQL is away: then new ones take their place."""
        while not self._stopping.is_set():
            try:
                connector = PsycopgConnector(kwargs=connector_params(), pool_factory=_pool)
                with app.replace_connector(connector) as ours:
                    asyncio.run(self._work(ours))
            except Exception as error:  # noqa: BLE001 - told in full
                outages.log_failure(log, error, "Procrastinate's workers have ended.")
                self._stopping.wait(FAILURE_SECONDS)

    async def _work(self, ours: App) -> None:
        groups = [(queues, threads) for queues, threads in self._groups if queues]
        pool = ThreadPoolExecutor(sum(threads for _, threads in groups), "jobs")
        asyncio.get_running_loop().set_default_executor(pool)
        async with ours.open_async():
            workers = [
                asyncio.create_task(_run_worker(ours, queues, threads))
                for queues, threads in groups
            ]
            while not self._stopping.is_set() and not any(worker.done() for worker in workers):
                await asyncio.wait(workers, timeout=1, return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                worker.cancel()
            ends = await asyncio.gather(*workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


def _pool(**options: Any) -> AsyncConnectionPool:
    """Without a question before each statement whether the server is there: a dead connection ends the workers."""
    return AsyncConnectionPool(**options | {"check": None})


def _run_worker(ours: App, queues: Sequence[str], threads: int) -> Coroutine[Any, Any, None]:
    return ours.run_worker_async(
        queues=queues,
        concurrency=threads,
        install_signal_handlers=False,
        fetch_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=STOP_SECONDS,
        delete_jobs="successful",
    )
