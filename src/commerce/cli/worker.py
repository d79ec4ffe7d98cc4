"""`commerce worker`: runs what the pages, the API and the daily run left to be done."""

import os
import signal
from types import FrameType

import click

from commerce.cli import ready
from commerce.cli.numbers import WholeNumber

THREADS = 2


@click.command()
@click.option(
    "--threads",
    type=WholeNumber(1, 64),
    default=THREADS,
    show_default=True,
    help="Jobs that run at once; each keeps one database connection.",
)
@click.option("--once", is_flag=True, help="Run what is due now, then end.")
def worker(*, threads: int, once: bool) -> None:
    """Run background work and the timetable.

    `commerce serve` and `commerce demo` run one beside the server; more of them, on any node, share the work. A signal
    INT or TERM stops it after the jobs that are being run.
    """
    ready.django()
    from commerce.cli.installation import must_be_ready

    must_be_ready()
    if once:
        from commerce.jobs.worker import run_once
        from commerce.timetable import ENTRIES

        jobs, entries = run_once(ENTRIES)
        ready.say(
            f"{jobs} job{'' if jobs == 1 else 's'} run; timetable: {', '.join(entries) or 'nothing due'}."
        )
        return
    run(threads)


def run(threads: int) -> None:
    """Work until a signal says to stop."""
    ready.run_on()
    from commerce.jobs.worker import Worker
    from commerce.timetable import ENTRIES

    working = Worker(ENTRIES, threads=threads)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        working.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    ready.say(f"Working with {threads} thread{'' if threads == 1 else 's'}, process {os.getpid()}.")
    working.run()
    ready.say("The worker has stopped.")
