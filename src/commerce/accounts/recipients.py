"""Who is told of what happens to a client, and the one way to tell them (notifications.md 2)."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from commerce.accounts.models import Client, MailChoice, Membership, User
from commerce.accounts.reading import language_of
from commerce.accounts.rules import MAIL_GROUPS, rights_of
from commerce.mail.actions import Recipient, announce
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.preferences.current import get
from commerce.preferences.keys import KEYS

log = logging.getLogger(__name__)


def person(user: User) -> Recipient:
    """A user at his own address, in his language and zone."""
    return Recipient(user.email, user.first_name, language_of(user.locale), user.time_zone)


def of(client: Client, group: str, *, forced: bool = False) -> list[Recipient]:
    """Who of a client gets the mails of a group; ``forced`` are those that nobody can switch off.

    The client's billing e-mail gets all mails of ``billing``, active owners all of ``security``.
    """
    members = Membership.objects.for_client(client).filter(user__is_active=True)
    members = members.select_related("user").order_by("pk")
    if group == "security":
        return [person(one.user) for one in members.active_owners()]
    right, by_default = MAIL_GROUPS[group]
    chosen: Mapping[int, bool] = dict(
        MailChoice.objects.filter(membership__client=client, group=group).values_list(
            "membership_id", "wanted"
        )
    )
    found = (
        [Recipient(client.email, client.first_name, language_of(client.locale))]
        if group == "billing"
        else []
    )
    return found + [
        person(one.user)
        for one in members
        if (not right or right in rights_of(one.role, one.rights))
        and (forced or chosen.get(one.pk, by_default))
    ]


def staff(permission: str) -> list[Recipient]:
    """Staff with a permission. Until this installation keeps staff: the company's own address, or else the one that its
    mails come from. Nobody while neither is set: ``tell_staff`` logs what they would hear."""
    del permission
    company = get("company.email")
    is_set = company != KEYS["company.email"].default
    email = company if is_set else get("mail.from_address")
    return [Recipient(email, get("company.name"), get("locale.default"))] if email else []


def named(client: Client | None) -> dict[str, Any]:
    """What every mail says of the client whom it concerns, if it concerns one."""
    if client is None:
        return {"client_name": "", "client_email": "", "client_id": None}
    return {
        "client_name": client.company or client.name,
        "client_email": client.email,
        "client_id": client.pk,
    }


def tell(
    *,
    client: Client,
    event: str,
    once: str,
    values: Mapping[str, Any],
    at: datetime,
    about: tuple[str, int] | None = None,
    attach: Sequence[tuple[str, int]] = (),
    also: Iterable[User] = (),
    own_words: str = "",
) -> list[OutgoingMail]:
    """Tell all of a client whom this event concerns, in the transaction of what happened; ``also`` are told first.
    ``own_words`` is the key of a template in place of the event's.

    A closed client gets security mails and documents only.
    """
    kind = EVENTS[event]
    to = [person(user) for user in also]
    if client.status != Client.Status.CLOSED or kind.is_security or kind.document:
        to += of(client, kind.group, forced=kind.forced)
    return announce(
        event=event,
        once=once,
        to=to,
        values={**named(client), **values},
        at=at,
        client_id=client.pk,
        about=about,
        attach=attach,
        own_words=own_words,
    )


def tell_staff(
    *,
    permission: str,
    event: str,
    once: str,
    values: Mapping[str, Any],
    at: datetime,
    about: tuple[str, int] | None = None,
    client: Client | None = None,
) -> list[OutgoingMail]:
    """Tell staff who have the permission; the mail names ``client``, who does not see it."""
    to = staff(permission)
    told = announce(
        event=event, once=once, to=to, values={**named(client), **values}, at=at, about=about
    )
    if told and not to:
        log.error("Nobody is mailed of %s (%s): set company.email.", event, once)
    return told
