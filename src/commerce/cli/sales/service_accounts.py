"""Commands that show what the panel of a service was asked, and what the service uses."""

from typing import Any

import click

from commerce.cli.kept_calls import limit_option, print_calls
from commerce.cli.lookup import find_service
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import ROW_ID
from commerce.cli.sales.services import service
from commerce.hosting.models import ProvisioningCall, UsageDay

__all__ = ["service"]  # the group, with all its commands

number = click.argument("number", type=ROW_ID)


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
