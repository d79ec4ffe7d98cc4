"""`commerce worker`: runs what the pages, the API and the daily run left to be done."""

import click

from commerce.cli.param_types import WholeNumber
from commerce.cli.system.database import require_ready_database
from commerce.config import console
from commerce.jobs.worker import run_everything_due
from commerce.server.worker_process import JOB_THREADS, run_worker
from commerce.timetable import PERIODIC_WORK


@click.command()
@click.option(
    "--threads",
    type=WholeNumber(1, 64),
    default=JOB_THREADS,
    show_default=True,
    help="Number of concurrent jobs; each uses one database connection.",
)
@click.option("--once", is_flag=True, help="Run due jobs once, then exit.")
def worker(*, threads: int, once: bool) -> None:
    """Run background jobs and scheduled tasks.

    `commerce serve` and `commerce demo` start one by default. You can run more on any node to share the work. SIGINT or
    SIGTERM stops it after jobs in progress.
    """
    require_ready_database()
    if once:
        jobs, entries = run_everything_due(PERIODIC_WORK)
        console.print_message(
            f"{jobs} job{'' if jobs == 1 else 's'} run; timetable: {', '.join(entries) or 'nothing due'}."
        )
        return
    run_worker(threads)
