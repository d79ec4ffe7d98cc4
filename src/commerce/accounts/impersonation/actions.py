"""Staff act for a client, in its portal: who, for whom, why, from when to when (backoffice.md 4).

A session at the client's door names the staff session in which it began; that one is out of use meanwhile.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import Client, Staff
from commerce.accounts.recipients import send_client_email
from commerce.accounts.rules import ClientStatus
from commerce.accounts.session_store import SessionStore
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import require_reason
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.site_settings.current import get_setting

IMPERSONATION_LASTS = timedelta(minutes=60)

KEPT_AFTER = timedelta(minutes=15)
"""How long a session at the client's door stays after its last use could have been, for whoever comes back late."""

IMPERSONATION_KEY = "impersonation"
"""In the session at the client's door: the staff person, their session, the client, and the end."""

IMPERSONATING_KEY = "impersonating"
"""In the staff session: the key of that session, the client, and the end."""


def start_impersonation_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why nobody can act for a client now."""
    return StateConflict("client.closed_to_staff") if client.status == ClientStatus.CLOSED else None


@transaction.atomic
def start_impersonation(
    *, client: Client, staff_session: SessionBase, reason: str, ctx: Context
) -> str:
    """A staff person begins to act for a client; returns the key of the session at the client's door.

    With ``portal.show_impersonation`` the owners are told. Raises ``BusinessError`` without a reason, ``StateConflict``
    for a closed client. The caller has made sure who it is.
    """
    reason = require_reason(reason)
    if blocked := start_impersonation_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    _record("impersonation_started", client, ctx, reason)
    if get_setting("portal.show_impersonation"):
        send_client_email(
            client=client,
            event="impersonation_started",
            idempotency_key=f"{client.pk} {ctx.actor.id} {ctx.at.isoformat()}",
            values={"when": ctx.at},
            at=ctx.at,
        )
    ends = int((ctx.at + IMPERSONATION_LASTS).timestamp())
    session = SessionStore()
    session.set_expiry(int((IMPERSONATION_LASTS + KEPT_AFTER).total_seconds()))
    session[IMPERSONATION_KEY] = {
        "staff": ctx.actor.id,
        "staff_session": staff_session.session_key,
        "client": client.pk,
        "ends": ends,
    }
    session.create()
    key = session.session_key or ""
    staff_session[IMPERSONATING_KEY] = {"session": key, "client": client.pk, "ends": ends}
    return key


@transaction.atomic
def end_impersonation(*, staff_session: SessionBase, ctx: Context) -> bool:
    """Give a staff session back to its person, and end the one at the client's door; false if there was none.

    Whoever ``ctx`` names, the entry is of the staff person who acted.
    """
    kept = staff_session.pop(IMPERSONATING_KEY, None)
    if not kept:
        return False
    staff_session.save()
    _end(kept["session"], ctx)
    return True


@transaction.atomic
def end_in_client_area(*, session: SessionBase, ctx: Context) -> None:
    """End a session at the client's door that came to its end, by its time or with the staff session."""
    _end(session.session_key or "", ctx)
    session.flush()


def end_forgotten_impersonations(*, expired_by: datetime, ctx: Context) -> None:
    """End those that nobody came back to, before their sessions are deleted with all that have expired."""
    for session in Session.objects.filter(expire_date__lt=expired_by).iterator():
        if IMPERSONATION_KEY in session.get_decoded():
            with transaction.atomic():
                _end(session.session_key, ctx)


def _end(session_key: str, ctx: Context) -> None:
    """Delete the session at the client's door, and record that once, whoever else ends it meanwhile."""
    session = Session.objects.filter(session_key=session_key).first()
    kept = session.get_decoded().get(IMPERSONATION_KEY) if session else None
    deleted, _ = Session.objects.filter(session_key=session_key).delete()
    if not (kept and deleted):
        return
    client = Client.objects.get(pk=kept["client"])
    staff = Staff.objects.select_related("user", "role").filter(pk=kept["staff"]).first()
    actor = replace(
        ctx.actor,
        kind="staff",
        id=kept["staff"],
        name=str(staff) if staff is not None else "",
        for_client_id=client.pk,
    )
    _record("impersonation_ended", client, replace(ctx, actor=actor))


def _record(verb: str, client: Client, ctx: Context, reason: str = "") -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"client.{verb}",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        reason=reason,
        staff_only=True,
    )
