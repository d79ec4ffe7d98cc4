"""Sign-ins and sessions, as far as people and audit see them (accounts.md 5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction

from commerce.accounts import sign_in_emails
from commerce.accounts.actions.email_changes import drop_email_change
from commerce.accounts.models import User
from commerce.accounts.rules import REMEMBERED_DAYS
from commerce.audit.actions import record
from commerce.audit.models import Entry
from commerce.kit.actor import Actor

KNOWN_FOR = timedelta(days=90)
"""How long a device is remembered for its owner's sake."""


def _audit(action: str, user: User, at: datetime, actor: Actor, **more: Any) -> None:
    record(
        at=at,
        actor=actor,
        action=f"user.{action}",
        record=("user", user.pk),
        name=user.email,
        **more,
    )


@transaction.atomic
def note_sign_in(
    *, user: User, methods: Iterable[str], device: str, at: datetime, actor: Actor
) -> None:
    """A session begins: when and from where is kept, and the owner is told of a device that is new to us."""
    before = Entry.objects.filter(
        record_kind="user", record_id=user.pk, action="user.signed_in", at__gte=at - KNOWN_FOR
    )
    is_new = before.exists() and not before.filter(after__device=device).exists()
    User.objects.filter(pk=user.pk).update(last_login_at=at, last_login_ip=actor.address)
    _audit("signed_in", user, at, actor, after={"device": device, "with": list(methods)})
    if is_new:
        sign_in_emails.new_sign_in(user=user, device=device, at=at, actor=actor)


@transaction.atomic
def note_failed_sign_in(*, email: str, what: str, at: datetime, actor: Actor) -> None:
    """A wrong password, code or passkey. What was typed is not kept: people type passwords into the wrong field."""
    user = User.objects.with_email(email).first()
    record(
        at=at,
        actor=actor,
        action="user.sign_in_failed",
        record=("user", user.pk if user else None),
        name=user.email if user else "",
        after={"with": what},
    )


def note_refused(*, page: str, why: str, client_id: int | None, at: datetime, actor: Actor) -> None:
    """Somebody asked for a page that he may not open; ``why`` is the right that he lacks, or a state of the client."""
    with transaction.atomic():
        record(
            at=at,
            actor=actor,
            action="user.refused",
            record=("user", actor.id),
            name=actor.name,
            client_id=client_id,
            after={"page": page, "why": why},
            staff_only=True,
        )


def note_blocked(*, email: str, at: datetime, actor: Actor) -> None:
    """Guesses at this person are refused for a while: tell him. The caller sees to once a day."""
    user = User.objects.with_email(email).filter(is_active=True).first()
    if user is not None:
        sign_in_emails.sign_in_blocked(user=user, at=at, actor=actor)


def note_sign_out(*, user: User, session_key: str | None, at: datetime, actor: Actor) -> None:
    """A person ends his own session; the caller flushes it."""
    with transaction.atomic():
        UserSession.objects.filter(session_key=session_key or "").delete()
        _audit("signed_out", user, at, actor)


def note_seen(*, session_key: str, address: str | None, at: datetime) -> None:
    """Keep when and from where a session was last used. Best effort; not audited."""
    changes: dict[str, Any] = {"last_seen_at": at} | ({"ip": address} if address else {})
    UserSession.objects.filter(session_key=session_key).update(**changes)


def move_session(*, old_key: str, new_key: str) -> None:
    """A session goes on under a new id."""
    UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


def forget_session(*, session_key: str) -> None:
    """A session ended by itself: it was idle or on for too long."""
    UserSession.objects.filter(session_key=session_key).delete()


def begin_session(
    *, user: User, session_key: str, address: str | None, user_agent: str, stays: bool, at: datetime
) -> None:
    """List a session for its owner; ``stays`` is his "remember". His own that ended long ago are dropped."""
    long_ago = at - timedelta(days=REMEMBERED_DAYS)
    for old in UserSession.objects.filter(user=user, last_seen_at__lte=long_ago):
        old.end()
    UserSession.objects.filter(session_key=session_key).delete()
    UserSession.objects.create(
        user=user,
        session_key=session_key,
        ip=address or "0.0.0.0",  # noqa: S104 - no address: a socket of this machine
        user_agent=user_agent[:200],
        data={"stays": stays},
        created_at=at,
        last_seen_at=at,
    )


@transaction.atomic
def end_session(*, user: User, session_id: int, at: datetime, actor: Actor) -> bool:
    """End one session of a user, and his wish for another address; false when he has no session of this id."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return False
    session.end()
    drop_email_change(user=user, at=at, actor=actor)
    _audit("session_ended", user, at, actor, before={"session": session_id})
    return True


@transaction.atomic
def end_sessions(*, user: User, keep: str | None, at: datetime, actor: Actor) -> int:
    """End the sessions of a user, all but ``keep``, and his wish for another address; returns how many there were.

    Whoever asked for that address may have sat at one of them.
    """
    drop_email_change(user=user, at=at, actor=actor)
    ended = list(UserSession.objects.filter(user=user).exclude(session_key=keep or ""))
    for session in ended:
        session.end()
    if ended:
        _audit("sessions_ended", user, at, actor, after={"count": len(ended)})
    return len(ended)
