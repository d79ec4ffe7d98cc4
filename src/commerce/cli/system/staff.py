"""Commands about staff: the first super admin, and the way in when the staff area is shut."""

import click

from commerce.accounts.actions.staff_people.changing import set_staff_permissions
from commerce.accounts.actions.staff_people.making import create_first_super_admin
from commerce.accounts.finding import find_staff
from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import StaffPermission
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context
from commerce.cli.output import json_option, print_list, print_record
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.presentation.records import Record
from commerce.record_acts.staff import STAFF_ACTS


@click.group()
def staff() -> None:
    """Manage staff: who signs in to the staff area, and what they may do."""


@staff.command()
@click.argument("email")
@click.option("--first-name", prompt="First name", help="First name.")
@click.option("--last-name", prompt="Last name", help="Last name.")
@click.password_option(help="Password; asked for unless given.")
def create(email: str, *, first_name: str, last_name: str, password: str) -> None:
    """Create the first super admin, who signs in with EMAIL and adds further staff in the staff area.

    Refused once there is a super admin.
    """
    made = create_first_super_admin(
        email=email,
        first_name=first_name,
        last_name=last_name,
        password=password,
        ctx=operator_context(),
    )
    console.print_message(f"{made} is a super admin. Sign in at /admin.")


@staff.command("list")
@json_option
def list_staff(*, as_json: bool) -> None:
    """List staff with their roles."""
    rows = Staff.objects.people().select_related("user", "role").order_by("user__email", "pk")
    print_list([_record(one) for one in rows], as_json=as_json, none="There is no staff yet.")


@staff.command()
@click.argument("email")
@json_option
def show(email: str, *, as_json: bool) -> None:
    """Show the staff person with EMAIL, and what they may do."""
    found = find_staff(email)
    may = [str(one) for one in StaffPermission if found.may(one)]
    listed = may if as_json else ", ".join(may)
    print_record({**_record(found), "permissions": listed}, as_json=as_json)


@staff.command()
@click.argument("email")
@click.option("--allow", multiple=True, metavar="SLUG", help="Permission to add. Can be repeated.")
@click.option(
    "--forbid", multiple=True, metavar="SLUG", help="Extra permission to end. Can be repeated."
)
def permissions(email: str, *, allow: tuple[str, ...], forbid: tuple[str, ...]) -> None:
    """Change what the staff person with EMAIL may do besides their role."""
    found, ctx = find_staff(email), operator_context()
    for permission in forbid:
        if permission in found.role.all_permissions:
            raise BusinessError("staff.permission_of_role", permission=permission)
    found = set_staff_permissions(
        staff=found,
        extra_permissions=(set(found.extra_permissions) | set(allow)) - set(forbid),
        removed_permissions=set(found.removed_permissions) - set(allow),
        ctx=ctx,
    )
    console.print_message(f"{found}: {found.role.key}, {len(found.all_permissions)} permissions.")


def _record(staff: Staff) -> Record:
    return {
        "email": str(staff),
        "name": staff.full_name,
        "role": staff.role.key,
        "active": staff.is_active,
        "last_sign_in": staff.last_sign_in_at,
        "last_sign_in_from": staff.last_sign_in_from,
    }


_MADE = tuple(one for one in STAFF_ACTS if one is not set_staff_permissions)
add_acts(staff, _MADE, find_staff, _record, id_type=click.STRING, id_name="email")
