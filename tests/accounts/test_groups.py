"""Client groups: their percentage, and who is in one (catalog-and-orders.md 5)."""

from typing import Any

import pytest

from commerce.accounts.actions import change_client_group, create_client_group, put_in_group
from commerce.audit.models import Entry
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from tests import make

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}


def test_a_client_is_put_in_a_group_and_out_of_it() -> None:
    client = make.make_client()
    group = create_client_group(name="Resellers", discount=2000, **SAY)
    put_in_group(client=client, group=group, **SAY)
    assert client.group == group
    put_in_group(client=client, group=None, **SAY)
    put_in_group(client=client, group=None, **SAY)
    assert client.group is None
    noted = Entry.objects.filter(action="client.group_set", staff_only=True)
    assert [entry.after["group"] for entry in noted.order_by("pk")] == ["Resellers", ""]


def test_a_group_changes() -> None:
    group = create_client_group(name="Resellers", **SAY)
    change_client_group(group=group, name="Resellers", discount=10_000, colour="#3366cc", **SAY)
    assert (group.discount, group.colour) == (10_000, "#3366cc")
    assert Entry.objects.get(action="clientgroup.changed").before == {"discount": 0, "colour": ""}


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "A"}, {"discount": -1}, {"discount": 10_001}, {"colour": "red"}],
)
def test_wrong_groups_are_refused(wrong: dict[str, Any]) -> None:
    create_client_group(name="A", **SAY)
    group = create_client_group(name="B", **SAY)
    with pytest.raises(Refused):
        create_client_group(**{"name": "C"} | wrong, **SAY)
    with pytest.raises(Refused):
        change_client_group(group=group, **wrong, **SAY)
