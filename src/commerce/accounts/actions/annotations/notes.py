"""Notes that staff write about clients (accounts.md 9). Their text stays out of the audit log: it is about a person."""

from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, ClientNote
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_text

MAX_NOTE_LENGTH = 10_000


@transaction.atomic
def add_note(*, client: Client, body: str, ctx: Context, is_sticky: bool = False) -> ClientNote:
    """A note about a client, in Markdown; a sticky one stands on top. Raises ``BusinessError`` for an empty or too
    long one.
    """
    row = lock_client(client.pk)
    note = ClientNote.objects.create(
        client=row,
        body=_clean(body),
        author_name=ctx.actor.name[:254],
        is_sticky=is_sticky,
        created_at=ctx.at,
        changed_at=ctx.at,
    )
    _record(note, "created", ctx, after={"is_sticky": is_sticky})
    return note


@transaction.atomic
def change_note(*, note: ClientNote, body: str, is_sticky: bool, ctx: Context) -> None:
    """Another text of a note, or another place. Raises ``BusinessError``, ``StateConflict`` once it was deleted."""
    row = _held(note)
    body = _clean(body)
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


def _clean(body: str) -> str:
    text = clean_text(body)
    if not 0 < len(text) <= MAX_NOTE_LENGTH:
        raise BusinessError("client_note.not_valid", maximum=MAX_NOTE_LENGTH, field="body")
    return text


def _record(note: ClientNote, verb: str, ctx: Context, **changes: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"clientnote.{verb}",
        record=("clientnote", note.pk),
        name=note.client.name,
        client_id=note.client_id,
        staff_only=True,
        **changes,
    )
