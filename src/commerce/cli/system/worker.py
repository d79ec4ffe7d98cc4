"""`commerce worker`: runs what the pages, the API and the daily run left to be done."""

from collections.abc import Sequence

import click
from django.conf import settings

from commerce.cli.databases.migrations import require_ready_database
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.db.database_clock import follow_database_clock
from commerce.jobs.engine_calls import ENGINE_QUEUES
from commerce.jobs.worker import run_everything_due
from commerce.server.worker_process import JOB_THREADS, run_worker
from commerce.timetable import PERIODIC_WORK


def _engine_queues(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> Sequence[str]:
    if value is None:
        return ENGINE_QUEUES
    queues = [name.strip() for name in value.split(",")]
    if unknown := sorted(set(queues) - set(ENGINE_QUEUES)):
        raise click.BadParameter(f"There is no queue {', '.join(unknown)}.")
    if not settings.COMMERCE_TASKS:
        raise click.BadParameter("Queues need COMMERCE_TASKS.")
    return queues


@click.command()
@click.option(
    "--threads",
    type=WholeNumber(1, 64),
    default=JOB_THREADS,
    show_default=True,
    help="Number of concurrent jobs; each uses one database connection.",
)
@click.option(
    "--queues",
    metavar="NAME,…",
    callback=_engine_queues,
    help=f"With COMMERCE_TASKS: only jobs of these queues ({', '.join(ENGINE_QUEUES)}).",
)
@click.option("--once", is_flag=True, help="Run due jobs once, then exit.")
def worker(*, threads: int, queues: Sequence[str], once: bool) -> None:
    """Run background jobs and scheduled tasks.

    `commerce serve` and `commerce demo` start one by default. You can run more on any node to share the work. SIGINT or
    SIGTERM stops it after jobs in progress.
    """
    require_ready_database()
    if once:
        follow_database_clock()
        jobs, entries = run_everything_due(PERIODIC_WORK)
        console.print_message(
            f"{jobs} job{'' if jobs == 1 else 's'} run; timetable: {', '.join(entries) or 'nothing due'}."
        )
        return
    run_worker(threads, queues)
