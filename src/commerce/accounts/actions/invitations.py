"""Invitations: sent, accepted, declined, withdrawn (accounts.md 3). A link is kept as its hash only."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts import emails, passwords
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.members import (
    OWNER_TAKES_PASSWORD,
    grantable_rights,
    makes_owner,
    refuse_staff_as_member,
)
from commerce.accounts.actions.users import save_new_user
from commerce.accounts.labels import ROLE_LABELS
from commerce.accounts.models import Client, Invitation, Membership, User
from commerce.accounts.rules import (
    INVITATION_MOVES,
    ClientStatus,
    InvitationStatus,
    rights_to_grant,
    role_preset,
)
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_line
from commerce.presentation.email_addresses import Email

INVITATION_LIFETIME = timedelta(days=7)
"""How long a link is valid."""

MAX_OPEN_INVITATIONS = 20
"""Open invitations that one client may have."""


def invite_member_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client can invite nobody now."""
    if client.status != ClientStatus.ACTIVE:
        return StateConflict("invitation.client_not_active")
    waiting = Invitation.objects.for_client(client).open().filter(expires_at__gt=ctx.at)
    if waiting.count() >= MAX_OPEN_INVITATIONS:
        return StateConflict("invitation.too_many_open", maximum=MAX_OPEN_INVITATIONS)
    return None


@act(
    "client.invite",
    Client,
    label=_("Invite member"),
    done=_("Invitation sent to %(email)s."),
    staff=StaffPermission.CLIENTS_EDIT,
    member="members.manage",
    blocked=invite_member_blocked_reason,
    asks_password=makes_owner,
    password_hint=OWNER_TAKES_PASSWORD,
    example="client invite acme@example.com --email bob@example.com --role technical",
)
@transaction.atomic
def invite_member(
    *,
    client: Client,
    email: Annotated[
        str,
        Email(
            _("Email"), about=_("We'll send the invitation there. It works for this email only.")
        ),
    ],
    role: Annotated[
        str,
        Choice(
            _("Role"),
            labels=ROLE_LABELS,
            about=_("The member starts with the usual permissions of the role."),
        ),
    ],
    ctx: Context,
    rights: Iterable[str] | None = None,
) -> Invitation:
    """Offer a membership to an address, with the usual ``rights`` of the role unless they are told; the link goes to
    that address by mail and is kept nowhere.

    Raises ``BusinessError`` (a member already, invited already, a bad choice), ``StateConflict`` (the client is not
    active, or has too many open ones) or ``PermissionDenied`` (the actor lacks a right that they give).
    """
    if blocked := invite_member_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    offered = rights_to_grant(
        role,
        role_preset(role) if rights is None else rights,
        grantable=grantable_rights(client_id=client.pk, actor=ctx.actor),
    )
    refuse_staff_as_member(email=email, actor=ctx.actor)
    members = Membership.objects.for_client(client)
    if members.filter(user__email__iexact=email).exists():
        raise BusinessError("member.exists", field="email")
    _end_old(client, ctx=ctx)
    waiting = Invitation.objects.for_client(client).open()
    if waiting.filter(email__iexact=email).exists():
        raise BusinessError("invitation.already_open", field="email")
    plain = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        client=client,
        email=email,
        role=role,
        rights=offered,
        token_hash=_digest(plain),
        invited_by_id=ctx.actor.member_id,
        created_at=ctx.at,
        expires_at=ctx.at + INVITATION_LIFETIME,
    )
    write_audit_entry(
        ctx=ctx,
        action="invitation.created",
        record=("invitation", invitation.pk),
        name=email,
        client_id=client.pk,
        after={"role": role, "rights": offered},
    )
    emails.send_invitation_link(invitation=invitation, token=plain, days=INVITATION_LIFETIME.days)
    return invitation


def find_invitation(*, token: str, at: datetime) -> Invitation | None:
    """The invitation that a link leads to, if it can still be answered: open, not old, its client not closed."""
    found = Invitation.objects.select_related("client", "invited_by").open()
    found = found.exclude(client__status=ClientStatus.CLOSED)
    return found.filter(token_hash=_digest(token), expires_at__gt=at).first()


def open_invitation_blocked_reason(invitation: Invitation, ctx: Context) -> StateConflict | None:
    """Why an invitation cannot be declined or withdrawn: it has ended."""
    is_open = invitation.status == InvitationStatus.OPEN
    return None if is_open else StateConflict("invitation.not_open")


def accept_invitation_blocked_reason(invitation: Invitation, ctx: Context) -> StateConflict | None:
    """Why an invitation cannot be accepted now."""
    if blocked := open_invitation_blocked_reason(invitation, ctx):
        return blocked
    if invitation.expires_at <= ctx.at:
        return StateConflict("invitation.expired")
    is_active = invitation.client.status == ClientStatus.ACTIVE
    return None if is_active else StateConflict("invitation.client_not_active")


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User, ctx: Context) -> Membership:
    """The invited person, who has a user, becomes a member; they and the owners are mailed.

    Raises ``BusinessError`` for another person or a member, ``StateConflict`` when the invitation was answered,
    withdrawn or is old, and while its client is not active.
    """
    lock_client(invitation.client_id)
    if blocked := accept_invitation_blocked_reason(lock(invitation, "client"), ctx):
        raise blocked
    if user.email.lower() != invitation.email.lower():
        raise BusinessError("invitation.other_address")
    _answer(invitation, InvitationStatus.ACCEPTED, ctx=ctx)
    try:
        with transaction.atomic():
            member = Membership.objects.create(
                user=user,
                client_id=invitation.client_id,
                role=invitation.role,
                rights=invitation.rights,
                invited_by_id=invitation.invited_by_id,
                created_at=ctx.at,
            )
    except IntegrityError as error:
        raise BusinessError("invitation.already_member") from error
    write_audit_entry(
        ctx=ctx,
        action="membership.created",
        record=("membership", member.pk),
        name=user.email,
        client_id=member.client_id,
        after={"role": member.role, "rights": member.rights},
    )
    emails.send_member_changed_email(membership=member, change="joined", ctx=ctx)
    return member


def accept_as_new_user(
    *,
    invitation: Invitation,
    first_name: str,
    last_name: str,
    password: str,
    ctx: Context,
) -> User:
    """The invited person, who has no user yet, gets one: their e-mail is proven, since the link came by it.

    Raises ``BusinessError`` for a bad name or password, or when the address has a user by now, ``StateConflict`` as
    ``accept_invitation`` does.
    """
    first_name, last_name = clean_line(first_name), clean_line(last_name)
    for field, value in (("first_name", first_name), ("last_name", last_name)):
        if not 1 <= len(value) <= 100:
            raise BusinessError("user.name_not_valid", field=field)
    passwords.check_new_password(
        password, email=invitation.email, first_name=first_name, last_name=last_name
    )
    user = User(
        email=invitation.email,
        email_verified_at=ctx.at,
        first_name=first_name,
        last_name=last_name,
        locale=invitation.client.locale,
        created_at=ctx.at,
        # Hashed before the transaction, which would keep all other writers of SQLite waiting meanwhile.
        password=make_password(password),
    )
    with transaction.atomic():
        save_new_user(user=user, ctx=ctx)
        accept_invitation(invitation=invitation, user=user, ctx=ctx)
    return user


@transaction.atomic
def decline_invitation(*, invitation: Invitation, ctx: Context) -> None:
    """The invited person says no. Raises ``StateConflict`` when the invitation was answered before."""
    if blocked := open_invitation_blocked_reason(lock(invitation), ctx):
        raise blocked
    _answer(invitation, InvitationStatus.DECLINED, ctx=ctx)


@act(
    "invitation.withdraw",
    Invitation,
    label=_("Withdraw"),
    done=_("The invitation to %(email)s was withdrawn."),
    member="members.manage",
    while_suspended=True,
    blocked=open_invitation_blocked_reason,
)
@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, ctx: Context) -> None:
    """Take an open invitation back: its link leads nowhere from now on. Raises ``StateConflict`` when it was
    answered.
    """
    lock_client(invitation.client_id)
    grantable_rights(client_id=invitation.client_id, actor=ctx.actor)
    if blocked := open_invitation_blocked_reason(lock(invitation), ctx):
        raise blocked
    _answer(invitation, InvitationStatus.WITHDRAWN, ctx=ctx)


def _end_old(client: Client, *, ctx: Context) -> None:
    for invitation in Invitation.objects.for_client(client).open().filter(expires_at__lte=ctx.at):
        _answer(invitation, InvitationStatus.EXPIRED, ctx=ctx)


def _answer(invitation: Invitation, answer: InvitationStatus, *, ctx: Context) -> None:
    move(
        invitation,
        answer,
        allowed=INVITATION_MOVES,
        ctx=ctx,
        client_id=invitation.client_id,
    )


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
