"""Notes that staff write about clients (accounts.md 9). Their text stays out of the audit log: it is about a person."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, ClientNote
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Flag, Text
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict

MAX_NOTE_LENGTH = 10_000

BODY = Text(
    _("Note"), about=_("You can use Markdown. Clients never see notes."), most=MAX_NOTE_LENGTH
)
STICKY = Flag(_("Keep this note on top"))


def _delete_unchanged(client: Client, _values: Mapping[str, Any], made: int, ctx: Context) -> None:
    note = ClientNote.objects.for_client(client).filter(pk=made).first()
    if note is None or note.changed_at != note.created_at:
        raise StateConflict("client_note.changed")
    delete_note(note=note, ctx=ctx)


@act(
    "client.note",
    Client,
    label=_("Add note"),
    done=_("Note added."),
    staff=StaffPermission.CLIENTS_NOTES,
    for_many=True,
    undo=_delete_unchanged,
    example='client note alice@example.com --body "Called."',
)
@transaction.atomic
def add_note(
    *,
    client: Client,
    body: Annotated[str, BODY],
    ctx: Context,
    is_sticky: Annotated[bool, STICKY] = False,
) -> ClientNote:
    """A note about a client, in Markdown; a sticky one stands on top."""
    row = lock_client(client.pk)
    note = ClientNote.objects.create(
        client=row,
        body=body,
        author_name=ctx.actor.name[:254],
        is_sticky=is_sticky,
        created_at=ctx.at,
        changed_at=ctx.at,
    )
    _record(note, "created", ctx, after={"is_sticky": is_sticky})
    return note


@act(
    "client_note.edit",
    ClientNote,
    label=_("Edit"),
    done=_("Note saved."),
    staff=StaffPermission.CLIENTS_NOTES,
)
@transaction.atomic
def change_note(
    *,
    note: ClientNote,
    body: Annotated[str, replace(BODY, edits="body")],
    is_sticky: Annotated[bool, replace(STICKY, edits="is_sticky")],
    ctx: Context,
) -> None:
    """Another text of a note, or another place. Raises ``StateConflict`` once it was deleted."""
    row = _held(note)
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    if body != row.body:
        after["body"] = "changed"
    if is_sticky != row.is_sticky:
        before["is_sticky"], after["is_sticky"] = row.is_sticky, is_sticky
    if after:
        row.body, row.is_sticky, row.changed_at = body, is_sticky, ctx.at
        row.save(force_update=True)
        _record(row, "changed", ctx, before=before, after=after)
    note.refresh_from_db()


@act(
    "client_note.delete",
    ClientNote,
    label=_("Delete"),
    done=_("Note deleted."),
    staff=StaffPermission.CLIENTS_NOTES,
    is_danger=True,
)
@transaction.atomic
def delete_note(*, note: ClientNote, ctx: Context) -> None:
    """Take a note away for good. Raises ``StateConflict`` when somebody else did before."""
    row = _held(note)
    _record(row, "deleted", ctx)
    row.delete()


def _held(note: ClientNote) -> ClientNote:
    lock_client(note.client_id)
    row = ClientNote.objects.select_related("client").filter(pk=note.pk).first()
    if row is None:
        raise StateConflict("client_note.deleted")
    return row


def _record(note: ClientNote, verb: str, ctx: Context, **changes: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"client_note.{verb}",
        record=("client_note", note.pk),
        name=note.client.name,
        client_id=note.client_id,
        staff_only=True,
        **changes,
    )
