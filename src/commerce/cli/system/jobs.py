"""Commands about background work: what waits for staff, and what they decide."""

from typing import TYPE_CHECKING

import click

from commerce.cli.lookup import find_job, operator_context
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.jobs.rules import JobStatus

if TYPE_CHECKING:
    pass

JOB_ID = WholeNumber(1, 2**63 - 1)


@click.group()
def job() -> None:
    """Look at background work, and decide about what is parked."""


@job.command("list")
@click.option(
    "--state", type=EnumChoice(JobStatus), default=JobStatus.PARKED.value, show_default=True
)
@click.option("--subject", metavar="KIND:ID", help="Such as service:12.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=100, show_default=True)
def list_(*, state: str, subject: str | None, limit: int) -> None:
    """List jobs in one state, oldest first; without options those that wait for staff."""
    console.load_django()
    from commerce.jobs.models import Job

    jobs = Job.objects.filter(status=state).order_by("id")
    if subject is not None:
        kind, _, number = subject.rpartition(":")
        if not kind or not number.isascii() or not number.isdecimal() or len(number) > 18:
            raise click.BadParameter("Give one such as service:12.", param_hint="--subject")
        jobs = jobs.of((kind, int(number)))
    rows = [("ID", "ACTION", "SUBJECT", "MADE", "TRIES", "SAYS")]
    rows += [
        (
            str(one.pk),
            one.action,
            f"{one.subject_kind}:{one.subject_id}",
            f"{one.created_at:%Y-%m-%d %H:%M}",
            str(one.tries),
            " ".join(one.error.split())[:100],
        )
        for one in jobs[:limit]
    ]
    if len(rows) == 1:
        console.print_message(f"No job is {state}.")
        return
    console.table(rows)


@job.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option(
    "--reveal", is_flag=True, help="Show the authorisation code of a transfer; this is logged."
)
def show(job_id: int, *, reveal: bool) -> None:
    """Show all that is known of one job; of a domain, for whom it is."""
    console.load_django()
    one = find_job(job_id)
    details = {
        "id": one.pk,
        "action": one.action,
        "subject": f"{one.subject_kind}:{one.subject_id}",
        "cause": one.idempotency_key,
        "state": one.status,
        "tries": one.tries,
        "lost workers": one.lost_runs,
        "made": one.created_at,
        "next try": one.next_try_at if one.status == JobStatus.WAITING else None,
        "ended": one.ended_at,
        "data": one.args,
        "says": one.error,
    }
    for name, value in details.items():
        if value not in (None, "", {}):
            click.echo(f"{name + ':':14}{value}")
    if one.subject_kind == "domain":
        _show_ordered(one.subject_id, reveal=reveal)


def _show_ordered(domain_id: int, *, reveal: bool) -> None:
    """What was given at the order of the name; its code only when it is asked for."""
    from commerce.domains.models import Domain
    from commerce.domains.order_data import order_data_of
    from commerce.orders.actions.auth_codes import reveal_auth_code

    domain = Domain.objects.filter(pk=domain_id).first()
    if domain is None:
        return
    order_data = order_data_of(domain)
    for name, value in (*order_data.registrant.items(), *order_data.extra_fields.items()):
        if value:
            click.echo(f"{name.replace('_', ' ') + ':':14}{value}")
    if reveal:
        code = reveal_auth_code(domain=domain, ctx=operator_context())
        click.echo(f"{'code:':14}{code}")
    elif order_data.auth_code:
        click.echo(f"{'code:':14}kept; --reveal shows it")


@job.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
def retry(job_id: int) -> None:
    """Let a parked job try again."""
    console.load_django()
    one = find_job(job_id)
    from commerce.jobs.manual import retry_job

    retry_job(job=one, ctx=operator_context())
    console.print_message(f"Job {job_id} is queued.")


@job.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option("--reason", required=True, help="Kept in the audit log.")
def drop(job_id: int, *, reason: str) -> None:
    """Decide that a job shall not be done."""
    console.load_django()
    one = find_job(job_id)
    from commerce.jobs.manual import drop_job

    drop_job(job=one, reason=reason, ctx=operator_context())
    console.print_message(f"Job {job_id} is dropped.")


@job.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option("--reason", required=True, help="Kept in the audit log.")
@click.option("--username", help="Of an account that was made.")
@click.option("--server", metavar="NAME", help="On which it was made.")
@click.option("--remote-id", help="The panel's or the registrar's id of it.")
@click.option("--expires", metavar="DATE", help="Of a domain that was registered or renewed.")
@click.option(
    "--nameservers", metavar="HOSTS", help="Of a domain that came to us: 2 to 4, with spaces."
)
def done(job_id: int, *, reason: str, **typed: str | None) -> None:
    """Say that a parked job was done by hand."""
    console.load_django()
    one = find_job(job_id)
    from commerce.jobs.manual import finish_manually

    answers = {name: value for name, value in typed.items() if value is not None}
    finish_manually(job=one, reason=reason, answers=answers, ctx=operator_context())
    console.print_message(f"Job {job_id} is done.")
