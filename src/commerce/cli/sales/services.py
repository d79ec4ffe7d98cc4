"""Commands about services, and about cancellations that clients ask for."""

import click

from commerce.accounts.finding import find_client
from commerce.billing.changes.service_edits import open_periods_of_service
from commerce.billing.models import CancellationRequest, PlanChange
from commerce.billing.records import BILLED_PERIOD_FIELDS, CANCELLATION_FIELDS, PLAN_CHANGE_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_open_cancellation, find_service
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import ROW_ID
from commerce.hosting.models import Service
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.record_acts.sales import ACCOUNT_ACTS, CANCELLATION_ACTS, SERVICE_ACTS


@click.group()
def service() -> None:
    """Manage services and cancellations."""


@service.command("list")
@click.option("--client", metavar="CLIENT", help="Filter by client (ID or billing email).")
@click.option("--status", help="Filter by status, such as active.")
@click.option("--asked", is_flag=True, help="Only those with an open cancellation or plan change.")
@json_option
def list_(*, client: str | None, status: str | None, asked: bool, as_json: bool) -> None:
    """List services, newest first."""
    rows = SERVICE_FIELDS.with_related(Service.objects.order_by("-pk"))
    if client:
        rows = rows.for_client(find_client(client))
    if status:
        rows = rows.filter(status=status)
    if asked:
        ending = CancellationRequest.objects.open().values("service_id")
        rows = rows.filter(pk__in=ending) | rows.filter(
            pk__in=PlanChange.objects.open().values("service_id")
        )
    shown = "id status client product domain amount next_due_date"
    print_rows(
        SERVICE_FIELDS, rows.iterator(chunk_size=500), shown, as_json=as_json, none="No services."
    )


@service.command()
@click.argument("number", type=ROW_ID)
@json_option
def show(*, number: int, as_json: bool) -> None:
    """Show a service with its open requests."""
    row = find_service(number)
    periods = open_periods_of_service(row)
    cancellations_asked = CancellationRequest.objects.open().filter(service=row)
    changes = PlanChange.objects.open().filter(service=row).select_related("product")
    record = SERVICE_FIELDS.read(row) | {
        "open_periods": [BILLED_PERIOD_FIELDS.read(one, "invoice from to") for one in periods],
        "cancellations": [
            CANCELLATION_FIELDS.read(one, "kind status reason") for one in cancellations_asked
        ],
        "plan_changes": [
            PLAN_CHANGE_FIELDS.read(one, "product billing_cycle status") for one in changes
        ],
    }
    print_record(record, as_json=as_json)


@service.group()
def cancellation() -> None:
    """Decide on the open cancellation of a service (ID)."""


add_acts(cancellation, CANCELLATION_ACTS, find_open_cancellation, CANCELLATION_FIELDS.read)
add_acts(service, (*SERVICE_ACTS, *ACCOUNT_ACTS), find_service, SERVICE_FIELDS.read)
