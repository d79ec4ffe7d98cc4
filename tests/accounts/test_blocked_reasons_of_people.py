"""Why an action on a member, a user, an invitation, a token or a group is not possible now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.actions import (
    clients,
    invitations,
    members,
    mfa,
    passwords,
    tokens,
    users,
)
from commerce.accounts.actions.api_writes import spending
from commerce.accounts.actions.client_groups import (
    create_client_group,
    delete_client_group,
    delete_client_group_blocked_reason,
)
from commerce.accounts.models import (
    ApiToken,
    Client,
    Invitation,
    Membership,
    Staff,
    User,
)
from commerce.kit.acts.act import act_of
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.blocked_reasons import Acts, Blocked, blocked_codes
from tests.make.staff import make_staff

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
        "revoke for them": (
            tokens.revoke_token_blocked_reason,
            lambda one: tokens.revoke_token_for_staff(token=one, **WHY),
        ),
        "limit": (
            tokens.revoke_token_blocked_reason,
            lambda one: spending.set_spending_limit(
                token=one, per_purchase=500, per_30_days=500, ctx=CTX
            ),
        ),
        "rotate": (
            tokens.rotate_token_blocked_reason,
            lambda one: tokens.rotate_token(token=one, ctx=CTX),
        ),
    }
    expected = {} if status == "live" else dict.fromkeys(acts, "api_token.ended")
    assert blocked_codes(acts, ApiToken.objects.get(), CTX) == expected


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
