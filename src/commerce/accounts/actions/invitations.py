"""Invitations: sent, accepted, declined, withdrawn (accounts.md 3). A link is kept as its hash only."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from commerce.accounts import emails, passwords
from commerce.accounts.actions.clients import hold
from commerce.accounts.actions.members import giver_rights
from commerce.accounts.actions.users import insert_user
from commerce.accounts.models import Client, Invitation, Membership, User
from commerce.accounts.rules import INVITATION_MOVES, granted
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.kit.text import clean_line

LIFE = timedelta(days=7)
"""How long a link is valid."""

MOST_OPEN = 20
"""Open invitations that one client may have."""


@transaction.atomic
def invite(
    *, client: Client, email: str, role: str, rights: Iterable[str], at: datetime, actor: Actor
) -> Invitation:
    """Offer a membership to an address; the link goes to that address by mail and is kept nowhere.

    Raises ``Refused`` (a member already, invited already, too many open ones, a bad choice) or ``NotAllowed`` (the
    actor lacks a right that he gives).
    """
    hold(client.pk)
    offered = granted(role, rights, giver=giver_rights(client_id=client.pk, actor=actor))
    email = email.strip()
    members = Membership.objects.for_client(client)
    if members.filter(user__email__iexact=email).exists():
        raise Refused(_("This person is a member already."), field="email")
    _end_old(client, at=at, actor=actor)
    waiting = Invitation.objects.for_client(client).open()
    if waiting.filter(email__iexact=email).exists():
        raise Refused(_("An invitation to this address is open already."), field="email")
    if waiting.count() >= MOST_OPEN:
        raise Refused(_("At most %d invitations can be open; withdraw one first.") % MOST_OPEN)
    plain = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        client=client,
        email=email,
        role=role,
        rights=offered,
        token_hash=_digest(plain),
        invited_by_id=actor.id if actor.kind == "member" else None,
        created_at=at,
        expires_at=at + LIFE,
    )
    record(
        at=at,
        actor=actor,
        action="invitation.created",
        record=("invitation", invitation.pk),
        name=email,
        client_id=client.pk,
        after={"role": role, "rights": offered},
    )
    emails.member_invited(invitation=invitation, plain=plain, days=LIFE.days)
    return invitation


def find_invitation(*, plain: str, at: datetime) -> Invitation | None:
    """The invitation that a link leads to, if it can still be answered: open, not old, its client not closed."""
    found = Invitation.objects.select_related("client", "invited_by").open()
    found = found.exclude(client__status=Client.Status.CLOSED)
    return found.filter(token_hash=_digest(plain), expires_at__gt=at).first()


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, user: User, at: datetime, actor: Actor
) -> Membership:
    """The invited person, who has a user, becomes a member; owners and he are mailed.

    Raises ``Refused`` for another person or a member, ``Moved`` when the invitation was answered, withdrawn or is old.
    """
    if hold(invitation.client_id).status != Client.Status.ACTIVE:
        raise Refused(_("The account you are invited to takes no new members at the moment."))
    if user.email.lower() != invitation.email.lower():
        raise Refused(_("This invitation was meant for another address."))
    if invitation.expires_at <= at:
        raise Moved(_("This invitation is too old."))
    _answer(invitation, Invitation.Status.ACCEPTED, at=at, actor=actor)
    try:
        with transaction.atomic():
            member = Membership.objects.create(
                user=user,
                client_id=invitation.client_id,
                role=invitation.role,
                rights=invitation.rights,
                invited_by_id=invitation.invited_by_id,
                created_at=at,
            )
    except IntegrityError as error:
        raise Refused(_("You are a member already.")) from error
    record(
        at=at,
        actor=actor,
        action="membership.created",
        record=("membership", member.pk),
        name=user.email,
        client_id=member.client_id,
        after={"role": member.role, "rights": member.rights},
    )
    emails.member_changed(membership=member, what="joined", at=at, actor=actor)
    return member


def accept_as_new_user(
    *,
    invitation: Invitation,
    first_name: str,
    last_name: str,
    password: str,
    at: datetime,
    actor: Actor,
) -> User:
    """The invited person, who has no user yet, gets one: his e-mail is proven, since the link came by it.

    Raises ``Refused`` for a bad name or password, or when the address has a user by now, ``Moved`` as
    ``accept_invitation`` does.
    """
    first_name, last_name = clean_line(first_name), clean_line(last_name)
    for field, value in (("first_name", first_name), ("last_name", last_name)):
        if not 1 <= len(value) <= 100:
            raise Refused(_("Give a name of 1 to 100 characters."), field=field)
    passwords.check_new(
        password, email=invitation.email, first_name=first_name, last_name=last_name
    )
    user = User(
        email=invitation.email,
        email_verified_at=at,
        first_name=first_name,
        last_name=last_name,
        locale=invitation.client.locale,
        created_at=at,
        # Hashed before the transaction, which would keep all other writers of SQLite waiting meanwhile.
        password=make_password(password),
    )
    with transaction.atomic():
        insert_user(user=user, at=at, actor=actor)
        accept_invitation(invitation=invitation, user=user, at=at, actor=actor)
    return user


def decline_invitation(*, invitation: Invitation, at: datetime, actor: Actor) -> None:
    """The invited person says no. Raises ``Moved`` when the invitation was answered before."""
    _answer(invitation, Invitation.Status.DECLINED, at=at, actor=actor)


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, at: datetime, actor: Actor) -> None:
    """Take an open invitation back: its link leads nowhere from now on. Raises ``Moved`` when it was answered."""
    hold(invitation.client_id)
    giver_rights(client_id=invitation.client_id, actor=actor)
    _answer(invitation, Invitation.Status.WITHDRAWN, at=at, actor=actor)


def _end_old(client: Client, *, at: datetime, actor: Actor) -> None:
    for invitation in Invitation.objects.for_client(client).open().filter(expires_at__lte=at):
        _answer(invitation, Invitation.Status.EXPIRED, at=at, actor=actor)


def _answer(invitation: Invitation, answer: str, *, at: datetime, actor: Actor) -> None:
    move(
        invitation,
        answer,
        allowed=INVITATION_MOVES,
        at=at,
        actor=actor,
        client_id=invitation.client_id,
    )


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
