"""Commands by which staff act on services themselves: off and on, terms, account, state, end."""

from datetime import date, datetime

import click

from commerce.billing.changes.service_edits import (
    edit_service_terms,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.cli.lookup import find_server, find_service, operator_context
from commerce.cli.param_types import ROW_ID, EnumChoice, parse_minor_units
from commerce.cli.sales.services import service
from commerce.config import console
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_resumption, request_suspension
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.kit.periods import BillingCycle

__all__ = ["service"]  # the group, with all its commands

SETTABLE_STATUSES = [each for each in ServiceStatus if each != ServiceStatus.PENDING]
CAUSES = [each for each in SuspensionReason if each != SuspensionReason.OVERDUE]

number = click.argument("number", type=ROW_ID)
why = click.option("--reason", required=True, metavar="TEXT", help="For the audit log.")
next_due = click.option(
    "--next-due",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="First day that is not paid; later periods count from it.",
)


def _day(typed: datetime | None) -> date | None:
    return typed.date() if typed else None


def _print_state(row: Service, what: str, waits: str) -> None:
    """What became of it at once, or what a job does."""
    row.refresh_from_db()
    console.print_message(
        f"{row.label} is {row.status}{what if row.status != waits else ': a job does it'}."
    )


@service.command()
@number
@click.option("--reason", required=True, type=EnumChoice(CAUSES), help="Its client sees none.")
@click.option("--note", default="", metavar="TEXT", help="For staff, in the audit log.")
def suspend(*, number: int, reason: str, note: str) -> None:
    """Switch service NUMBER off; its data stay, and it is billed on.

    A payment does not switch it on again: staff do, with "resume".
    """
    row = find_service(number)
    if not request_suspension(
        service=row, suspension_reason=reason, reason=note, ctx=operator_context()
    ):
        row.refresh_from_db()
        raise BusinessError("service.nothing_to_switch_off", service=row.label, status=row.status)
    _print_state(row, f" ({reason})", "active")


@service.command()
@number
@click.option("--note", default="", metavar="TEXT", help="For staff, in the audit log.")
def resume(*, number: int, note: str) -> None:
    """Switch service NUMBER on again, for whatever reason it is off.

    An invoice for which it was off as overdue does not switch it off again; a later one does.
    """
    row = find_service(number)
    if not request_resumption(service=row, reason=note, ctx=operator_context()):
        raise BusinessError("service.nothing_to_switch_on", service=row.label, status=row.status)
    _print_state(row, "", "suspended")


@service.command()
@number
@why
@click.option(
    "--periods",
    type=click.Choice(("void", "keep")),
    help="What becomes of an open renewal: taken back, or still owed. Needed if there is one.",
)
def terminate(*, number: int, reason: str, periods: str | None) -> None:
    """End service NUMBER by force, and have its account removed with all data."""
    row = find_service(number)
    force_termination(service=row, reason=reason, open_period=periods or "", ctx=operator_context())
    ended = row.status == ServiceStatus.TERMINATED
    console.print_message(
        f"{row.label} is {row.status}{'' if ended else '; a job removes its account'}."
    )


@service.command()
@number
@why
@next_due
@click.option("--amount", metavar="AMOUNT", help="For each period, such as 12.50; ends discounts.")
@click.option("--cycle", type=EnumChoice(BillingCycle), help="The next period is that long.")
def edit(
    *, number: int, reason: str, next_due: datetime | None, amount: str | None, cycle: str | None
) -> None:
    """Change when service NUMBER is due and what it costs.

    The next due date must be after all periods that are billed. Issued invoices do not change.
    """
    row = find_service(number)
    edit_service_terms(
        service=row,
        reason=reason,
        next_due_date=_day(next_due),
        amount=None if amount is None else parse_minor_units(amount, row.currency_id),
        billing_cycle=cycle or "",
        ctx=operator_context(),
    )
    price = Money(row.amount, row.currency_id)
    console.print_message(
        f"{row.label}: {price} {row.billing_cycle}, due {row.next_due_date or '-'}."
    )


@service.command()
@number
@click.argument("label")
def rename(*, number: int, label: str) -> None:
    """Give service NUMBER another name, which its client sees."""
    row = find_service(number)
    rename_service(service=row, label=label, ctx=operator_context())
    console.print_message(f"Service {row.pk} is called {row.label}.")


@service.command("set-remote")
@number
@click.option("--server", metavar="NAME", help="The server that it is on.")
@click.option("--username", metavar="NAME", help="The user name of its account there.")
@click.option("--remote-id", metavar="ID", help="By what the panel knows it.")
@click.option("--reason", default="", metavar="TEXT", help="For the audit log.")
def set_remote(
    *, number: int, server: str | None, username: str | None, remote_id: str | None, reason: str
) -> None:
    """Say where the account of service NUMBER is, after it was moved or made by hand. Nothing is called.

    What is not given stays. An empty user name or id takes it away.
    """
    row = find_service(number)
    set_service_account(
        service=row,
        server=find_server(server) if server else None,
        username=username,
        remote_id=remote_id,
        reason=reason,
        ctx=operator_context(),
    )
    console.print_message(
        f"{row.label}: {row.username or '-'} on {row.server or '-'}, {row.remote_id or '-'}."
    )


@service.command()
@number
@click.argument("state", type=EnumChoice(SETTABLE_STATUSES))
@why
@next_due
@click.option(
    "--suspended-for", "cause", type=EnumChoice(CAUSES), default=SuspensionReason.STAFF.value
)
def override(
    *, number: int, state: str, reason: str, next_due: datetime | None, cause: str
) -> None:
    """Set the state of service NUMBER by hand. Nothing is called and nobody is told.

    For accounts that were changed at the panel. It is the only way back for a service that has ended; give --next-due
    with that.

    \b
    Example:
      commerce service override 7 active --reason "resumed at the panel" --next-due 2030-01-31
    """
    row = find_service(number)
    override_service(
        service=row,
        to=ServiceStatus(state),
        reason=reason,
        next_due_date=_day(next_due),
        suspension_reason=cause,
        ctx=operator_context(),
    )
    console.print_message(f"{row.label} is {row.status}, due {row.next_due_date or '-'}.")


@service.command()
@number
@why
def keep(*, number: int, reason: str) -> None:
    """Take back the scheduled end of service NUMBER, and the cancellation that led to it."""
    row = find_service(number)
    withdraw_scheduled_end(service=row, reason=reason, ctx=operator_context())
    console.print_message(f"{row.label} goes on, due {row.next_due_date or '-'}.")
