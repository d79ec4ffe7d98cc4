"""Sign-ins and sessions, as far as people and audit see them (accounts.md 5)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import QuerySet

from commerce.accounts import sign_in_emails
from commerce.accounts.actions.email_changes import cancel_email_change
from commerce.accounts.models import Staff, User
from commerce.accounts.rules import REMEMBERED_DAYS
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.kit.context import Context
from commerce.presentation.countries import COUNTRY_CODES

MAX_SESSIONS = 50
"""Sessions that one person has at once, at both doors."""

DEVICE_KNOWN_FOR = timedelta(days=90)
"""How long a device is remembered for its owner's sake."""


def _audit(action: str, user: User, ctx: Context, **more: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"user.{action}",
        record=("user", user.pk),
        name=user.email,
        **more,
    )


@transaction.atomic
def record_sign_in(
    *,
    user: User,
    methods: Iterable[str],
    device: str,
    ctx: Context,
    country: str = "",
    staff: Staff | None = None,
) -> None:
    """A session begins, of the staff area for ``staff``: when and from where is kept, and the owner is told of a device
    that is new to us, or of another ``country`` than those known of them, where a proxy tells it.
    """
    before = AuditEntry.objects.filter(
        record_kind="user",
        record_id=user.pk,
        action="user.signed_in",
        at__gte=ctx.at - DEVICE_KNOWN_FOR,
    )
    country = country if country in COUNTRY_CODES else ""
    is_new = before.exists() and not before.filter(after__device=device).exists()
    is_new = is_new or (bool(country) and _is_elsewhere(before, country))
    User.objects.filter(pk=user.pk).update(last_login_at=ctx.at, last_login_ip=ctx.actor.address)
    if staff is not None:
        Staff.objects.filter(pk=staff.pk).update(
            last_sign_in_at=ctx.at, last_sign_in_from=ctx.actor.address
        )
    after = {"device": device, "with": list(methods)} | ({"staff": staff.pk} if staff else {})
    _audit("signed_in", user, ctx, after=after | ({"country": country} if country else {}))
    if is_new:
        sign_in_emails.send_new_sign_in_email(user=user, device=device, country=country, ctx=ctx)


def _is_elsewhere(before: QuerySet[AuditEntry], country: str) -> bool:
    """Whether countries are known of earlier sign-ins, and this is none of them."""
    known = before.filter(after__has_key="country")
    return known.exists() and not known.filter(after__country=country).exists()


@transaction.atomic
def record_failed_sign_in(
    *, email: str, method: str, ctx: Context, notes_unknown: Callable[[], bool] = lambda: True
) -> None:
    """A wrong password, code or passkey. What was typed is not kept: people type passwords into the wrong field.

    ``notes_unknown`` says whether one that meets nobody is kept: anybody can send any number of those.
    """
    user = User.objects.with_email(email).first()
    if user is None and not notes_unknown():
        return
    write_audit_entry(
        ctx=ctx,
        action="user.sign_in_failed",
        record=("user", user.pk if user else None),
        name=user.email if user else "",
        after={"with": method},
    )


def record_blocked_sign_in(*, email: str, door: str, ctx: Context) -> None:
    """Guesses at this person are refused for a while, at the ``staff`` or the ``client`` door: staff find it in the
    audit log. The caller sees to once in a while.
    """
    user = User.objects.with_email(email).first()
    if user is not None:
        with transaction.atomic():
            _audit("sign_in_blocked", user, ctx, after={"door": door})


def record_denied_page(
    *, page: str, missing_right: str, client_id: int | None, ctx: Context
) -> None:
    """Somebody asked for a page that is not theirs: ``missing_right`` is what they lack, or a state of the client."""
    kind = "staff" if ctx.actor.kind == "staff" else "user"
    with transaction.atomic():
        write_audit_entry(
            ctx=ctx,
            action=f"{kind}.refused",
            record=(kind, ctx.actor.id),
            name=ctx.actor.name,
            client_id=client_id,
            after={"page": page, "why": missing_right},
            staff_only=True,
        )


def send_sign_in_blocked_email_to_user(*, email: str, ctx: Context) -> None:
    """Guesses at this person are refused for a while: tell them. The caller sees to once a day."""
    user = User.objects.with_email(email).filter(is_active=True).first()
    if user is not None:
        sign_in_emails.send_sign_in_blocked_email(user=user, ctx=ctx)


def record_sign_out(*, user: User, session_key: str | None, ctx: Context) -> None:
    """A person ends their own session; the caller flushes it."""
    with transaction.atomic():
        UserSession.objects.filter(session_key=session_key or "").delete()
        _audit("signed_out", user, ctx)


def record_session_use(*, session_key: str, address: str | None, at: datetime) -> None:
    """Keep when and from where a session was last used. Best effort; not audited."""
    changes: dict[str, Any] = {"last_seen_at": at} | ({"ip": address} if address else {})
    UserSession.objects.filter(session_key=session_key).update(**changes)


def change_session_key(*, old_key: str, new_key: str) -> None:
    """A session goes on under a new id."""
    UserSession.objects.filter(session_key=old_key).update(session_key=new_key)


def forget_session(*, session_key: str) -> None:
    """A session ended by itself: it was idle or on for too long."""
    UserSession.objects.filter(session_key=session_key).delete()


def begin_session(
    *,
    user: User,
    session_key: str,
    address: str | None,
    user_agent: str,
    remember: bool,
    at: datetime,
) -> None:
    """List a session for its owner; ``remember`` is what they ticked. Their own that ended long ago are dropped, and of
    more than ``MAX_SESSIONS`` those that were used last the longest time ago end.
    """
    long_ago = at - timedelta(days=REMEMBERED_DAYS)
    for old in UserSession.objects.filter(user=user, last_seen_at__lte=long_ago):
        old.end()
    UserSession.objects.filter(session_key=session_key).delete()
    begun = UserSession.objects.create(
        user=user,
        session_key=session_key,
        ip=address or "0.0.0.0",  # noqa: S104 - no address: a socket of this machine
        user_agent=user_agent[:200],
        data={"stays": remember},
        created_at=at,
        last_seen_at=at,
    )
    others = UserSession.objects.filter(user=user).exclude(pk=begun.pk)
    for old in others.order_by("-last_seen_at", "-pk")[MAX_SESSIONS - 1 :]:
        old.end()


@transaction.atomic
def end_session(*, user: User, session_id: int, ctx: Context) -> bool:
    """End one session of a user, and a pending change of address; false when they have no session of this id."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return False
    session.end()
    cancel_email_change(user=user, ctx=ctx)
    _audit("session_ended", user, ctx, before={"session": session_id})
    return True


@transaction.atomic
def end_sessions(*, user: User, keep_session: str | None, ctx: Context) -> int:
    """End the sessions of a user, all but ``keep_session``, and a pending change of address; returns how many there
    were.

    Whoever asked for that address may have sat at one of them.
    """
    cancel_email_change(user=user, ctx=ctx)
    ended = list(UserSession.objects.filter(user=user).exclude(session_key=keep_session or ""))
    for session in ended:
        session.end()
    if ended:
        _audit("sessions_ended", user, ctx, after={"count": len(ended)})
    return len(ended)
