"""Commands about background work: what waits for staff, and what they decide."""

import click

from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_job, operator_context
from commerce.cli.output import json_option, print_list, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.domains.models import Domain, DomainChange
from commerce.domains.order_data import order_data_of
from commerce.jobs.models import Job
from commerce.jobs.operations.statistics import job_kinds
from commerce.jobs.records import JOB_FIELDS
from commerce.jobs.rules import JobStatus
from commerce.jobs.schedule import schedule_rows
from commerce.kit import clock
from commerce.orders.actions.auth_codes import reveal_auth_code
from commerce.record_acts.system import JOB_ACTS
from commerce.timetable import PERIODIC_WORK

JOB_ID = WholeNumber(1, 2**63 - 1)


@click.group()
def job() -> None:
    """Manage background jobs."""


@job.command("list")
@click.option(
    "--state", type=EnumChoice(JobStatus), default=JobStatus.PARKED.value, show_default=True
)
@click.option("--subject", metavar="KIND:ID", help="Filter by subject, such as service:12.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=100, show_default=True)
@json_option
def list_(*, state: str, subject: str | None, limit: int, as_json: bool) -> None:
    """List jobs, oldest first. By default, only failed jobs that need a decision.

    \b
    Example:
      commerce job list --state succeeded --subject service:12
    """
    jobs = Job.objects.filter(status=state).order_by("id")
    if subject is not None:
        kind, _, number = subject.rpartition(":")
        if not kind or not number.isascii() or not number.isdecimal() or len(number) > 18:
            raise click.BadParameter("Use a subject such as service:12.", param_hint="--subject")
        jobs = jobs.of((kind, int(number)))
    shown = "id action subject created_at tries error"
    print_rows(JOB_FIELDS, jobs[:limit], shown, as_json=as_json, none=f"No job is {state}.")


@job.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option(
    "--reveal", is_flag=True, help="Show the authorization code of a transfer. This is logged."
)
@json_option
def show(job_id: int, *, reveal: bool, as_json: bool) -> None:
    """Show the details of a job."""
    if reveal and as_json:
        raise click.UsageError("--reveal can't be combined with --json.")
    row = find_job(job_id)
    record = JOB_FIELDS.read(row)
    domain = (
        Domain.objects.filter(pk=row.subject_id).first() if row.subject_kind == "domain" else None
    )
    if domain is not None:
        order_data = order_data_of(domain)
        record |= {
            "registrant": domain.contacts.get("registrant", {}),
            "extra_fields": dict(order_data.extra_fields),
            "has_auth_code": bool(order_data.auth_code),
        }
        change = DomainChange.objects.filter(pk=row.args.get("change"), domain=domain).first()
        if change is not None:
            record["wanted"] = change.wanted
        if reveal:
            record["auth_code"] = reveal_auth_code(domain=domain, ctx=operator_context())
    print_record(record, as_json=as_json)


@job.command()
@json_option
def activity(*, as_json: bool) -> None:
    """List kinds of jobs: what was done in the last hour and day, how long it took, and what waits.

    Run times are in milliseconds: the median and the 95th percentile.
    """
    records = [
        {
            "action": kind.action,
            "hour": kind.hour.number,
            "hour_median_ms": kind.hour.median_ms,
            "hour_p95_ms": kind.hour.p95_ms,
            "day": kind.day.number,
            "day_median_ms": kind.day.median_ms,
            "day_p95_ms": kind.day.p95_ms,
            "running": kind.running,
            "waiting": kind.waiting,
            "waiting_since": kind.waiting_since,
            "parked": kind.parked,
        }
        for kind in job_kinds(clock.now())
    ]
    print_list(
        records, as_json=as_json, none="Nothing ran in the last day, and nothing is waiting."
    )


@job.command()
@json_option
def timetable(*, as_json: bool) -> None:
    """List periodic work: how often it runs, when it last ran and runs next, and what failed."""
    records = [
        {
            "task": row.name,
            "every_minutes": int(row.every.total_seconds() // 60),
            "ran_at": row.ran_at,
            "next_at": row.next_at,
            "running": row.is_running,
            "error": row.error,
        }
        for row in schedule_rows(PERIODIC_WORK, at=clock.now())
    ]
    print_list(records, as_json=as_json, none="There is no periodic work.")


add_acts(job, JOB_ACTS, find_job, JOB_FIELDS.read)
