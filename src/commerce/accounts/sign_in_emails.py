"""Mails about signing in, passwords, addresses and second factors (notifications.md 3, group "security").

Mails to addresses that nobody has proven hold no text that a stranger typed: not even a name. The same holds for mails
with a link, which anybody may have sent to any address: their ``client_name`` is empty.
"""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise

from commerce.accounts.models import Client, Membership, User
from commerce.accounts.reading import language_of
from commerce.accounts.recipients import named, person
from commerce.kit.actor import Actor
from commerce.mail.actions import Recipient, announce
from commerce.mail.send import link_after_commit

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
    link_after_commit(
        event="verify_email",
        to=Recipient(email, locale=language_of(user.locale)),
        values={"verify_url": _url(f"/client/verify/{key}"), "expires_minutes": LINK_MINUTES},
    )


def account_exists(*, email: str, locale: str, at: datetime) -> None:
    """To the owner of an address with which somebody registered again; the hour tells one from the next."""
    link_after_commit(
        event="account_exists",
        once=f"{email.lower()} {at:%Y-%m-%d %H}",
        to=Recipient(email, locale=language_of(locale)),
        values={"login_url": _login_url(), "reset_url": _reset_url()},
    )


def welcome(*, user: User, at: datetime, client: Client | None = None) -> None:
    """To the owner of a client that is ready, once for each: the one that staff made, or the only one of a new user."""
    client = client or _client_of(user)
    values = {
        "login_url": _login_url(),
        "reset_url": "" if user.has_usable_password() else _reset_url(),
        **named(client),
    }
    once = f"client {client.pk}" if client else f"user {user.pk}"
    announce(event="welcome", once=once, to=[person(user)], values=values, at=at)


def _client_of(user: User) -> Client | None:
    """The one client of a user; None for a member of several, and while the address is not proven."""
    if user.email_verified_at is None:
        return None
    found = Membership.objects.filter(user=user).select_related("client")[:2]
    return found[0].client if len(found) == 1 else None


def password_reset(*, user: User, token: str) -> None:
    """To a user who forgot his password, with the link."""
    link_after_commit(
        event="password_reset",
        to=Recipient(user.email, locale=language_of(user.locale)),
        values={
            "reset_url": _url(f"/client/reset-password/{token}"),
            "expires_minutes": LINK_MINUTES,
        },
    )


def email_change_asked(
    *, user: User, new_email: str, token: str, at: datetime, actor: Actor
) -> None:
    """To the present address, with a link that stops the change. One that nobody has proven is not told the new one."""
    link_after_commit(
        event="email_change_asked",
        to=person(user),
        values={
            "new_email": new_email if user.email_verified_at else "",
            "ip": actor.address or "–",
            "when": at,
            "stop_url": _url(f"/client/keep-email/{token}"),
        },
    )


def email_changed(*, user: User, old_email: str, new_email: str, at: datetime) -> None:
    """To the old address and to the new one."""
    to = [replace(person(user), email=email) for email in (old_email, new_email)]
    values = {"old_email": old_email, "new_email": new_email, **named(_client_of(user))}
    once = f"{user.pk} {at.isoformat()}"
    announce(event="email_changed", once=once, to=to, values=values, at=at)


def _tell(event: str, user: User, once: str, at: datetime, actor: Actor, **more: object) -> None:
    values = {"ip": actor.address or "–", "when": at, "reset_url": _reset_url(), **more}
    values |= named(_client_of(user))
    announce(event=event, once=once, to=[person(user)], values=values, at=at)


def password_changed(*, user: User, at: datetime, actor: Actor) -> None:
    """The password was changed or reset."""
    _tell("password_changed", user, f"{user.pk} {at.isoformat()}", at, actor)


def two_factor_changed(*, user: User, what: Promise, at: datetime, actor: Actor) -> None:
    """A factor came or went, codes were made anew, or a recovery code was used; ``what`` says it in words."""
    once = f"{user.pk} {at.isoformat()} {actor.request_id}"
    _tell("two_factor_changed", user, once, at, actor, what=what)


def new_sign_in(*, user: User, device: str, at: datetime, actor: Actor) -> None:
    """Somebody signed in with a device that was not seen for 90 days."""
    _tell("new_sign_in", user, f"{user.pk} {at.isoformat()}", at, actor, device=device)


def sign_in_blocked(*, user: User, at: datetime, actor: Actor) -> None:
    """So many guesses failed that more are refused for a while; the day tells one from the next."""
    _tell("sign_in_blocked", user, f"{user.pk} {at:%Y-%m-%d}", at, actor)
