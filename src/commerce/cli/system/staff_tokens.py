"""Commands about machine accounts and tokens of the staff API. People make tokens in the staff area alone, with their
second factor.
"""

import click

from commerce.accounts.actions.staff_people.api_tokens import create_machine_token
from commerce.accounts.finding import find_machine_account
from commerce.accounts.models import MachineAccount, StaffToken
from commerce.accounts.records.machine_accounts import MACHINE_ACCOUNT_FIELDS
from commerce.accounts.records.staff_tokens import STAFF_TOKEN_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_list
from commerce.kit.errors import BusinessError
from commerce.record_acts.staff import MACHINE_ACCOUNT_ACTS, STAFF_TOKEN_ACTS


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


@click.group()
def machine_account() -> None:
    """Manage machine accounts: staff without sign-in, for programs."""


@machine_account.command("list")
@json_option
def list_machine_accounts(*, as_json: bool) -> None:
    """List machine accounts with their owners."""
    rows = MachineAccount.objects.select_related("owner__user").order_by("machine_name", "pk")
    print_list(map(MACHINE_ACCOUNT_FIELDS.read, rows), as_json=as_json, none="No machine accounts.")


_MADE = tuple(one for one in MACHINE_ACCOUNT_ACTS if one is not create_machine_token)
add_acts(
    machine_account,
    _MADE,
    find_machine_account,
    MACHINE_ACCOUNT_FIELDS.read,
    id_type=click.STRING,
    id_name="name",
)
