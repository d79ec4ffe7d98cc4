"""An act for several records, chosen by somebody of the staff."""

from commerce.accounts.bulk_actions.actions import choose_records
from commerce.accounts.models import BulkAction, Staff
from commerce.kit.context import Actor, Context
from tests.make.people import AT, make_client
from tests.make.staff import make_staff


def make_bulk_action(staff: Staff | None = None) -> BulkAction:
    """A note for one client, which is not checked yet."""
    client, staff = make_client(), staff or make_staff(email="bulk@example.com")
    return choose_records(
        staff=staff,
        list_name="clients",
        query="",
        act_key="client.note",
        records=[(client.pk, client.pk)],
        ctx=Context(AT, Actor("staff", staff.pk)),
    )
