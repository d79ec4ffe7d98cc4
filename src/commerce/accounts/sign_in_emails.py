"""Mails about signing in, passwords, addresses and second factors (notifications.md 3, group "security").

Mails to addresses that nobody has proven hold no text that a stranger typed: not even a name. The same holds for mails
with a link, which anybody may have sent to any address: their ``client_name`` is empty.
"""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise, lazy

from commerce.accounts.labels import SHIPPED_ROLE_LABELS
from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client, MachineAccount, Membership, Staff, User
from commerce.accounts.recipients import client_variables, user_recipient
from commerce.kit.context import Context
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.link_mail import announce_link_mail
from commerce.presentation.countries import country_name
from commerce.site_settings.current import get_setting

LINK_MINUTES = 60
"""How long a link to verify an address or to choose a new password is valid."""

INVITATION_DAYS = 7
"""How long a link by which new staff choose a password is valid."""


def _url(path: str) -> str:
    return f"{settings.COMMERCE_URL}{path}"


def _link(path: str, *, for_staff: bool) -> str:
    """An address of the area in which a link was asked for."""
    return _url(f"/{'admin' if for_staff else 'client'}/{path}")


def _login_url() -> str:
    return _url("/client/login")


def _reset_url() -> str:
    return _url("/client/forgot-password")


def send_verification_link(*, user: User, email: str, token: str, for_staff: bool = False) -> None:
    """To the address that is to be proven, with the link to the area in which it was asked for."""
    announce_link_mail(
        event="verify_email",
        to=Recipient(email, locale=effective_language(user.locale)),
        values={
            "verify_url": _link(f"verify/{token}", for_staff=for_staff),
            "expires_minutes": LINK_MINUTES,
        },
    )


def send_account_exists_email(*, email: str, locale: str, at: datetime) -> None:
    """To the owner of an address with which somebody registered again; the hour tells one from the next."""
    announce_link_mail(
        event="account_exists",
        idempotency_key=f"{email.lower()} {at:%Y-%m-%d %H}",
        to=Recipient(email, locale=effective_language(locale)),
        values={"login_url": _login_url(), "reset_url": _reset_url()},
    )


def welcome_user(*, user: User, at: datetime, client: Client | None = None) -> None:
    """To the owner of a client that is ready, once for each: the one that staff made, or the only one of a new user."""
    client = client or _client_of(user)
    values = {
        "login_url": _login_url(),
        "reset_url": "" if user.has_usable_password() else _reset_url(),
        **client_variables(client),
    }
    once = f"client {client.pk}" if client else f"user {user.pk}"
    announce(event="welcome", idempotency_key=once, to=[user_recipient(user)], values=values, at=at)


def _client_of(user: User) -> Client | None:
    """The one client of a user; None for a member of several, and while the address is not proven."""
    if user.email_verified_at is None:
        return None
    found = Membership.objects.filter(user=user).select_related("client")[:2]
    return found[0].client if len(found) == 1 else None


def send_password_reset_link(*, user: User, token: str, for_staff: bool = False) -> None:
    """To a user who forgot their password, or staff who never had one, with the link to the door they come in by."""
    announce_link_mail(
        event="password_reset",
        to=Recipient(user.email, locale=effective_language(user.locale)),
        values={
            "reset_url": _link(f"reset-password/{token}", for_staff=for_staff),
            "expires_minutes": LINK_MINUTES,
        },
    )


def send_staff_invitation(*, staff: Staff, token: str, ctx: Context) -> None:
    """To a new staff person: who invites them, to which role, and the link to choose a password."""
    inviter = ctx.actor.name if ctx.actor.kind == "staff" else get_setting("branding.name")
    announce_link_mail(
        event="staff_invited",
        to=Recipient(str(staff), locale=effective_language(staff.person.locale)),
        values={
            "inviter": inviter,
            "role": staff.role.name or SHIPPED_ROLE_LABELS[staff.role.key],
            "invite_url": _url(f"/admin/reset-password/{token}"),
            "expires_days": INVITATION_DAYS,
        },
    )


def send_machine_account_question(
    *, machine: MachineAccount, is_reminder: bool, at: datetime
) -> int:
    """To the owner of a machine account: is it still needed, and when does it stop without an answer. Returns how many
    emails that makes: for each question one, and one that reminds.
    """
    assert machine.owner is not None
    made = announce(
        event="machine_account_question",
        idempotency_key=f"{machine.pk} {machine.stops_after} {is_reminder}",
        to=[user_recipient(machine.owner.person)],
        values={
            **client_variables(None),
            "machine_name": machine.machine_name,
            "stops_on": machine.stops_after,
            "machine_url": _url(f"/admin/machine-accounts/{machine.pk}"),
        },
        at=at,
        about=("machine_account", machine.pk),
    )
    return len(made)


def send_email_change_requested_email(
    *, user: User, new_email: str, token: str, for_staff: bool, ctx: Context
) -> None:
    """To the present address, with a link that stops the change. One that nobody has proven is not told the new one."""
    by = get_setting("branding.name") if ctx.actor.kind == "staff" and not for_staff else ""
    announce_link_mail(
        event="email_change_asked",
        to=user_recipient(user),
        values={
            "new_email": new_email if user.email_verified_at else "",
            "ip": "" if by else ctx.actor.address or "–",
            "by": by,
            "when": ctx.at,
            "stop_url": _link(f"keep-email/{token}", for_staff=for_staff),
        },
    )


def send_email_changed_email(*, user: User, old_email: str, new_email: str, at: datetime) -> None:
    """To the old address and to the new one."""
    to = [replace(user_recipient(user), email=email) for email in (old_email, new_email)]
    values = {"old_email": old_email, "new_email": new_email, **client_variables(_client_of(user))}
    idempotency_key = f"{user.pk} {at.isoformat()}"
    announce(event="email_changed", idempotency_key=idempotency_key, to=to, values=values, at=at)


def _send_security_email(
    event: str, user: User, idempotency_key: str, ctx: Context, **more: object
) -> None:
    values = {"ip": ctx.actor.address or "–", "when": ctx.at, "reset_url": _reset_url(), **more}
    values |= client_variables(_client_of(user))
    announce(
        event=event,
        idempotency_key=idempotency_key,
        to=[user_recipient(user)],
        values=values,
        at=ctx.at,
    )


def send_password_changed_email(*, user: User, ctx: Context) -> None:
    """The password was changed or reset."""
    _send_security_email("password_changed", user, f"{user.pk} {ctx.at.isoformat()}", ctx)


def send_second_factor_changed_email(*, user: User, change_text: Promise, ctx: Context) -> None:
    """A factor came or went, codes were made anew, or a recovery code was used; ``change_text`` says it in words."""
    idempotency_key = f"{user.pk} {ctx.at.isoformat()} {ctx.actor.request_id}"
    _send_security_email("two_factor_changed", user, idempotency_key, ctx, what=change_text)


def send_new_sign_in_email(*, user: User, device: str, country: str, ctx: Context) -> None:
    """Somebody signed in with a device, or from a country, that was not seen for 90 days."""
    _send_security_email(
        "new_sign_in",
        user,
        f"{user.pk} {ctx.at.isoformat()}",
        ctx,
        device=device,
        country=lazy(country_name, str)(country),
    )


def send_sign_in_blocked_email(*, user: User, ctx: Context) -> None:
    """So many guesses failed that more are refused for a while; the day tells one from the next."""
    _send_security_email("sign_in_blocked", user, f"{user.pk} {ctx.at:%Y-%m-%d}", ctx)
