"""Commands about services, and about what clients ask of them: cancellations and plan changes."""

from typing import Any

import click

from commerce.accounts.finding import find_client
from commerce.billing.changes.cancellations import actions as cancellations
from commerce.billing.changes.plan_changes.actions import requests as plan_changes
from commerce.billing.changes.service_edits import open_periods_of_service
from commerce.billing.models import CancellationRequest, PlanChange
from commerce.cli.acts import add_acts
from commerce.cli.lookup import (
    find_open_cancellation,
    find_open_plan_change,
    find_service,
    operator_context,
)
from commerce.cli.output import json_option, pick, print_list, print_record
from commerce.cli.param_types import ROW_ID
from commerce.cli.sales.plan_changes import expect_option, expected_totals, figures_today
from commerce.config import console
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.record_acts import ACCOUNT_ACTS, SERVICE_ACTS


@click.group()
def service() -> None:
    """Manage services, cancellations, and plan changes."""


@service.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--status", help="Filter by status, such as active.")
@click.option("--asked", is_flag=True, help="Only those with an open cancellation or plan change.")
@json_option
def list_(*, client: str | None, status: str | None, asked: bool, as_json: bool) -> None:
    """List services, newest first."""
    rows = Service.objects.select_related("product", "server").order_by("-pk")
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    if asked:
        ending = CancellationRequest.objects.open().values("service_id")
        rows = rows.filter(pk__in=ending) | rows.filter(
            pk__in=PlanChange.objects.open().values("service_id")
        )
    records = [service_record(row) for row in rows.iterator(chunk_size=500)]
    shown = ("id", "status", "client", "product", "domain", "amount", "next_due_date")
    print_list(records, as_json=as_json, none="No services.", table=pick(records, *shown))


def service_record(row: Service) -> dict[str, Any]:
    return {
        "id": row.pk,
        "label": row.label,
        "status": row.status,
        "client": row.client_id,
        "product": row.product.slug,
        "domain": row.domain,
        "amount": Money(row.amount, row.currency_id),
        "billing_cycle": row.billing_cycle,
        "next_due_date": row.next_due_date,
        "cancel_at": row.cancel_at,
        "server": row.server.name if row.server else None,
        "username": row.username,
    }


@service.command()
@click.argument("number", type=ROW_ID)
@json_option
def show(*, number: int, as_json: bool) -> None:
    """Show a service with its open requests."""
    row = find_service(number)
    periods = open_periods_of_service(row)
    cancellations_asked = CancellationRequest.objects.open().filter(service=row)
    changes = PlanChange.objects.open().filter(service=row).select_related("product")
    record = service_record(row) | {
        "remote_id": row.remote_id,
        "suspended_at": row.suspended_at,
        "suspension_reason": row.suspension_reason,
        "open_periods": [
            {"invoice": str(one.invoice), "from": one.period_start, "to": one.period_end}
            for one in periods
        ],
        "cancellations": [
            {"kind": one.kind, "status": one.status, "reason": one.reason}
            for one in cancellations_asked
        ],
        "plan_changes": [
            {
                "product": one.product.slug,
                "billing_cycle": one.billing_cycle,
                "status": one.status,
            }
            for one in changes
        ],
    }
    print_record(record, as_json=as_json)


@service.command("approve-cancellation")
@click.argument("number", type=ROW_ID)
@click.option("--note", default="", help="Note that the client sees.")
def approve_cancellation(*, number: int, note: str) -> None:
    """Approve the open cancellation of service NUMBER."""
    cancellations.approve_cancellation(
        request=find_open_cancellation(number), note=note, ctx=operator_context()
    )
    console.print_message("Approved.")


@service.command("reject-cancellation")
@click.argument("number", type=ROW_ID)
@click.option("--note", required=True, help="Note that the client sees.")
def reject_cancellation(*, number: int, note: str) -> None:
    """Reject the open cancellation of service NUMBER."""
    cancellations.reject_cancellation(
        request=find_open_cancellation(number), note=note, ctx=operator_context()
    )
    console.print_message("Rejected.")


@service.command("approve-change")
@click.argument("number", type=ROW_ID)
@click.option("--note", default="", help="Note that the client sees.")
@expect_option
def approve_change(*, number: int, note: str, expect: str | None) -> None:
    """Approve the plan change of service NUMBER at current prices."""
    change, ctx = find_open_plan_change(number), operator_context()
    expected = expected_totals(figures_today(change), expect)
    plan_changes.approve_plan_change(change=change, note=note, expected=expected, ctx=ctx)
    console.print_message(f"The plan change is now {change.status}.")


@service.command("reject-change")
@click.argument("number", type=ROW_ID)
@click.option("--note", required=True, help="Note that the client sees.")
def reject_change(*, number: int, note: str) -> None:
    """Reject the plan change of service NUMBER."""
    plan_changes.reject_plan_change(
        change=find_open_plan_change(number), note=note, ctx=operator_context()
    )
    console.print_message("Rejected.")


add_acts(service, (*SERVICE_ACTS, *ACCOUNT_ACTS), find_service, service_record)
