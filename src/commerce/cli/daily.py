"""The daily run, by hand or by a scheduler of the machine; the worker starts it by itself otherwise."""

import json
import time
from contextlib import nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from commerce.cli import ready
from commerce.cli.clients import operator

if TYPE_CHECKING:
    from commerce.billing.daily import Day, StepReport


@click.command()
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Up to which day things count as due; today if not given. What is written carries today's date all the same.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--step", "only", default="", metavar="NAME", help="Only this step.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--wait", default=0, metavar="SECONDS", help="Wait for another run that is going on.")
@click.option("--steps", "look", flag_value="steps", help="List the steps, and do nothing.")
@click.option(
    "--runs", "look", flag_value="runs", help="Show the last 20 runs, with counts and errors."
)
def daily(
    *, day: datetime | None, dry_run: bool, only: str, as_json: bool, wait: int, look: str | None
) -> None:
    """Bill, remind, suspend and end what is due.

    Safe to run twice, late, or again after it was killed: what was done is not done again. A run after days off does
    all that these days would have done. Exit code 1 if a step had errors; the others were done all the same.

    A future day needs --dry-run, or COMMERCE_TEST_MODE=1, where that day is taken as today.
    """
    ready.django()
    from commerce.billing.daily import preview, run
    from commerce.kit import clock
    from commerce.timetable import DAILY

    if look:
        click.echo(_looked_up(look, as_json=as_json))
        return
    now = clock.now()
    chosen = _day(day.date() if day else None, now, dry_run=dry_run)
    with clock.frozen(chosen.at) if chosen.at != now else nullcontext():
        if dry_run:
            report = preview(DAILY, day=chosen, only=only)
        else:
            report = run(
                DAILY,
                day=chosen,
                by=operator().name,
                only=only,
                wait_seconds=wait,
                progress=None if as_json else _Progress(),
            )
    click.echo(json.dumps(report.as_json(), indent=2) if as_json else report.as_text())
    if report.failed:
        raise SystemExit(1)


def _day(wanted: date | None, now: datetime, *, dry_run: bool) -> "Day":
    """Up to which day, and the instant that the run carries."""
    from django.conf import settings

    from commerce.billing.daily import Day, instant
    from commerce.kit.errors import Refused
    from commerce.preferences import current

    today = current.business_date(now)
    if wanted is None or wanted <= today:
        return Day(wanted or today, now, operator())
    if not dry_run and not settings.COMMERCE_TEST_MODE:
        raise Refused("A future day needs --dry-run, or COMMERCE_TEST_MODE=1.", field="on")
    return Day(wanted, instant(wanted), operator())


def _looked_up(what: str, *, as_json: bool) -> str:
    """What is only shown: the list of steps, or past runs."""
    from commerce.billing.daily import past_runs, runs_as_text
    from commerce.timetable import DAILY

    if what == "steps":
        return "\n".join(f"{step.name:<14} {step.does}" for step in DAILY)
    runs = past_runs(20)
    return json.dumps(runs, indent=2) if as_json else runs_as_text(runs)


class _Progress:
    """A line every two seconds while a step goes on."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, report: "StepReport") -> None:
        if time.monotonic() - self.last > 2:
            self.last = time.monotonic()
            ready.say(f"  {report.name}: {report.rows} …")
