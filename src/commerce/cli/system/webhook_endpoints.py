"""Commands about webhook endpoints of the company. A person makes them in the staff area alone: they are theirs."""

import click

from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_list
from commerce.kit.errors import BusinessError
from commerce.presentation.records import Record
from commerce.webhook_endpoints.models import WebhookEndpoint
from commerce.webhook_endpoints.record_acts import WEBHOOK_ENDPOINT_ACTS


@click.group()
def webhook_endpoint() -> None:
    """Manage webhook endpoints of the company."""


@webhook_endpoint.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List webhook endpoints of the company, newest first."""
    rows = WebhookEndpoint.objects.of_company().open().newest_first().select_related("maker")
    print_list(map(_record, rows), as_json=as_json, none="No webhook endpoints.")


def _find(number: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.of_company().filter(pk=number).select_related("maker").first()
    if found is None:
        raise BusinessError("webhook_endpoint.unknown", id=number)
    return found


def _record(endpoint: WebhookEndpoint) -> Record:
    return {
        "id": endpoint.pk,
        "host": endpoint.host,
        "description": endpoint.description,
        "status": endpoint.status,
        "types": endpoint.types,
        "failing_since": endpoint.failing_since,
        "created_by": endpoint.maker.email,
    }


add_acts(webhook_endpoint, WEBHOOK_ENDPOINT_ACTS[1:], _find, _record)
