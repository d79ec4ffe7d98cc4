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
    client, other = make.make_client(), make.make_client()
    group = create_client_group(name="Resellers", discount=2000, **SAY)
    put_in_group(client=client, group=group, **SAY)
    assert client.group == group
    other.refresh_from_db()
    assert other.group is None
    put_in_group(client=client, group=None, **SAY)
    put_in_group(client=client, group=None, **SAY)
    assert client.group is None
    noted = Entry.objects.filter(action="client.group_set", staff_only=True)
    assert [(one.before, one.after) for one in noted.order_by("pk")] == [
        ({"group": ""}, {"group": "Resellers"}),
        ({"group": "Resellers"}, {"group": ""}),
    ]
    assert {(one.record_kind, one.record_id, one.client_id) for one in noted} == {
        ("client", client.pk, client.pk)
    }


def test_a_group_is_made_as_it_was_wanted() -> None:
    plain = create_client_group(name="A", **SAY)
    assert (plain.discount, plain.colour, plain.description) == (0, "", "")
    full = create_client_group(name="B", discount=10_000, colour="#33Ff00", description="b", **SAY)
    assert (full.name, full.discount, full.colour) == ("B", 10_000, "#33Ff00")
    assert full.description == "b"
    entry = Entry.objects.get(action="clientgroup.created", record_id=full.pk)
    assert (entry.record_kind, entry.record_name) == ("clientgroup", "B")
    assert entry.after == {"discount": 10_000}


def test_a_group_changes_and_no_other() -> None:
    group = create_client_group(name="Resellers", **SAY)
    other = create_client_group(name="Friends", **SAY)
    change_client_group(group=group, name="Resellers", discount=10_000, colour="#3366cc", **SAY)
    assert (group.discount, group.colour) == (10_000, "#3366cc")
    entry = Entry.objects.get(action="clientgroup.changed")
    assert (entry.before, entry.after) == (
        {"discount": 0, "colour": ""},
        {"discount": 10_000, "colour": "#3366cc"},
    )
    assert (entry.record_kind, entry.record_id) == ("clientgroup", group.pk)
    other.refresh_from_db()
    assert (other.name, other.discount, other.colour) == ("Friends", 0, "")
    group.discount = 0  # as somebody has it who read it before
    change_client_group(group=group, name="Resellers", discount=10_000, **SAY)  # all as it is
    assert Entry.objects.filter(action="clientgroup.changed").count() == 1
    change_client_group(group=group, description="who sell on", discount=0, colour="", **SAY)
    assert (group.description, group.discount, group.colour) == ("who sell on", 0, "")
    with pytest.raises(TypeError, match="unknown fields: status"):
        change_client_group(group=group, status="x", **SAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "A"},
        {"discount": -1},
        {"discount": 10_001},
        {"colour": "red"},
        {"colour": "#3366c"},
        {"colour": "#3366cc "},
        {"colour": "#3366cg"},
    ],
)
def test_wrong_groups_are_refused(wrong: dict[str, Any]) -> None:
    create_client_group(name="A", **SAY)
    group = create_client_group(name="B", **SAY)
    with pytest.raises(Refused) as made:
        create_client_group(**{"name": "C"} | wrong, **SAY)
    with pytest.raises(Refused) as changed:
        change_client_group(group=group, **wrong, **SAY)
    assert [made.value.field, changed.value.field] == [*wrong, *wrong]
