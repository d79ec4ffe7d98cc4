"""Passwords: changed by their owner, or chosen anew through a mailed link (accounts.md 5)."""

from datetime import UTC, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _

from commerce.accounts import passwords, sign_in_emails
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.actions.users import note_proven
from commerce.accounts.models import ApiToken, User
from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved


class _Links(PasswordResetTokenGenerator):
    """Links of ``PASSWORD_RESET_TIMEOUT`` seconds, void once password or address is another one: nothing is stored."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def _now(self) -> datetime:
        return self._at.astimezone(UTC).replace(tzinfo=None)


@transaction.atomic
def send_password_reset(*, email: str, at: datetime, actor: Actor) -> None:
    """Mail a link to choose a new password, valid 60 minutes and once; to an unknown address nothing, as slowly."""
    user = User.objects.with_email(email).filter(is_active=True).first()
    record(
        at=at,
        actor=actor,
        action="user.reset_asked",
        record=("user", user.pk if user else None),
        name=user.email if user else "",
    )
    if user is not None:
        token = f"{int_to_base36(user.pk)}-{_Links(at).make_token(user)}"
        sign_in_emails.password_reset(user=user, token=token)


def user_of_reset(*, token: str, at: datetime) -> User | None:
    """Whose password a link changes; None for one that was used, is old or never was ours."""
    number, _, rest = token.partition("-")
    try:
        user = User.objects.filter(pk=base36_to_int(number), is_active=True).first()
    except (ValueError, OverflowError):
        return None
    return user if user is not None and _Links(at).check_token(user, rest) else None


def reset_password(
    *, user: User, password: str, at: datetime, actor: Actor, revoke_tokens: bool = False
) -> None:
    """Set a new password through a link that ``user_of_reset`` found good; all sessions end, the address is proven.

    API tokens that the user made end too if wanted. Raises ``Refused`` for a bad password, ``Moved`` when the link was
    used meanwhile.
    """
    hashed = _hashed(user, password)
    with transaction.atomic():
        _set(user, hashed, action="password_reset", keep=None, at=at, actor=actor)
        note_proven(user=user, at=at, actor=actor)
        if revoke_tokens:
            _revoke_tokens(user, "password reset", at=at, actor=actor)
    user.password = hashed


def change_password(
    *,
    user: User,
    password: str,
    at: datetime,
    actor: Actor,
    keep: str | None,
    revoke_tokens: bool = False,
) -> None:
    """Set a new password; all sessions but ``keep`` end, and API tokens too if wanted. The caller checked the old one.

    Raises ``Refused`` for a bad password, ``Moved`` when it was changed meanwhile.
    """
    hashed = _hashed(user, password)
    with transaction.atomic():
        _set(user, hashed, action="password_changed", keep=keep, at=at, actor=actor)
        if revoke_tokens:
            _revoke_tokens(user, "password changed", at=at, actor=actor)
    user.password = hashed


def _hashed(user: User, password: str) -> str:
    """Before the transaction, which would keep all other writers of SQLite waiting meanwhile."""
    passwords.check_new(
        password, email=user.email, first_name=user.first_name, last_name=user.last_name
    )
    return make_password(password)


def _set(
    user: User, hashed: str, *, action: str, keep: str | None, at: datetime, actor: Actor
) -> None:
    if not User.objects.filter(pk=user.pk, password=user.password).update(password=hashed):
        raise Moved(_("The password was changed by somebody else just now."))
    record(
        at=at,
        actor=actor,
        action=f"user.{action}",
        record=("user", user.pk),
        name=user.email,
    )
    end_sessions(user=user, keep=keep, at=at, actor=actor)
    sign_in_emails.password_changed(user=user, at=at, actor=actor)


def has_tokens(user: User) -> bool:
    """Whether there are live API tokens that the user made, for any client."""
    return ApiToken.objects.filter(maker=user).live().exists()


def _revoke_tokens(user: User, reason: str, *, at: datetime, actor: Actor) -> None:
    for token in ApiToken.objects.filter(maker=user).live().select_related("client"):
        revoke_token(token=token, at=at, actor=actor, reason=reason)
