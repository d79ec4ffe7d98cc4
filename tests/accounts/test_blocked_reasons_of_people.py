"""Why an action on a member, a user, an invitation, a token, a group or a staff person is not possible now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from commerce.accounts.actions import (
    clients,
    invitations,
    members,
    mfa,
    passwords,
    tokens,
    users,
)
from commerce.accounts.actions.client_groups import (
    create_client_group,
    delete_client_group,
    delete_client_group_blocked_reason,
)
from commerce.accounts.actions.staff_people import api_tokens, machine_accounts, roles
from commerce.accounts.actions.staff_people import changing as staff
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, Staff, User
from commerce.accounts.staff_rules import StaffPermission
from commerce.kit.acts.act import act_of
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.blocked_reasons import Acts, Blocked, blocked_codes
from tests.make.staff import as_staff, make_machine_account, make_staff, make_staff_token, role

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
WHY: dict[str, Any] = {"reason": "Asked", "ctx": CTX}


def invite(client: Client, email: str) -> Invitation:
    return invitations.invite_member(
        client=client, email=email, role="billing", rights=["invoices.view"], ctx=CTX
    )


MEMBER_ACTS: Acts = {
    "remove": (
        members.last_owner_blocked_reason,
        lambda one: members.remove_member(membership=one, ctx=CTX),
    ),
    "demote": (
        members.last_owner_blocked_reason,
        lambda one: members.change_member(
            membership=one, role="billing", rights=["invoices.pay"], ctx=CTX
        ),
    ),
}
USER_ACTS: Acts = {
    "verify": (
        users.unverified_only_blocked_reason,
        lambda one: users.mark_email_verified(user=one, ctx=CTX),
    ),
    "send link": (
        users.unverified_only_blocked_reason,
        lambda one: users.send_verification_again(user=one, ctx=CTX),
    ),
    "reset": (
        passwords.send_reset_link_blocked_reason,
        lambda one: passwords.send_reset_link(user=one, ctx=CTX),
    ),
    "factors": (
        mfa.remove_all_factors_blocked_reason,
        lambda one: mfa.remove_all_factors(user=one, **WHY),
    ),
}


def blocked_by(action: Callable[..., object]) -> Blocked:
    """What its act says for the doors."""
    blocked = act_of(action).blocked
    assert blocked is not None
    return blocked


PERSON_ACTS: Acts = {
    "verify": (
        blocked_by(members.verify_member_email),
        lambda one: members.verify_member_email(membership=one, ctx=CTX),
    ),
    "send link": (
        blocked_by(members.send_member_verification),
        lambda one: members.send_member_verification(membership=one, ctx=CTX),
    ),
    "reset": (
        blocked_by(members.send_member_reset),
        lambda one: members.send_member_reset(membership=one, ctx=CTX),
    ),
    "email": (
        blocked_by(members.correct_member_email),
        lambda one: members.correct_member_email(membership=one, email="new@example.com", **WHY),
    ),
    "sessions": (
        blocked_by(members.end_member_sessions),
        lambda one: members.end_member_sessions(membership=one, ctx=CTX),
    ),
    "factors": (
        blocked_by(members.reset_member_factors),
        lambda one: members.reset_member_factors(membership=one, **WHY),
    ),
}
"""What staff do with the person behind a member."""


def test_what_is_said_of_a_member_is_what_is_raised() -> None:
    client = make.make_client()
    owner, other = Membership.objects.get(client=client), make.make_member(client)
    last = "member.last_owner"
    assert blocked_codes(MEMBER_ACTS, owner, CTX) == {"remove": last, "demote": last}
    assert blocked_codes(MEMBER_ACTS, other, CTX) == {}
    second = make.make_member(client, role="owner")
    assert blocked_codes(MEMBER_ACTS, owner, CTX) == {}
    User.objects.filter(pk=second.user_id).update(is_active=False)
    assert blocked_codes(MEMBER_ACTS, owner, CTX) == {"remove": last, "demote": last}


def test_what_is_said_of_a_user_is_what_is_raised() -> None:
    proven = {"verify": "user.already_verified", "send link": "user.already_verified"}
    user = make.make_user()
    assert blocked_codes(USER_ACTS, user, CTX) == proven | {"factors": "authenticator.none"}
    fresh = make.make_user(verified=False)
    User.objects.filter(pk=fresh.pk).update(is_active=False)
    fresh.refresh_from_db()
    assert blocked_codes(USER_ACTS, fresh, CTX) == {
        "reset": "user.inactive",
        "factors": "authenticator.none",
    }
    member = make.make_member(make.make_client())
    none = {"factors": "authenticator.none", "sessions": "member.no_sessions"}
    assert blocked_codes(PERSON_ACTS, member, CTX) == proven | none
    of_staff = make_staff().user
    assert blocked_codes(USER_ACTS, of_staff, CTX) == proven | {"factors": "member.is_staff"}
    Staff.objects.all().delete()
    assert blocked_codes(USER_ACTS, of_staff, CTX) == proven


INVITATION_ACTS: Acts = {
    "accept": (
        invitations.accept_invitation_blocked_reason,
        lambda one: invitations.accept_invitation(
            invitation=one, user=make.make_user(one.email), ctx=CTX
        ),
    ),
    "decline": (
        invitations.open_invitation_blocked_reason,
        lambda one: invitations.decline_invitation(invitation=one, ctx=CTX),
    ),
    "withdraw": (
        invitations.open_invitation_blocked_reason,
        lambda one: invitations.withdraw_invitation(invitation=one, ctx=CTX),
    ),
}


@pytest.mark.parametrize("status", ["open", "old", "suspended", "declined", "withdrawn"])
def test_what_is_said_of_an_invitation_is_what_is_raised(status: str) -> None:
    client = make.make_client()
    invitation = invite(client, "bob@example.org")
    match status:
        case "old":
            Invitation.objects.update(expires_at=CTX.at - timedelta(seconds=1))
        case "suspended":
            clients.suspend_client(client=client, **WHY)
        case "declined":
            invitations.decline_invitation(invitation=invitation, ctx=CTX)
        case "withdrawn":
            invitations.withdraw_invitation(invitation=invitation, ctx=CTX)
    ended = dict.fromkeys(("accept", "decline", "withdraw"), "invitation.not_open")
    expected = {
        "open": {},
        "old": {"accept": "invitation.expired"},
        "suspended": {"accept": "invitation.client_not_active"},
    }
    found = blocked_codes(INVITATION_ACTS, Invitation.objects.get(), CTX)
    assert found == expected.get(status, ended)


@pytest.mark.parametrize("status", ["live", "revoked", "expired"])
def test_what_is_said_of_a_token_is_what_is_raised(status: str) -> None:
    token, _plain = make.make_token(expires_on=CTX.at.date())
    if status == "revoked":
        tokens.revoke_token(token=token, ctx=CTX)
    elif status == "expired":
        later = Context(CTX.at + timedelta(days=2), SYSTEM)
        tokens.expire_tokens(client=token.client, ctx=later)
    acts: Acts = {
        "revoke": (
            tokens.revoke_token_blocked_reason,
            lambda one: tokens.revoke_token(token=one, ctx=CTX),
        ),
        "rotate": (
            tokens.rotate_token_blocked_reason,
            lambda one: tokens.rotate_token(token=one, ctx=CTX),
        ),
    }
    expected = {} if status == "live" else dict.fromkeys(acts, "api_token.ended")
    assert blocked_codes(acts, ApiToken.objects.get(), CTX) == expected


def staff_acts(ctx: Context) -> Acts:
    return {
        "role": (
            staff.change_staff_blocked_reason,
            lambda one: staff.change_staff(staff=one, role=one.role, ctx=ctx),
        ),
        "permissions": (
            staff.set_staff_permissions_blocked_reason,
            lambda one: staff.set_staff_permissions(staff=one, ctx=ctx),
        ),
        "factors": (
            staff.reset_staff_factors_blocked_reason,
            lambda one: staff.reset_staff_factors(staff=one, reason="Lost", ctx=ctx),
        ),
        "deactivate": (
            staff.deactivate_staff_blocked_reason,
            lambda one: staff.deactivate_staff(staff=one, ctx=ctx),
        ),
        "reactivate": (
            staff.reactivate_staff_blocked_reason,
            lambda one: staff.reactivate_staff(staff=one, ctx=ctx),
        ),
        "delete": (
            staff.delete_staff_blocked_reason,
            lambda one: staff.delete_staff(staff=one, ctx=ctx),
        ),
    }


def test_what_is_said_of_staff_is_what_is_raised() -> None:
    grace, sam = make_staff(), make_staff("support")
    by_grace = Context(CTX.at, as_staff(grace))
    every = staff_acts(by_grace)
    own = dict.fromkeys(every, "staff.own_record")
    assert blocked_codes(every, grace, by_grace) == own
    assert blocked_codes(every, sam, by_grace) == {"reactivate": "staff.already_active"}
    staff.deactivate_staff(staff=sam, ctx=by_grace)
    Authenticator.objects.filter(user=sam.user).delete()
    sam.refresh_from_db()
    assert blocked_codes(every, sam, by_grace) == {
        "deactivate": "staff.already_inactive",
        "factors": "authenticator.none",
    }
    last = "staff.last_super_admin"
    assert blocked_codes(staff_acts(CTX), grace, CTX) == {
        "permissions": "staff.has_all_permissions",
        "deactivate": last,
        "reactivate": "staff.already_active",
        "delete": last,
    }


def role_acts(ctx: Context) -> Acts:
    return {
        "edit": (
            roles.edit_staff_role_blocked_reason,
            lambda one: roles.edit_staff_role(role=one, name=f"{one.name} anew", ctx=ctx),
        ),
        "delete": (
            roles.delete_staff_role_blocked_reason,
            lambda one: roles.delete_staff_role(role=one, ctx=ctx),
        ),
    }


def test_what_is_said_of_a_staff_role_is_what_is_raised() -> None:
    support = role("support")
    acts = role_acts(CTX)
    fixed = {"edit": "staff_role.fixed", "delete": "staff_role.shipped"}
    assert blocked_codes(acts, role("super_admin"), CTX) == fixed
    assert blocked_codes(acts, support, CTX) == {"delete": "staff_role.shipped"}
    nights = roles.create_staff_role(name="Night shift", copy_of=support, ctx=CTX)
    assert blocked_codes(acts, nights, CTX) == {}
    sam = make_staff("support")
    Staff.objects.filter(pk=sam.pk).update(
        role=nights, extra_permissions=[StaffPermission.STAFF_MANAGE]
    )
    by_sam = Context(CTX.at, as_staff(sam))
    own = {"edit": "staff_role.own", "delete": "staff_role.in_use"}
    assert blocked_codes(role_acts(by_sam), nights, by_sam) == own


def machine_acts(ctx: Context) -> Acts:
    return {
        "confirm": (
            machine_accounts.live_machine_blocked_reason,
            lambda one: machine_accounts.confirm_machine_account(machine=one, ctx=ctx),
        ),
        "deactivate": (
            machine_accounts.live_machine_blocked_reason,
            lambda one: machine_accounts.deactivate_machine_account(machine=one, ctx=ctx),
        ),
        "reactivate": (
            machine_accounts.reactivate_machine_account_blocked_reason,
            lambda one: machine_accounts.reactivate_machine_account(machine=one, ctx=ctx),
        ),
        "new token": (
            api_tokens.create_machine_token_blocked_reason,
            lambda one: api_tokens.create_machine_token(
                machine=one,
                name="Export",
                permissions=sorted(one.all_permissions)[:1],
                expires_on=ctx.at.date() + timedelta(days=9),
                ctx=ctx,
            ),
        ),
    }


def test_what_is_said_of_a_machine_account_is_what_is_raised() -> None:
    grace, other = make_staff(), make_staff()
    machine = make_machine_account(grace)
    by_grace, by_other = (Context(CTX.at, as_staff(one)) for one in (grace, other))
    every, active = machine_acts(by_grace), {"reactivate": "machine_account.active"}
    assert blocked_codes(every, machine, by_grace) == active
    not_theirs = active | {"new token": "machine_account.not_owner"}
    assert blocked_codes(machine_acts(by_other), machine, by_other) == not_theirs
    machine_accounts.deactivate_machine_account(machine=machine, ctx=by_grace)
    machine.refresh_from_db()
    off = dict.fromkeys(("confirm", "deactivate", "new token"), "machine_account.inactive")
    assert blocked_codes(every, machine, by_grace) == off


def test_what_is_said_of_a_token_of_staff_is_what_is_raised() -> None:
    token = make_staff_token(make_staff())[0]
    acts: Acts = {
        "revoke": (
            api_tokens.revoke_staff_token_blocked_reason,
            lambda one: api_tokens.revoke_staff_token(token=one, ctx=CTX),
        )
    }
    assert blocked_codes(acts, token, CTX) == {}
    api_tokens.revoke_staff_token(token=token, ctx=CTX)
    token.refresh_from_db()
    assert blocked_codes(acts, token, CTX) == {"revoke": "api_token.ended"}


def test_what_is_said_of_a_client_group_is_what_is_raised() -> None:
    group = create_client_group(name="Partners", ctx=CTX)
    acts: Acts = {
        "delete": (
            delete_client_group_blocked_reason,
            lambda one: delete_client_group(group=one, ctx=CTX),
        )
    }
    assert blocked_codes(acts, group, CTX) == {}
    Client.objects.filter(pk=make.make_client().pk).update(group=group)
    assert blocked_codes(acts, group, CTX) == {"delete": "client_group.in_use"}
