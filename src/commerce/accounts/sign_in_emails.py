"""Mails about signing in, passwords, addresses and second factors (notifications.md 3, group "security").

Mails to addresses that nobody has proven hold no text that a stranger typed: not even a name.
"""

from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise

from commerce.accounts import reading
from commerce.accounts.models import User
from commerce.kit.actor import Actor
from commerce.mail.send import Message, after_commit

LINK_MINUTES = 60
"""How long a link to verify an address or to choose a new password is valid."""


def _url(path: str) -> str:
    return f"{settings.COMMERCE_URL}{path}"


def _login_url() -> str:
    return _url("/client/login")


def _reset_url() -> str:
    return _url("/client/forgot-password")


def verify_email(*, user: User, email: str, key: str) -> None:
    """To the address that is to be proven, with the link."""
    values = {"verify_url": _url(f"/client/verify/{key}"), "expires_minutes": LINK_MINUTES}
    after_commit(Message("verify_email", email, key, values, user.locale))


def account_exists(*, email: str, locale: str, at: datetime) -> None:
    """To the owner of an address with which somebody registered again; the hour tells one from the next."""
    values = {"login_url": _login_url(), "reset_url": _reset_url()}
    after_commit(Message("account_exists", email, f"{at:%Y-%m-%d %H}", values, locale))


def welcome(*, user: User) -> None:
    """To a new member whose account is ready."""
    values = {"login_url": _login_url(), "recipient_name": user.first_name}
    after_commit(Message("welcome", user.email, f"{user.pk}", values, user.locale))


def password_reset(*, user: User, token: str) -> None:
    """To a user who forgot his password, with the link."""
    values = {
        "reset_url": _url(f"/client/reset-password/{token}"),
        "expires_minutes": LINK_MINUTES,
    }
    after_commit(Message("password_reset", user.email, token, values, user.locale))


def email_changed(*, user: User, old_email: str, new_email: str, at: datetime) -> None:
    """To the old address and to the new one."""
    values = {"recipient_name": user.first_name, "old_email": old_email, "new_email": new_email}
    once = f"{user.pk} {at.isoformat()}"
    after_commit(
        *(Message("email_changed", to, once, values, user.locale) for to in (old_email, new_email))
    )


def _tell(event: str, user: User, once: str, at: datetime, actor: Actor, **more: object) -> None:
    values = {
        "recipient_name": user.first_name,
        "ip": actor.address or "–",
        "when": reading.instant(user, at),
        "reset_url": _reset_url(),
    }
    after_commit(Message(event, user.email, once, values | more, user.locale))


def password_changed(*, user: User, at: datetime, actor: Actor) -> None:
    """The password was changed or reset."""
    _tell("password_changed", user, f"{user.pk} {at.isoformat()}", at, actor)


def two_factor_changed(*, user: User, what: Promise, at: datetime, actor: Actor) -> None:
    """A factor came or went, codes were made anew, or a recovery code was used; ``what`` says it in words."""
    _tell("two_factor_changed", user, f"{user.pk} {at.isoformat()} {what}", at, actor, what=what)


def new_sign_in(*, user: User, device: str, at: datetime, actor: Actor) -> None:
    """Somebody signed in with a device that was not seen for 90 days."""
    _tell("new_sign_in", user, f"{user.pk} {at.isoformat()}", at, actor, device=device)


def sign_in_blocked(*, user: User, at: datetime, actor: Actor) -> None:
    """So many guesses failed that more are refused for a while; the day tells one from the next."""
    _tell("sign_in_blocked", user, f"{user.pk} {at:%Y-%m-%d}", at, actor)
