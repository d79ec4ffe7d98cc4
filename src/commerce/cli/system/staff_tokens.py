"""Commands about tokens of the staff API. A person makes them in the staff area alone, with their second factor."""

import click

from commerce.accounts.models import StaffToken
from commerce.accounts.records.staff_tokens import STAFF_TOKEN_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_list
from commerce.kit.errors import BusinessError
from commerce.record_acts import STAFF_TOKEN_ACTS


@click.group()
def staff_token() -> None:
    """Manage tokens of the staff API."""


@staff_token.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List tokens of all staff, newest first."""
    rows = StaffToken.objects.select_related("staff__user").order_by("-pk")
    print_list(map(STAFF_TOKEN_FIELDS.read, rows), as_json=as_json, none="No tokens.")


def find_staff_token(number: int) -> StaffToken:
    """The token with this id. Raises ``BusinessError``."""
    found = StaffToken.objects.filter(pk=number).select_related("staff__user").first()
    if found is None:
        raise BusinessError("staff_token.unknown", id=number)
    return found


add_acts(staff_token, STAFF_TOKEN_ACTS[1:], find_staff_token, STAFF_TOKEN_FIELDS.read)
