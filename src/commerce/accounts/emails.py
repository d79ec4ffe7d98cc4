"""Mails about members, billing addresses and API tokens (notifications.md 3, group "security"): to whom, with what."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commerce.accounts.billing_links import DAYS, token_for
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.accounts.reading import language_of
from commerce.accounts.recipients import named, of, tell
from commerce.accounts.words import ROLES
from commerce.kit.actor import Actor
from commerce.mail.actions import Recipient, announce
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.mail.send import link_after_commit
from commerce.preferences.current import get

CHANGES = {
    "joined": _("joined"),
    "changed": _("has another role or other rights now"),
    "removed": _("was removed"),
}
"""What became of a member, as the mail says it."""


def api_token_created(*, token: ApiToken, at: datetime, actor: Actor) -> None:
    """To the owners and the maker: name, scopes and from where; never the token."""
    values = {"token_name": token.name, "scopes": ", ".join(token.scopes)}
    values |= {"ip": actor.address or "", "by_staff": "" if actor.address else "✓"}
    _tell(token.client, token.maker, f"{token.pk}", "api_token_created", at, values)


def api_token_revoked(*, token: ApiToken, at: datetime, actor: Actor) -> None:
    """To the owners and the maker: which token, when and by whom."""
    values = {"token_name": token.name, "by": _who(actor)}
    _tell(token.client, token.maker, f"{token.pk}", "api_token_revoked", at, values)


def api_token_new_network(*, token: ApiToken, address: str, at: datetime) -> list[OutgoingMail]:
    """To the owners and the maker, once a day at most for each token: it was used from where it never was before.

    Returns the new mails; none when they were told of this token on this day.
    """
    values = {"token_name": token.name, "ip": address}
    once = f"{token.pk} {at:%Y-%m-%d}"
    return _tell(token.client, token.maker, once, "api_token_new_network", at, values)


def member_changed(*, membership: Membership, what: str, at: datetime, actor: Actor) -> None:
    """To the owners and the member: ``joined``, ``changed`` or ``removed``."""
    user = membership.user
    values = {
        "member": f"{user.get_full_name()} ({user.email})",
        "what": CHANGES[what],
        "role": ROLES[membership.role],
        "by": _who(actor),
    }
    once = f"{membership.pk} {at.isoformat()}"
    _tell(membership.client, user, once, "member_changed", at, values)


def member_invited(*, invitation: Invitation, plain: str, days: int) -> None:
    """To the invited address, with the link that exists nowhere else.

    Nobody has proven that address, so the mail holds no text that a stranger chose: the inviter is told by his own.
    """
    inviter = _proven(invitation.invited_by_id)
    known = User.objects.filter(email__iexact=invitation.email).first()
    link_after_commit(
        event="member_invited",
        once=f"{invitation.pk}",
        to=Recipient(invitation.email, locale=language_of((known or invitation.client).locale)),
        values={
            "inviter": inviter.email if inviter else get("branding.name"),
            "role": ROLES[invitation.role],
            "invite_url": f"{settings.COMMERCE_URL}/invite/{plain}",
            "expires_days": days,
        },
        client_id=invitation.client_id,
    )


def confirm_billing_email(*, client: Client, email: str, actor: Actor) -> None:
    """To an address that bills shall go to, with the link by which its owner agrees.

    Nobody has proven that address, so the mail holds no text that a stranger chose, not even the client's name.
    """
    asker = _proven(actor.id)
    link_after_commit(
        event="confirm_billing_email",
        to=Recipient(email, locale=language_of(client.locale)),
        values={
            "by": asker.email if asker else get("branding.name"),
            "confirm_url": f"{settings.COMMERCE_URL}/client/billing-email/{token_for(client, email)}",
            "expires_days": DAYS,
        },
        client_id=client.pk,
    )


def billing_email_changed(*, client: Client, former: str, at: datetime, actor: Actor) -> None:
    """To the former billing address and the owners: where bills go from now on.

    ``by`` is empty when the owner of the new address agreed without signing in: who asked for it is not known then.
    """
    values = {
        "old_email": former,
        "new_email": client.email,
        "by": "" if actor.kind == "guest" else _who(actor),
        "when": at,
        "profile_url": f"{settings.COMMERCE_URL}/client/profile",
    }
    announce(
        event="billing_email_changed",
        once=f"{client.pk} {at.isoformat()}",
        to=[
            *of(client, "security"),
            Recipient(former, client.first_name, language_of(client.locale)),
        ],
        values={**named(client), **values},
        at=at,
        client_id=client.pk,
    )


def _proven(user_id: int | None) -> User | None:
    """The user, if his address is one that he has proven: only such a one is told to strangers."""
    return User.objects.filter(pk=user_id or 0, email_verified_at__isnull=False).first()


def _who(actor: Actor) -> object:
    """Members by their address; people of ours without their names."""
    return actor.name if actor.kind == "member" and actor.name else _("our staff")


def _tell(
    client: Client,
    concerned: User,
    once: str,
    event: str,
    at: datetime,
    values: Mapping[str, object],
) -> list[OutgoingMail]:
    """One mail to the user concerned and to each active owner, the instant in the zone of each."""
    page = "tokens_url" if "tokens_url" in EVENTS[event].variables else "members_url"
    path = {"tokens_url": "api-tokens", "members_url": "members"}[page]
    links = {page: f"{settings.COMMERCE_URL}/client/{path}", "when": at}
    return tell(
        client=client, event=event, once=once, values={**values, **links}, at=at, also=[concerned]
    )
