"""Commands about roles of staff."""

import click

from commerce.accounts.finding import all_staff_roles, find_staff_role
from commerce.accounts.models import StaffRole
from commerce.accounts.staff_rules import in_order
from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_list, print_record
from commerce.presentation.records import Record
from commerce.record_acts.staff import STAFF_ROLE_ACTS


@click.group()
def staff_role() -> None:
    """Manage roles of staff: what whoever has one may do."""


@staff_role.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List roles, those that came with the installation first."""
    rows = all_staff_roles()
    print_list(
        [{**_record(one), "people": one.people.people().count()} for one in rows],
        as_json=as_json,
        none="No roles.",
    )


@staff_role.command()
@click.argument("role")
@json_option
def show(role: str, *, as_json: bool) -> None:
    """Show ROLE, by its key or name, and what whoever has it may do."""
    found = find_staff_role(role)
    may, new = in_order(found.all_permissions), in_order(found.new_permissions)
    listed = {"permissions": may, "new_permissions": new}
    words = {key: ", ".join(slugs) for key, slugs in listed.items()}
    print_record({**_record(found), **(listed if as_json else words)}, as_json=as_json)


def _record(role: StaffRole) -> Record:
    return {
        "role": role.key,
        "name": str(role),
        "shipped": role.is_shipped,
        "edited": not role.is_as_shipped,
        "daily_limit": role.daily_limit,
    }


add_acts(
    staff_role,
    STAFF_ROLE_ACTS,
    find_staff_role,
    _record,
    id_type=click.STRING,
    id_name="role",
    called=lambda role: role.key,
)
