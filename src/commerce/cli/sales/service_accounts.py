"""Commands by which staff have the panel of a service asked for something; the worker does it."""

from typing import Any

import click

from commerce.cli.kept_calls import limit_option, print_calls
from commerce.cli.lookup import find_service, operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import ROW_ID
from commerce.cli.sales.service_editing import service
from commerce.config import console
from commerce.hosting.account_requests import (
    apply_service_package,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.models import ProvisioningCall, UsageDay

__all__ = ["service"]  # the group, with all its commands

number = click.argument("number", type=ROW_ID)


@service.command("create")
@number
def create(*, number: int) -> None:
    """Create the account of service NUMBER now, or try again."""
    row, ctx = find_service(number), operator_context()
    request_account(service=row, ctx=ctx)
    console.print_message(f"The account of {row.label} is being set up.")


@service.command("apply-package")
@number
def apply_package(*, number: int) -> None:
    """Give the account of service NUMBER the package and options of its product."""
    row, ctx = find_service(number), operator_context()
    apply_service_package(service=row, ctx=ctx)
    console.print_message(f"The package of {row.label} is being changed.")


@service.command("new-password")
@number
def new_password(*, number: int) -> None:
    """Set a new password for the account of service NUMBER. Only its client can see it, once, in the portal."""
    row, ctx = find_service(number), operator_context()
    request_new_password(service=row, ctx=ctx)
    console.print_message(f"A new password for {row.label} is being set.")


@service.command("refresh")
@number
def refresh(*, number: int) -> None:
    """Ask the control panel how the account of service NUMBER stands."""
    row, ctx = find_service(number), operator_context()
    request_refresh(service=row, ctx=ctx)
    console.print_message(f"The control panel of {row.label} is being asked.")


@service.command("calls")
@number
@limit_option
@json_option
def calls(*, number: int, limit: int, as_json: bool) -> None:
    """List the calls to the control panel about service NUMBER, newest first. Secrets are hidden."""
    row = find_service(number)
    found = ProvisioningCall.objects.filter(service_id=row.pk).newest_first()[:limit]
    print_calls(found, as_json=as_json)


@service.command("usage")
@number
@json_option
def usage(*, number: int, as_json: bool) -> None:
    """Show what service NUMBER used on its last days, newest first; sizes in bytes."""
    row = find_service(number)
    days = UsageDay.objects.filter(service=row).order_by("-day", "kind")[:100]
    records: list[dict[str, Any]] = [
        {"day": day.day, "kind": day.kind, "used": day.used, "limit": day.limit} for day in days
    ]
    print_list(records, as_json=as_json, none="Nothing is known of its usage.")
