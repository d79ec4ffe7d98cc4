"""Commands about services, and about what clients ask of them: cancellations and plan changes."""

import click

from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.cli.lookup import (
    find_client,
    find_open_cancellation,
    find_open_plan_change,
    find_service,
    operator_context,
)
from commerce.cli.param_types import ROW_ID
from commerce.config import console


@click.group()
def service() -> None:
    """Services: what clients ask of them, and what staff do with them."""


@service.command("list")
@click.option("--client", metavar="CLIENT", help="Of one client (id or billing e-mail).")
@click.option("--status", help="Such as active.")
@click.option("--asked", is_flag=True, help="Only those with an open cancellation or plan change.")
def list_(*, client: str | None, status: str | None, asked: bool) -> None:
    """List services, the newest first."""
    console.load_django()
    from commerce.billing.models import CancellationRequest, PlanChange
    from commerce.hosting.models import Service

    rows = Service.objects.select_related("product").order_by("-pk")
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    if asked:
        ending = CancellationRequest.objects.open().values("service_id")
        rows = rows.filter(pk__in=ending) | rows.filter(
            pk__in=PlanChange.objects.open().values("service_id")
        )
    for row in rows.iterator(chunk_size=500):
        click.echo(
            f"{row.pk:>7}  {row.status:10}  client {row.client_id}  {row.product.name}"
            f"  {row.domain}  due {row.next_due_date or '-'}"
        )


@service.command()
@click.argument("number", type=ROW_ID)
def show(*, number: int) -> None:
    """Show a service, with what is asked of it."""
    console.load_django()
    from commerce.billing.changes.service_edits import open_periods_of_service
    from commerce.billing.models import CancellationRequest, PlanChange
    from commerce.kit.money import Money

    row = find_service(number)
    price = Money(row.amount, row.currency_id)
    click.echo(f"{row.label}: {row.product.name}, {row.status}, {price} {row.billing_cycle}")
    click.echo(f"Next due {row.next_due_date or '-'}, ends {row.cancel_at or '-'}")
    click.echo(f"Account {row.username or '-'} on {row.server or '-'}, id {row.remote_id or '-'}")
    if row.suspension_reason:
        click.echo(f"Suspended since {row.suspended_at:%Y-%m-%d}: {row.suspension_reason}")
    for billed_period in open_periods_of_service(row):
        period = f"{billed_period.period_start} to {billed_period.period_end}"
        click.echo(f"Invoice {billed_period.invoice} for {period} is open")
    for asked in CancellationRequest.objects.open().filter(service=row):
        click.echo(f"Cancellation {asked.kind}, {asked.status}: {asked.reason}")
    for change in PlanChange.objects.open().filter(service=row).select_related("product"):
        click.echo(f"Change to {change.product.name}, {change.billing_cycle}, {change.status}")


@service.command()
@click.argument("number", type=ROW_ID)
@click.option("--reason", required=True)
@click.option("--at-end", is_flag=True, help="With what is paid, not at once.")
def cancel(*, number: int, reason: str, at_end: bool) -> None:
    """End a service without a request of its client."""
    console.load_django()
    from commerce.billing.changes.cancellations.actions import cancel_service_without_request

    row = find_service(number)
    cancel_service_without_request(
        service=row,
        kind=CancellationKind.END_OF_PERIOD if at_end else CancellationKind.IMMEDIATE,
        reason=reason,
        ctx=operator_context(),
    )
    row.refresh_from_db()
    console.print_message(f"{row.label} is {row.status}, ends {row.cancel_at or 'now'}.")


@service.command("approve-cancellation")
@click.argument("number", type=ROW_ID)
@click.option("--note", default="", help="For the client.")
def approve_cancellation(*, number: int, note: str) -> None:
    """Let the open cancellation of service NUMBER happen."""
    console.load_django()
    from commerce.billing.changes.cancellations import actions

    actions.approve_cancellation(
        request=find_open_cancellation(number), note=note, ctx=operator_context()
    )
    console.print_message("Approved.")


@service.command("reject-cancellation")
@click.argument("number", type=ROW_ID)
@click.option("--note", required=True, help="For the client.")
def reject_cancellation(*, number: int, note: str) -> None:
    """Say no to the open cancellation of service NUMBER."""
    console.load_django()
    from commerce.billing.changes.cancellations import actions

    actions.reject_cancellation(
        request=find_open_cancellation(number), note=note, ctx=operator_context()
    )
    console.print_message("Rejected.")


@service.command("approve-change")
@click.argument("number", type=ROW_ID)
@click.option("--note", default="", help="For the client.")
def approve_change(*, number: int, note: str) -> None:
    """Let the plan change of service NUMBER go on, at today's figures."""
    console.load_django()
    from commerce.billing.changes.plan_changes import actions
    from commerce.billing.tax.actions import refresh_vat_check

    change = find_open_plan_change(number)
    refresh_vat_check(client=change.client, ctx=operator_context())
    actions.approve_plan_change(change=change, note=note, ctx=operator_context())
    console.print_message(f"The change is {change.status}.")


@service.command("reject-change")
@click.argument("number", type=ROW_ID)
@click.option("--note", required=True, help="For the client.")
def reject_change(*, number: int, note: str) -> None:
    """Say no to the plan change of service NUMBER."""
    console.load_django()
    from commerce.billing.changes.plan_changes import actions

    actions.reject_plan_change(
        change=find_open_plan_change(number), note=note, ctx=operator_context()
    )
    console.print_message("Rejected.")
