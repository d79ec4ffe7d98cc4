"""Client groups: their percentage, and who is in one (catalog-and-orders.md 5)."""

from typing import Any

import pytest

from commerce.accounts.actions.client_groups import (
    change_client_group,
    create_client_group,
    delete_client_group,
    set_client_group,
)
from commerce.accounts.models import ClientGroup
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def test_a_client_is_put_in_a_group_and_out_of_it() -> None:
    client, other = make.make_client(), make.make_client()
    group = create_client_group(name="Resellers", discount=2000, ctx=CTX)
    set_client_group(client=client, group=group, ctx=CTX)
    assert client.group == group
    other.refresh_from_db()
    assert other.group is None
    set_client_group(client=client, group=None, ctx=CTX)
    set_client_group(client=client, group=None, ctx=CTX)
    assert client.group is None
    noted = AuditEntry.objects.filter(action="client.group_set", staff_only=True)
    assert [(one.before, one.after) for one in noted.order_by("pk")] == [
        ({"group": ""}, {"group": "Resellers"}),
        ({"group": "Resellers"}, {"group": ""}),
    ]
    assert {(one.record_kind, one.record_id, one.client_id) for one in noted} == {
        ("client", client.pk, client.pk)
    }


def test_a_group_is_made_as_it_was_wanted() -> None:
    plain = create_client_group(name="A", ctx=CTX)
    assert (plain.discount, plain.color, plain.description) == (0, "", "")
    full = create_client_group(name="B", discount=10_000, color="#33Ff00", description="b", ctx=CTX)
    assert (full.name, full.discount, full.color) == ("B", 10_000, "#33Ff00")
    assert full.description == "b"
    entry = AuditEntry.objects.get(action="client_group.created", record_id=full.pk)
    assert (entry.record_kind, entry.record_name) == ("client_group", "B")
    assert entry.after == {"discount": 10_000}


def test_a_group_changes_and_no_other() -> None:
    group = create_client_group(name="Resellers", ctx=CTX)
    other = create_client_group(name="Friends", ctx=CTX)
    change_client_group(group=group, name="Resellers", discount=10_000, color="#3366cc", ctx=CTX)
    assert (group.discount, group.color) == (10_000, "#3366cc")
    entry = AuditEntry.objects.get(action="client_group.changed")
    assert (entry.before, entry.after) == (
        {"discount": 0, "color": ""},
        {"discount": 10_000, "color": "#3366cc"},
    )
    assert (entry.record_kind, entry.record_id) == ("client_group", group.pk)
    other.refresh_from_db()
    assert (other.name, other.discount, other.color) == ("Friends", 0, "")
    group.discount = 0  # as somebody has it who read it before
    change_client_group(group=group, name="Resellers", discount=10_000, ctx=CTX)  # all as it is
    assert AuditEntry.objects.filter(action="client_group.changed").count() == 1
    change_client_group(group=group, description="who sell on", discount=0, color="", ctx=CTX)
    assert (group.description, group.discount, group.color) == ("who sell on", 0, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "A"},
        {"name": "n" * 101},
        {"discount": -1},
        {"discount": 10_001},
        {"color": "red"},
        {"color": "#3366c"},
        {"color": "#3366cg"},
    ],
)
def test_wrong_groups_are_refused(wrong: dict[str, Any]) -> None:
    create_client_group(name="A", ctx=CTX)
    group = create_client_group(name="B", ctx=CTX)
    with pytest.raises(BusinessError) as made:
        create_client_group(**{"name": "C"} | wrong, ctx=CTX)
    with pytest.raises(BusinessError) as changed:
        change_client_group(group=group, **wrong, ctx=CTX)
    assert [made.value.field, changed.value.field] == [*wrong, *wrong]


def test_a_group_goes_once_nobody_is_in_it() -> None:
    client, group = make.make_client(), create_client_group(name="Friends", discount=5, ctx=CTX)
    set_client_group(client=client, group=group, ctx=CTX)
    with pytest.raises(BusinessError) as refused:
        delete_client_group(group=group, ctx=CTX)
    assert refused.value.code == "client_group.in_use"
    set_client_group(client=client, group=None, ctx=CTX)
    stale = ClientGroup.objects.get(pk=group.pk)
    delete_client_group(group=group, ctx=CTX)
    entry = AuditEntry.objects.get(action="client_group.deleted")
    assert (entry.record_id, entry.record_name) == (stale.pk, "Friends")
    assert entry.before == {"discount": 5}
    with pytest.raises(StateConflict):
        set_client_group(client=client, group=stale, ctx=CTX)
