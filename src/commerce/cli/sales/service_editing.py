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
from commerce.cli.param_types import ROW_ID, EnumChoice
from commerce.cli.sales.services import service
from commerce.config import console
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_for_staff,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.kit.money import Money, parse_amount
from commerce.kit.periods import BillingCycle

__all__ = ["service"]  # the group, with all its commands

SETTABLE_STATUSES = [each for each in ServiceStatus if each != ServiceStatus.PENDING]
CAUSES = [each for each in SuspensionReason if each != SuspensionReason.OVERDUE]

number = click.argument("number", type=ROW_ID)
why = click.option("--reason", required=True, metavar="TEXT", help="Reason for the audit log.")
next_due = click.option(
    "--next-due",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Next due date: the first day that isn't paid yet.",
)


def _day(typed: datetime | None) -> date | None:
    return typed.date() if typed else None


def _print_state(row: Service, what: str, waits: str) -> None:
    """What became of it at once, or what a job does."""
    row.refresh_from_db()
    console.print_message(
        f"{row.label} is {row.status}{what if row.status != waits else ': in progress'}."
    )


@service.command()
@number
@click.option(
    "--reason",
    required=True,
    type=EnumChoice(CAUSES),
    help="Reason category. Not visible to the client.",
)
@click.option("--note", default="", metavar="TEXT", help="Internal reason for the audit log.")
def suspend(*, number: int, reason: str, note: str) -> None:
    """Suspend service NUMBER. Its data is kept, and billing continues.

    It isn't reactivated by a payment. Use `resume`.
    """
    row = find_service(number)
    suspend_service_for_staff(
        service=row, suspension_reason=reason, reason=note, ctx=operator_context()
    )
    _print_state(row, f" ({reason})", "active")


@service.command()
@number
@click.option("--note", default="", metavar="TEXT", help="Internal reason for the audit log.")
def resume(*, number: int, note: str) -> None:
    """Resume suspended service NUMBER, whatever the reason for its suspension.

    Overdue invoices that caused the suspension don't suspend it again; later ones do.
    """
    row = find_service(number)
    resume_service_for_staff(service=row, reason=note, ctx=operator_context())
    _print_state(row, "", "suspended")


@service.command()
@number
@why
@click.option(
    "--periods",
    type=click.Choice(("void", "keep")),
    help="What to do with an open renewal invoice: void it, or keep it due. Required if there is one.",
)
def terminate(*, number: int, reason: str, periods: str | None) -> None:
    """Terminate service NUMBER and delete its account with all data."""
    row = find_service(number)
    force_termination(service=row, reason=reason, open_period=periods or "", ctx=operator_context())
    ended = row.status == ServiceStatus.TERMINATED
    console.print_message(
        f"{row.label} is {row.status}{'' if ended else '; its account is being removed'}."
    )


@service.command()
@number
@why
@next_due
@click.option(
    "--amount", metavar="AMOUNT", help="Price per period, such as 12.50. Removes discounts."
)
@click.option("--cycle", type=EnumChoice(BillingCycle), help="Billing cycle from the next period.")
def edit(
    *, number: int, reason: str, next_due: datetime | None, amount: str | None, cycle: str | None
) -> None:
    """Change the price, billing cycle, or next due date of service NUMBER.

    The next due date must be after all billed periods. Issued invoices don't change.
    """
    row = find_service(number)
    edit_service_terms(
        service=row,
        reason=reason,
        next_due_date=_day(next_due),
        amount=None if amount is None else parse_amount(amount, row.currency_id),
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
    """Rename service NUMBER. The client sees the name."""
    row = find_service(number)
    rename_service(service=row, label=label, ctx=operator_context())
    console.print_message(f"Renamed service {row.pk} to {row.label}.")


@service.command("set-remote")
@number
@click.option("--server", metavar="NAME", help="Server that hosts it.")
@click.option("--username", metavar="NAME", help="Username of its account.")
@click.option("--remote-id", metavar="ID", help="ID of its account in the control panel.")
@click.option("--reason", default="", metavar="TEXT", help="Reason for the audit log.")
def set_remote(
    *, number: int, server: str | None, username: str | None, remote_id: str | None, reason: str
) -> None:
    """Set the server and account of service NUMBER after it was moved or created manually. Doesn't call the server.

    An empty username or ID clears it.
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
    """Override the status of service NUMBER. Doesn't call the server or notify the client.

    For accounts that were changed in the control panel. The only way to reactivate a service that has ended; requires
    --next-due.

    \b
    Example:
      commerce service override 7 active --reason "resumed in the panel" --next-due 2030-01-31
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
    """Keep service NUMBER: withdraw its scheduled end and the cancellation behind it."""
    row = find_service(number)
    withdraw_scheduled_end(service=row, reason=reason, ctx=operator_context())
    console.print_message(f"{row.label} continues, due {row.next_due_date or '-'}.")
