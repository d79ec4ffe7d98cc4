"""The daily run, by hand or by a scheduler of the machine; the worker starts it by itself otherwise."""

import time
from contextlib import nullcontext
from datetime import date, datetime

import click
from django.conf import settings

from commerce.billing.models import CreditNote, Invoice
from commerce.cli.databases.migrations import (
    refuse_live_keys_in_test_mode,
    require_whole_database,
)
from commerce.cli.lookup import command_actor, operator_context
from commerce.cli.output import json_option, print_json, print_list
from commerce.config import console
from commerce.daily_steps import DAILY_STEPS
from commerce.db.database_clock import follow_database_clock
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.runs.dry_run import preview_run
from commerce.runs.history import format_runs, past_runs
from commerce.runs.report import StepReport
from commerce.runs.runner import choose_steps, record_manual_run, run_daily
from commerce.runs.step import RunDay, run_start
from commerce.site_settings import current


@click.command()
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Process everything due up to this day. Records still carry today's date. [default: today]",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done without changing anything.")
@click.option("--step", "only", default="", metavar="NAME", help="Run only this step.")
@json_option
@click.option("--wait", default=0, metavar="SECONDS", help="Wait for a run in progress.")
@click.option("--steps", "look", flag_value="steps", help="List the steps without running them.")
@click.option(
    "--runs", "look", flag_value="runs", help="Show the last 20 runs with counts and errors."
)
def daily(
    *, day: datetime | None, dry_run: bool, only: str, as_json: bool, wait: int, look: str | None
) -> None:
    """Run daily billing: renewals, reminders, suspensions, and terminations.

    Safe to run twice, late, or after an interruption. A late run catches up on missed days. Exits with 1 if a step had
    errors; the other steps still run.

    A future day requires --dry-run, or COMMERCE_TEST_MODE=1, which treats that day as today. Charges, orders and emails
    of such a run are made as on any day: test mode refuses to start while live keys are stored.
    """
    if look:
        _show(look, as_json=as_json)
        return
    require_whole_database()
    refuse_live_keys_in_test_mode()
    follow_database_clock()
    now = clock.now()
    chosen = _day(day.date() if day else None, now, dry_run=dry_run)
    with clock.freeze_time(chosen.at) if chosen.at != now else nullcontext():
        if dry_run:
            report = preview_run(
                DAILY_STEPS, day=chosen, numbered=(Invoice, CreditNote), only_step=only
            )
        else:
            choose_steps(DAILY_STEPS, only)
            record_manual_run(day=chosen.date, only_step=only, ctx=operator_context())
            report = run_daily(
                DAILY_STEPS,
                day=chosen,
                started_by=command_actor().name,
                only_step=only,
                wait_seconds=wait,
                progress=None if as_json else _StepProgress(),
            )
    if as_json:
        print_json(report.as_json())
    else:
        click.echo(report.as_text())
    if report.failed:
        raise SystemExit(1)


def _day(wanted: date | None, now: datetime, *, dry_run: bool) -> RunDay:
    """Up to which day, and the instant that the run carries."""
    today = current.business_date(now)
    if wanted is None or wanted <= today:
        return RunDay(wanted or today, now, command_actor())
    if not dry_run and not settings.COMMERCE_TEST_MODE:
        raise BusinessError("daily_run.day_in_future", field="on")
    return RunDay(wanted, run_start(wanted), command_actor())


def _show(what: str, *, as_json: bool) -> None:
    """What is only shown: the list of steps, or past runs."""
    if what == "steps":
        steps = [{"step": step.name, "description": step.description} for step in DAILY_STEPS]
        print_list(steps, as_json=as_json, none="No steps.")
        return
    runs = past_runs(20)
    if as_json:
        print_json(runs)
    else:
        click.echo(format_runs(runs))


class _StepProgress:
    """A line every two seconds while a step goes on."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, report: StepReport) -> None:
        if time.monotonic() - self.last > 2:
            self.last = time.monotonic()
            console.print_message(f"  {report.name}: {report.rows} …")
