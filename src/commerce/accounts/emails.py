"""Mails about members, billing addresses and API tokens (notifications.md 3, group "security"): to whom, with what."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.billing_email_links import BILLING_LINK_DAYS, billing_email_token
from commerce.accounts.labels import ROLE_LABELS
from commerce.accounts.locale import effective_language
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.accounts.recipients import client_recipients, client_variables, send_client_email
from commerce.kit.context import Actor, Context
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.link_mail import announce_link_mail
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.site_settings.current import get_setting

MEMBER_CHANGE_TEXTS = {
    "joined": _("Joined the account"),
    "changed": _("Role or permissions changed"),
    "removed": _("Removed from the account"),
}
"""What became of a member, as the mail says it."""


def send_token_created_email(*, token: ApiToken, ctx: Context) -> None:
    """To the owners and the maker: name, scopes and from where; never the token."""
    values = {"token_name": token.name, "scopes": ", ".join(token.scopes)}
    values |= {"ip": ctx.actor.address or "", "by_staff": "" if ctx.actor.address else "✓"}
    _send_security_email(
        token.client, token.maker, f"{token.pk}", "api_token_created", ctx.at, values
    )


def send_token_revoked_email(*, token: ApiToken, ctx: Context) -> None:
    """To the owners and the maker: which token, when and by whom."""
    values = {"token_name": token.name, "by": _who(ctx.actor)}
    _send_security_email(
        token.client, token.maker, f"{token.pk}", "api_token_revoked", ctx.at, values
    )


def send_spending_limit_email(
    *, token: ApiToken, currency_code: str, per_act: int, per_period: int, ctx: Context
) -> None:
    """To the owners and the maker: what the token may spend now, and who says so."""
    values = {
        "token_name": token.name,
        "by": _who(ctx.actor),
        "per_purchase": Money(per_act, currency_code),
        "per_30_days": Money(per_period, currency_code),
    }
    key = f"{token.pk} {ctx.at.isoformat()}"
    _send_security_email(token.client, token.maker, key, "api_token_limit", ctx.at, values)


def send_token_rotated_email(
    *, token: ApiToken, old_works_until: datetime | None, ctx: Context
) -> None:
    """To the owners and the maker: which token has a new secret, by whom, and until when the one before works."""
    values = {"token_name": token.name, "by": _who(ctx.actor)}
    values |= {"until": old_works_until or "", "ended": "" if old_works_until else "✓"}
    key = f"{token.pk} {ctx.at.isoformat()}"
    _send_security_email(token.client, token.maker, key, "api_token_rotated", ctx.at, values)


def send_token_network_email(*, token: ApiToken, address: str, at: datetime) -> list[OutgoingMail]:
    """To the owners and the maker, once a day at most for each token: it was used from where it never was before.

    Returns the new mails; none when they were told of this token on this day.
    """
    values = {"token_name": token.name, "ip": address}
    idempotency_key = f"{token.pk} {at:%Y-%m-%d}"
    return _send_security_email(
        token.client, token.maker, idempotency_key, "api_token_new_network", at, values
    )


def send_member_changed_email(*, membership: Membership, change: str, ctx: Context) -> None:
    """To the owners and the member: ``joined``, ``changed`` or ``removed``."""
    user = membership.user
    values = {
        "member": f"{user.get_full_name()} ({user.email})",
        "what": MEMBER_CHANGE_TEXTS[change],
        "role": ROLE_LABELS[membership.role],
        "by": _who(ctx.actor),
    }
    idempotency_key = f"{membership.pk} {ctx.at.isoformat()}"
    _send_security_email(membership.client, user, idempotency_key, "member_changed", ctx.at, values)


def send_invitation_link(*, invitation: Invitation, token: str, days: int) -> None:
    """To the invited address, with the link that exists nowhere else.

    Nobody has proven that address, so the mail holds no text that a stranger chose: the inviter is told by their own.
    """
    inviter = _proven(invitation.invited_by_id)
    known = User.objects.filter(email__iexact=invitation.email).first()
    announce_link_mail(
        event="member_invited",
        idempotency_key=f"{invitation.pk}",
        to=Recipient(
            invitation.email, locale=effective_language((known or invitation.client).locale)
        ),
        values={
            "inviter": inviter.email if inviter else get_setting("branding.name"),
            "role": ROLE_LABELS[invitation.role],
            "invite_url": f"{settings.COMMERCE_URL}/invite/{token}",
            "expires_days": days,
        },
        client_id=invitation.client_id,
    )


def send_billing_email_link(*, client: Client, email: str, actor: Actor) -> None:
    """To an address that bills shall go to, with the link by which its owner agrees.

    Nobody has proven that address, so the mail holds no text that a stranger chose, not even the client's name.
    """
    asker = _proven(_person_of(actor))
    announce_link_mail(
        event="confirm_billing_email",
        to=Recipient(email, locale=effective_language(client.locale)),
        values={
            "by": asker.email if asker else get_setting("branding.name"),
            "confirm_url": f"{settings.COMMERCE_URL}/client/billing-email/{billing_email_token(client, email)}",
            "expires_days": BILLING_LINK_DAYS,
        },
        client_id=client.pk,
    )


def send_billing_email_changed_email(*, client: Client, old_email: str, ctx: Context) -> None:
    """To the former billing address and the owners: where bills go from now on.

    ``by`` is empty when the owner of the new address agreed without signing in: who asked for it is not known then.
    """
    values = {
        "old_email": old_email,
        "new_email": client.email,
        "by": "" if ctx.actor.kind == "guest" else _who(ctx.actor),
        "when": ctx.at,
        "profile_url": f"{settings.COMMERCE_URL}/client/profile",
    }
    announce(
        event="billing_email_changed",
        idempotency_key=f"{client.pk} {ctx.at.isoformat()}",
        to=[
            *client_recipients(client, "security"),
            Recipient(old_email, client.first_name, effective_language(client.locale)),
        ],
        values={**client_variables(client), **values},
        at=ctx.at,
        client_id=client.pk,
    )


def _person_of(actor: Actor) -> int | None:
    """The user who acts, or who made the token that does."""
    if actor.kind != "token":
        return actor.id
    return ApiToken.objects.filter(pk=actor.id or 0).values_list("maker_id", flat=True).first()


def _proven(user_id: int | None) -> User | None:
    """The user, if their address is one that they have proven: only such a one is told to strangers."""
    return User.objects.filter(pk=user_id or 0, email_verified_at__isnull=False).first()


def _who(actor: Actor) -> object:
    """Members by their address, programs by the name of their token; people of ours without their names."""
    if actor.kind == "token":
        program = pgettext_lazy("done by", "a program with the API token “{name}”")
        return format_lazy(program, name=actor.name)
    return (
        actor.name
        if actor.kind == "member" and actor.name
        else pgettext_lazy("done by", "our staff")
    )


def _send_security_email(
    client: Client,
    concerned: User,
    idempotency_key: str,
    event: str,
    at: datetime,
    values: Mapping[str, object],
) -> list[OutgoingMail]:
    """One mail to the user concerned and to each active owner, the instant in the zone of each."""
    page = "tokens_url" if "tokens_url" in MAIL_EVENTS[event].variables else "members_url"
    path = {"tokens_url": "api-tokens", "members_url": "members"}[page]
    links = {page: f"{settings.COMMERCE_URL}/client/{path}", "when": at}
    return send_client_email(
        client=client,
        event=event,
        idempotency_key=idempotency_key,
        values={**values, **links},
        at=at,
        also_to=[concerned],
    )
