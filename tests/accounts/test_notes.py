"""Notes that staff write about clients (accounts.md 9)."""

from datetime import timedelta

import pytest

from commerce.accounts.actions.annotations.notes import (
    MAX_NOTE_LENGTH,
    add_note,
    change_note,
    delete_note,
)
from commerce.accounts.models import ClientNote
from commerce.audit.models import AuditEntry
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
SAM = Actor("staff", 7, "sam@example.com", "203.0.113.9", "request-1")
CTX, LATER = Context(make.AT, SAM), Context(make.AT + timedelta(hours=1), SAM)


def test_sticky_notes_stand_on_top_and_the_others_newest_first() -> None:
    client, other = make.make_client(), make.make_client()
    add_note(client=other, body="Somebody else", is_sticky=True, ctx=CTX)
    add_note(client=client, body="Old and sticky", is_sticky=True, ctx=CTX)
    add_note(client=client, body="Called", ctx=CTX)
    add_note(client=client, body="Called again", ctx=LATER)
    found = ClientNote.objects.for_client(client)
    assert [note.body for note in found] == ["Old and sticky", "Called again", "Called"]
    assert {note.author_name for note in found} == {"sam@example.com"}


def test_the_audit_log_says_that_a_note_changed_and_not_what_it_says() -> None:
    client = make.make_client()
    note = add_note(client=client, body=" Pays by **check** \x00", ctx=CTX)
    assert note.body == "Pays by **check**"
    change_note(note=note, body="Pays by card", is_sticky=True, ctx=LATER)
    change_note(note=note, body="Pays by card", is_sticky=True, ctx=LATER)  # the same
    assert (note.body, note.is_sticky, note.changed_at) == ("Pays by card", True, LATER.at)
    assert note.created_at == CTX.at
    delete_note(note=note, ctx=LATER)
    assert not ClientNote.objects.exists()
    entries = AuditEntry.objects.filter(record_kind="client_note").order_by("pk")
    assert [(one.action, one.before, one.after) for one in entries] == [
        ("client_note.created", {}, {"is_sticky": False}),
        ("client_note.changed", {"is_sticky": False}, {"body": "changed", "is_sticky": True}),
        ("client_note.deleted", {}, {}),
    ]
    assert {(one.client_id, one.staff_only, one.actor_id) for one in entries} == {
        (client.pk, True, 7)
    }


@pytest.mark.parametrize("body", ["", " \n ", "n" * (MAX_NOTE_LENGTH + 1)])
def test_an_empty_or_endless_note_is_refused(body: str) -> None:
    client = make.make_client()
    note = add_note(client=client, body="n" * MAX_NOTE_LENGTH, ctx=CTX)
    with pytest.raises(BusinessError) as made:
        add_note(client=client, body=body, ctx=CTX)
    with pytest.raises(BusinessError) as changed:
        change_note(note=note, body=body, is_sticky=False, ctx=CTX)
    assert (made.value.field, changed.value.field) == ("body", "body")


def test_who_comes_second_is_told_that_the_note_is_gone() -> None:
    note = add_note(client=make.make_client(), body="Called", ctx=CTX)
    stale = ClientNote.objects.get(pk=note.pk)
    delete_note(note=note, ctx=CTX)
    with pytest.raises(StateConflict):
        change_note(note=stale, body="Called twice", is_sticky=False, ctx=CTX)
    with pytest.raises(StateConflict):
        delete_note(note=stale, ctx=CTX)
    assert not ClientNote.objects.exists()
