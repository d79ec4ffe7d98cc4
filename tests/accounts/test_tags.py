"""Tags: words that staff put on clients (accounts.md 9)."""

import pytest

from commerce.accounts.actions.annotations.tags import (
    change_tag,
    create_tag,
    delete_tag,
    set_client_tags,
)
from commerce.accounts.models import Client, ClientTag
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def tags_of(client: Client) -> list[str]:
    return [tag.name for tag in ClientTag.objects.for_client(client)]


def test_a_client_has_the_tags_that_were_chosen_and_no_other_client_does() -> None:
    client, other = make.make_client(), make.make_client()
    vip, slow, partner = (create_tag(name=name, ctx=CTX) for name in ("VIP", "Slow", "Partner"))
    set_client_tags(client=other, tags=[slow], ctx=CTX)
    set_client_tags(client=client, tags=[vip, slow], ctx=CTX)
    set_client_tags(client=client, tags=[vip, partner], ctx=CTX)
    set_client_tags(client=client, tags=[partner, vip], ctx=CTX)  # the same: nothing is written
    assert (tags_of(client), tags_of(other)) == (["Partner", "VIP"], ["Slow"])
    noted = AuditEntry.objects.filter(action="client.tags_set", client_id=client.pk)
    assert [(one.before, one.after) for one in noted.order_by("pk")] == [
        ({"tags": []}, {"tags": ["Slow", "VIP"]}),
        ({"tags": ["Slow", "VIP"]}, {"tags": ["Partner", "VIP"]}),
    ]
    assert all(one.staff_only for one in noted)


def test_a_tag_changes_for_all_who_have_it() -> None:
    client, tag = make.make_client(), create_tag(name=" Late  payer ", color="#aa0000", ctx=CTX)
    set_client_tags(client=client, tags=[tag], ctx=CTX)
    change_tag(tag=tag, name="Late payer", color="#AA0000", ctx=CTX)
    change_tag(tag=tag, name="Late payer", color="#AA0000", ctx=CTX)  # the same
    change_tag(tag=tag, name="late  payer", color="", ctx=CTX)  # its own name is not taken
    assert tags_of(client) == ["late payer"]
    noted = AuditEntry.objects.filter(action="client_tag.changed").order_by("pk")
    assert [(one.before, one.after) for one in noted] == [
        ({"color": "#aa0000"}, {"color": "#AA0000"}),
        ({"name": "Late payer", "color": "#AA0000"}, {"name": "late payer", "color": ""}),
    ]


@pytest.mark.parametrize(
    ("name", "color", "field"),
    [
        ("", "", "name"),
        ("  ", "", "name"),
        ("n" * 101, "", "name"),
        ("vip", "", "name"),
        ("New", "red", "color"),
        ("New", "#12345", "color"),
    ],
)
def test_a_wrong_tag_is_refused(name: str, color: str, field: str) -> None:
    create_tag(name="VIP", ctx=CTX)
    other = create_tag(name="Other", ctx=CTX)
    with pytest.raises(BusinessError) as made:
        create_tag(name=name, color=color, ctx=CTX)
    with pytest.raises(BusinessError) as changed:
        change_tag(tag=other, name=name, color=color, ctx=CTX)
    assert (made.value.field, changed.value.field) == (field, field)
    assert ClientTag.objects.count() == 2


def test_a_deleted_tag_is_off_all_clients_and_cannot_be_used_any_more() -> None:
    client, tag = make.make_client(), create_tag(name="VIP", ctx=CTX)
    kept = create_tag(name="Kept", ctx=CTX)
    set_client_tags(client=client, tags=[tag, kept], ctx=CTX)
    stale = ClientTag.objects.get(pk=tag.pk)
    delete_tag(tag=tag, ctx=CTX)
    assert tags_of(client) == ["Kept"]
    entry = AuditEntry.objects.get(action="client_tag.deleted")
    assert (entry.record_name, entry.before) == ("VIP", {"clients": 1})
    with pytest.raises(StateConflict):
        set_client_tags(client=client, tags=[stale], ctx=CTX)
    with pytest.raises(StateConflict):
        change_tag(tag=stale, name="Back", color="", ctx=CTX)
    with pytest.raises(StateConflict):
        delete_tag(tag=stale, ctx=CTX)
    assert tags_of(client) == ["Kept"]
