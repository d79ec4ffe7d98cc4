"""Members of a client: changed and removed (accounts.md 3). They join through an invitation."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts import emails
from commerce.accounts.actions.clients import hold
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.accounts.rules import INVITATION_MOVES, granted, preset, rights_of
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, NotAllowed, Refused


def giver_rights(*, client_id: int, actor: Actor) -> frozenset[str]:
    """The rights that an actor can give within a client: a member's own, read now; staff and the system give all.

    Raises ``NotAllowed`` for anyone who may not manage members (any more).
    """
    if actor.kind in ("staff", "system"):
        return rights_of("owner", ())
    members = Membership.objects.for_client(client_id).filter(user__is_active=True)
    is_member = actor.kind == "member" and actor.id is not None
    member = members.filter(user_id=actor.id or 0).first() if is_member else None
    rights = rights_of(member.role, member.rights) if member else frozenset()
    if "members.manage" not in rights:
        raise NotAllowed("members.manage")
    return rights


@transaction.atomic
def add_member(*, client: Client, user: User, role: str, at: datetime, actor: Actor) -> Membership:
    """A user joins without an invitation, with his role's usual rights; nobody is mailed. For staff.

    Raises ``Refused`` for a member, ``NotAllowed`` when the actor may not manage members.
    """
    hold(client.pk)
    rights = granted(role, preset(role), giver=giver_rights(client_id=client.pk, actor=actor))
    if Membership.objects.for_client(client).filter(user=user).exists():
        raise Refused(_("This person is a member already."))
    member = Membership.objects.create(
        client=client, user=user, role=role, rights=rights, created_at=at
    )
    after: dict[str, object] = {"role": member.role, "rights": member.rights}
    _record("membership.created", member, before={}, after=after, at=at, actor=actor)
    return member


@transaction.atomic
def change_member(
    *, membership: Membership, role: str, rights: Iterable[str], at: datetime, actor: Actor
) -> Membership:
    """Give a member another role or other rights; what stays the same is neither written nor told.

    Raises ``Refused`` (the last active owner, a bad choice), ``NotAllowed`` (the actor lacks a right that he gives),
    ``Moved`` (he is no member any more).
    """
    member = _held(membership)
    giver = giver_rights(client_id=member.client_id, actor=actor)
    now = {"role": role, "rights": granted(role, rights, giver=giver)}
    before = {"role": member.role, "rights": member.rights}
    if now == before:
        return member
    if role != Membership.Role.OWNER:
        _keep_an_owner(member)
    Membership.objects.filter(pk=member.pk).update(**now)
    _record("membership.changed", member, before=before, after=now, at=at, actor=actor)
    if "members.manage" not in rights_of(role, rights):
        _withdraw_invitations(member, at=at, actor=actor)
    member.role, member.rights = role, now["rights"]
    emails.member_changed(membership=member, what="changed", at=at, actor=actor)
    return member


@transaction.atomic
def remove_member(*, membership: Membership, at: datetime, actor: Actor) -> None:
    """End a membership: from the next request on he has no part in the client, and his tokens and invitations end.

    Sessions end by themselves, since each request reads the membership. Raises ``Refused`` for the last active
    owner, ``NotAllowed`` when the actor may not manage members, ``Moved`` when he is no member any more.
    """
    member = _held(membership)
    giver_rights(client_id=member.client_id, actor=actor)
    _keep_an_owner(member)
    tokens = ApiToken.objects.for_client(member.client_id).live().filter(maker_id=member.user_id)
    for token in tokens.newest_first():
        revoke_token(token=token, at=at, actor=actor, reason="Its maker is no member any more.")
    _withdraw_invitations(member, at=at, actor=actor)
    before = {"role": member.role, "rights": member.rights}
    _record("membership.removed", member, before=before, after={}, at=at, actor=actor)
    emails.member_changed(membership=member, what="removed", at=at, actor=actor)
    Membership.objects.filter(pk=member.pk).delete()


def _held(membership: Membership) -> Membership:
    """The stored membership, with its client held: nobody else changes this client's members meanwhile (R31)."""
    hold(membership.client_id)
    found = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if found is None:
        raise Moved(_("This person is no member any more."))
    return found


def _keep_an_owner(leaving: Membership) -> None:
    """A client always has at least one active owner (invariants.md U13)."""
    owners = Membership.objects.for_client(leaving.client_id).active_owners()
    if leaving.role == Membership.Role.OWNER and not owners.exclude(pk=leaving.pk).exists():
        raise Refused(
            _("There must always be one owner who can sign in. Make somebody else an owner first."),
            field="role",
        )


def _withdraw_invitations(member: Membership, *, at: datetime, actor: Actor) -> None:
    """What a person offered while he managed members must not bring anybody in once he does not."""
    offered = Invitation.objects.for_client(member.client_id).open()
    for invitation in offered.filter(invited_by_id=member.user_id).order_by("pk"):
        move(
            invitation,
            Invitation.Status.WITHDRAWN,
            allowed=INVITATION_MOVES,
            at=at,
            actor=actor,
            client_id=member.client_id,
            reason="Whoever sent it does not manage members any more.",
        )


def _record(
    action: str,
    member: Membership,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
    at: datetime,
    actor: Actor,
) -> None:
    record(
        at=at,
        actor=actor,
        action=action,
        record=("membership", member.pk),
        name=member.user.email,
        client_id=member.client_id,
        before=before,
        after=after,
    )
