"""Members of a client: changed and removed, and what staff do for them (accounts.md 3 and 6). They join through an
invitation.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts import emails
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.mfa import remove_all_factors, remove_all_factors_blocked_reason
from commerce.accounts.actions.passwords import send_reset_link, send_reset_link_blocked_reason
from commerce.accounts.actions.sessions import end_sessions
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.actions.users import (
    mark_email_verified,
    request_email_change,
    send_verification_again,
    unverified_only_blocked_reason,
)
from commerce.accounts.labels import RIGHT_LABELS, ROLE_LABELS
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, Staff, User
from commerce.accounts.rules import (
    INVITATION_MOVES,
    OWNERS_ONLY,
    InvitationStatus,
    MemberRole,
    rights_of,
    rights_to_grant,
    role_preset,
)
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Line
from commerce.kit.acts.lists import Many
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict, TwoTexts
from commerce.presentation.email_addresses import is_email_address


def grantable_rights(*, client_id: int, actor: Actor) -> frozenset[str]:
    """The rights that an actor can give within a client: a member's own, read now; staff and the system give all.

    Raises ``PermissionDenied`` for anyone who may not manage members (any more).
    """
    if actor.kind in ("staff", "system"):
        return rights_of("owner", ())
    members = Membership.objects.for_client(client_id).filter(user__is_active=True)
    is_member = actor.kind == "member" and actor.id is not None
    member = members.filter(user_id=actor.id or 0).first() if is_member else None
    rights = rights_of(member.role, member.rights) if member else frozenset()
    if "members.manage" not in rights:
        raise PermissionDenied("members.manage")
    return rights


def refuse_staff_as_member(*, email: str, actor: Actor) -> None:
    """Staff give no member's rights to staff, themselves included: they act for clients as the audit log can tell."""
    gives_as_staff = actor.kind == "staff" and actor.id is not None
    if gives_as_staff and Staff.objects.filter(user__email__iexact=email).exists():
        raise BusinessError("member.is_staff", field="email")


@transaction.atomic
def add_member(*, client: Client, user: User, role: str, ctx: Context) -> Membership:
    """A user joins without an invitation, with their role's usual rights; nobody is mailed. For staff.

    Raises ``BusinessError`` for a member, ``PermissionDenied`` when the actor may not manage members.
    """
    lock_client(client.pk)
    rights = rights_to_grant(
        role, role_preset(role), grantable=grantable_rights(client_id=client.pk, actor=ctx.actor)
    )
    refuse_staff_as_member(email=user.email, actor=ctx.actor)
    if Membership.objects.for_client(client).filter(user=user).exists():
        raise BusinessError("member.exists")
    member = Membership.objects.create(
        client=client, user=user, role=role, rights=rights, created_at=ctx.at
    )
    after: dict[str, object] = {"role": member.role, "rights": member.rights}
    _record("membership.created", member, before={}, after=after, ctx=ctx)
    return member


@transaction.atomic
def change_member(
    *, membership: Membership, role: str, rights: Iterable[str], ctx: Context
) -> Membership:
    """Give a member another role or other rights; what stays the same is neither written nor told.

    Raises ``BusinessError`` (a bad choice), ``PermissionDenied`` (the actor lacks a right that they give),
    ``StateConflict`` (the last active owner, or they are no member any more).
    """
    member = _held(membership)
    giver = grantable_rights(client_id=member.client_id, actor=ctx.actor)
    after = {"role": role, "rights": rights_to_grant(role, rights, grantable=giver)}
    before = {"role": member.role, "rights": member.rights}
    if after == before:
        return member
    refuse_staff_as_member(email=member.user.email, actor=ctx.actor)
    if role != MemberRole.OWNER and (blocked := last_owner_blocked_reason(member, ctx)):
        raise blocked
    Membership.objects.filter(pk=member.pk).update(**after)
    _record("membership.changed", member, before=before, after=after, ctx=ctx)
    if "members.manage" not in rights_of(role, rights):
        _withdraw_invitations(member, ctx=ctx)
    member.role, member.rights = role, after["rights"]
    emails.send_member_changed_email(membership=member, change="changed", ctx=ctx)
    return member


def makes_owner(record: Client | Membership, values: Mapping[str, Any]) -> bool:
    """Whether somebody would own a client who does not yet: staff confirm that it is they who do it."""
    former = record.role if isinstance(record, Membership) else ""
    return bool(values["role"] == MemberRole.OWNER != former)


def _saved_of_member(_result: None, member: Membership) -> str:
    text = gettext("Role and permissions of %(name)s saved.")
    return text % {"name": member.user.get_full_name()}


OWNER_TAKES_PASSWORD = _("Only needed to make someone an owner.")


@act(
    "member.edit",
    Membership,
    label=_("Role and permissions"),
    done=TwoTexts(staff=_("Role and permissions saved."), member=_saved_of_member),
    staff=StaffPermission.CLIENTS_EDIT,
    member="members.manage",
    asks_password=makes_owner,
    password_hint=OWNER_TAKES_PASSWORD,
)
def set_member_role(
    *,
    membership: Membership,
    role: Annotated[str, Choice(_("Role"), labels=ROLE_LABELS, edits="role")],
    rights: Annotated[
        Collection[str],
        Many(
            _("Permissions"),
            labels={one: text for one, text in RIGHT_LABELS.items() if one not in OWNERS_ONLY},
            about=_("An owner always has all permissions."),
            edits="rights",
        ),
    ],
    ctx: Context,
) -> None:
    """``change_member``; rights of parts to come stay as they are, or come with a new role."""
    former = membership.rights if role == membership.role else role_preset(role)
    change_member(
        membership=membership, role=role, rights=with_rights_to_come(rights, former), ctx=ctx
    )


def with_rights_to_come(chosen: Collection[str], former: Iterable[str]) -> list[str]:
    """What was chosen, and what cannot be chosen yet as it was."""
    return [*chosen, *(one for one in former if one not in RIGHT_LABELS)]


def last_owner_blocked_reason(member: Membership, ctx: Context) -> StateConflict | None:
    """Why a member stays an owner: a client always has at least one active owner (invariants.md U13)."""
    if member.role != MemberRole.OWNER:
        return None
    others = Membership.objects.for_client(member.client_id).active_owners().exclude(pk=member.pk)
    return None if others.exists() else StateConflict("member.last_owner", field="role")


def _removed(_result: None, member: Membership) -> str:
    return gettext("%(name)s was removed.") % {"name": member.user.get_full_name()}


@act(
    "member.remove",
    Membership,
    label=_("Remove member"),
    intro=_("Their API tokens for this client are revoked."),
    done=_removed,
    staff=StaffPermission.CLIENTS_EDIT,
    member="members.manage",
    while_suspended=True,
    blocked=last_owner_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def remove_member(*, membership: Membership, ctx: Context) -> None:
    """End a membership: from the next request on they have no part in the client; their tokens and invitations end.

    Sessions end by themselves, since each request reads the membership. Raises ``StateConflict`` for the last active
    owner and when they are none any more, ``PermissionDenied`` when the actor may not manage members.
    """
    member = _held(membership)
    grantable_rights(client_id=member.client_id, actor=ctx.actor)
    if blocked := last_owner_blocked_reason(member, ctx):
        raise blocked
    tokens = ApiToken.objects.for_client(member.client_id).live().filter(maker_id=member.user_id)
    for token in tokens.order_by("pk"):
        revoke_token(token=token, ctx=ctx, reason="Its maker is no member any more.")
    _withdraw_invitations(member, ctx=ctx)
    before = {"role": member.role, "rights": member.rights}
    _record("membership.removed", member, before=before, after={}, ctx=ctx)
    emails.send_member_changed_email(membership=member, change="removed", ctx=ctx)
    Membership.objects.filter(pk=member.pk).delete()


def _held(membership: Membership) -> Membership:
    """The stored membership, with its client held: nobody else changes this client's members meanwhile (R31)."""
    lock_client(membership.client_id)
    member = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if member is None:
        raise StateConflict("member.removed")
    return member


def _withdraw_invitations(member: Membership, *, ctx: Context) -> None:
    """What a person offered while they managed members must not bring anybody in once they do not."""
    offered = Invitation.objects.for_client(member.client_id).open()
    for invitation in offered.filter(invited_by_id=member.user_id).order_by("pk"):
        move(
            invitation,
            InvitationStatus.WITHDRAWN,
            allowed=INVITATION_MOVES,
            ctx=ctx,
            client_id=member.client_id,
            reason="Whoever sent it does not manage members any more.",
        )


def _record(
    action: str,
    member: Membership,
    *,
    before: Mapping[str, object],
    after: Mapping[str, object],
    ctx: Context,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("membership", member.pk),
        name=member.user.email,
        client_id=member.client_id,
        before=before,
        after=after,
    )


def _of_user(
    blocked_reason: Callable[[User, Context], StateConflict | None],
) -> Callable[[Membership, Context], StateConflict | None]:
    """What speaks against an action on the user of a membership."""
    return lambda membership, ctx: blocked_reason(membership.user, ctx)


@act(
    "member.verify_email",
    Membership,
    label=_("Verify email"),
    intro=_(
        "They can then sign in without the link that we sent. Make sure the address is theirs."
    ),
    done=_("Email verified."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=_of_user(unverified_only_blocked_reason),
)
def verify_member_email(*, membership: Membership, ctx: Context) -> None:
    """``mark_email_verified``."""
    mark_email_verified(user=membership.user, ctx=ctx)


@act(
    "member.send_verification",
    Membership,
    label=_("Send verification link"),
    done=_("Sent a verification link to %(email)s."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=_of_user(unverified_only_blocked_reason),
)
def send_member_verification(*, membership: Membership, ctx: Context) -> User:
    """``send_verification_again``; returns whom it went to."""
    send_verification_again(user=membership.user, ctx=ctx)
    return membership.user


@act(
    "member.send_reset",
    Membership,
    label=_("Send password reset link"),
    intro=_(
        "The link is emailed to them alone and works once, for 60 minutes. Nobody here sees it."
    ),
    done=_("Sent a password reset link to %(email)s."),
    staff=frozenset({StaffPermission.CLIENTS_EDIT, StaffPermission.SERVICES_HELP}),
    blocked=_of_user(send_reset_link_blocked_reason),
)
def send_member_reset(*, membership: Membership, ctx: Context) -> User:
    """``send_reset_link``; returns whom it went to."""
    send_reset_link(user=membership.user, ctx=ctx)
    return membership.user


def of_clients_only_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why staff do nothing about the sign-in of a person: they are staff themselves, or cannot sign in."""
    if Staff.objects.filter(user=user).exists():
        return StateConflict("member.is_staff")
    return None if user.is_active else StateConflict("user.inactive")


@act(
    "member.correct_email",
    Membership,
    label=_("Correct sign-in email"),
    intro=_(
        "The new address gets a link; opening it makes the change. The present address is told and"
        " can stop it."
    ),
    done=_("A link was sent to the new address, and the present one was told."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=_of_user(of_clients_only_blocked_reason),
    asks_password=True,
)
@transaction.atomic
def correct_member_email(
    *,
    membership: Membership,
    email: Annotated[str, Line(_("New email"), most=254)],
    reason: Annotated[str, REASON],
    ctx: Context,
) -> None:
    """``request_email_change`` for a person who cannot, or called. Raises ``BusinessError`` for what is no address."""
    if blocked := of_clients_only_blocked_reason(membership.user, ctx):
        raise blocked
    if not is_email_address(email):
        raise BusinessError("client.email_not_valid", field="email")
    request_email_change(user=membership.user, email=email, reason=reason, ctx=ctx)


def end_sessions_blocked_reason(user: User, ctx: Context) -> StateConflict | None:
    """Why there are no sessions of a person that staff could end."""
    if blocked := of_clients_only_blocked_reason(user, ctx):
        return blocked
    has_any = UserSession.objects.filter(user=user).exists()
    return None if has_any else StateConflict("member.no_sessions", is_moot=True)


@act(
    "member.end_sessions",
    Membership,
    label=_("Sign out everywhere"),
    intro=_("All their sessions end, for every account they belong to."),
    done=_("All sessions have ended."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=_of_user(end_sessions_blocked_reason),
)
@transaction.atomic
def end_member_sessions(*, membership: Membership, ctx: Context) -> None:
    """``end_sessions``. Raises ``StateConflict`` where there are none."""
    if blocked := end_sessions_blocked_reason(membership.user, ctx):
        raise blocked
    end_sessions(user=membership.user, keep_session=None, ctx=ctx)


@act(
    "member.reset_two_factor",
    Membership,
    label=_("Reset two-factor"),
    intro=_(
        "All their two-factor methods and recovery codes are removed, for every account they"
        " belong to, and all their sessions end."
    ),
    done=_("Two-factor authentication reset. All sessions have ended."),
    staff=StaffPermission.CLIENTS_EDIT,
    blocked=_of_user(remove_all_factors_blocked_reason),
    asks_password=True,
    is_danger=True,
)
def reset_member_factors(
    *, membership: Membership, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """``remove_all_factors``."""
    remove_all_factors(user=membership.user, reason=reason, ctx=ctx)
