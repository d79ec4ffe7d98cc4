"""Passwords: changed by their owner, or chosen anew through a mailed link (accounts.md 5)."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.http import base36_to_int, int_to_base36

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.actions.users import store_verified_email
from commerce.accounts.models import ApiToken, Staff, User
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


class _PasswordResetTokens(PasswordResetTokenGenerator):
    """Links of ``PASSWORD_RESET_TIMEOUT`` seconds, void once password or address is another one: nothing is stored."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def _now(self) -> datetime:
        return self._at.astimezone(UTC).replace(tzinfo=None)


class _StaffInvitationTokens(_PasswordResetTokens):
    """The same for new staff, for days. Only who has no password chooses one by it."""

    key_salt = "commerce.accounts.invitation_of_staff"


_LONGER = timedelta(days=sign_in_emails.INVITATION_DAYS, minutes=-sign_in_emails.LINK_MINUTES)
"""How much longer a link of an invitation works than others."""


@transaction.atomic
def send_password_reset(*, email: str, ctx: Context, for_staff: bool = False) -> None:
    """Mail a link to choose a new password, valid 60 minutes and once; to an unknown address nothing, as slowly.

    ``for_staff``: the link leads to the staff area, and only active staff get one.
    """
    users = User.objects.with_email(email).filter(is_active=True)
    user = (users.filter(staff__is_active=True) if for_staff else users).first()
    write_audit_entry(
        ctx=ctx,
        action="user.reset_asked",
        record=("user", user.pk if user else None),
        name=user.email if user else "",
    )
    if user is not None:
        token = reset_token(user=user, at=ctx.at)
        sign_in_emails.send_password_reset_link(user=user, token=token, for_staff=for_staff)


def send_reset_link_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why a link to choose a new password would help nobody."""
    return None if user.is_active else StateConflict("user.inactive")


@transaction.atomic
def send_reset_link(*, user: User, ctx: Context) -> None:
    """Staff have a link to choose a new password mailed to a user. Raises ``StateConflict`` for one who is inactive."""
    row = lock(user)
    if blocked := send_reset_link_blocked_reason(row, ctx):
        raise blocked
    send_password_reset(email=row.email, ctx=ctx)


def reset_token(*, user: User, at: datetime) -> str:
    """The token of a link by which a user chooses a password."""
    return f"{int_to_base36(user.pk)}-{_PasswordResetTokens(at).make_token(user)}"


def staff_invitation_token(*, user: User, at: datetime) -> str:
    """The token of a link by which new staff choose their first password."""
    return f"{int_to_base36(user.pk)}-{_StaffInvitationTokens(at).make_token(user)}"


def is_staff(user: User) -> bool:
    """Whether a user has a staff record: their password is longer, wherever they change it."""
    return Staff.objects.filter(user=user).exists()


def user_of_reset(*, token: str, at: datetime) -> User | None:
    """Whose password a link changes; None for one that was used, is old or never was ours."""
    number, _, rest = token.partition("-")
    try:
        user = User.objects.filter(pk=base36_to_int(number), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    if user is None:
        return None
    is_invited = not user.has_usable_password() and is_staff(user)
    is_good = _PasswordResetTokens(at).check_token(user, rest) or (
        is_invited and _StaffInvitationTokens(at - _LONGER).check_token(user, rest)
    )
    return user if is_good else None


def reset_password(*, user: User, password: str, ctx: Context, revoke_tokens: bool = False) -> None:
    """Set a new password through a link that ``user_of_reset`` found good; all sessions end, the address is proven.

    API tokens that the user made end too if wanted. Raises ``BusinessError`` for a bad password, ``StateConflict``
    when the link was used meanwhile.
    """
    hashed = _hashed(user, password)
    with transaction.atomic():
        _set(user, hashed, action="password_reset", keep=None, ctx=ctx)
        store_verified_email(user=user, ctx=ctx)
        if revoke_tokens:
            _revoke_tokens(user, "password reset", ctx=ctx)
    user.password = hashed


def change_password(
    *,
    user: User,
    password: str,
    ctx: Context,
    keep_session: str | None,
    revoke_tokens: bool = False,
) -> None:
    """Set a new password; all sessions but ``keep_session`` end, and API tokens too if wanted. The caller checked the
    old one.

    Raises ``BusinessError`` for a bad password, ``StateConflict`` when it was changed meanwhile.
    """
    hashed = _hashed(user, password)
    with transaction.atomic():
        _set(user, hashed, action="password_changed", keep=keep_session, ctx=ctx)
        if revoke_tokens:
            _revoke_tokens(user, "password changed", ctx=ctx)
    user.password = hashed


def _hashed(user: User, password: str) -> str:
    """Before the transaction, which would keep all other writers of SQLite waiting meanwhile."""
    passwords.check_new_password(
        password,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
        is_staff=is_staff(user),
    )
    return make_password(password)


def _set(user: User, hashed: str, *, action: str, keep: str | None, ctx: Context) -> None:
    if not User.objects.filter(pk=user.pk, password=user.password).update(password=hashed):
        raise StateConflict("password.changed_meanwhile")
    write_audit_entry(
        ctx=ctx,
        action=f"user.{action}",
        record=("user", user.pk),
        name=user.email,
    )
    end_sessions(user=user, keep_session=keep, ctx=ctx)
    sign_in_emails.send_password_changed_email(user=user, ctx=ctx)


def has_live_tokens(user: User) -> bool:
    """Whether there are live API tokens that the user made, for any client."""
    return ApiToken.objects.filter(maker=user).live().exists()


def _revoke_tokens(user: User, reason: str, *, ctx: Context) -> None:
    tokens = list(
        ApiToken.objects.filter(maker=user).live().select_related("client").order_by("pk")
    )
    for client_id in sorted({token.client_id for token in tokens}):
        lock_client(client_id)
    for token in tokens:
        revoke_token(token=token, ctx=ctx, reason=reason)
