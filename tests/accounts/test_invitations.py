"""Invitations: sent, accepted, declined, withdrawn, too old (accounts.md 3)."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.accounts.actions.invitations import (
    MAX_OPEN_INVITATIONS,
    accept_as_new_user,
    accept_invitation,
    decline_invitation,
    find_invitation,
    invite_member,
    withdraw_invitation,
)
from commerce.accounts.models import Client, Invitation, Membership, User
from commerce.accounts.rules import RIGHTS_BY_ROLE
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def offer(
    client: Client,
    email: str = "new@example.com",
    *,
    at: datetime = AT,
    actor: Actor = SYSTEM,
    role: str = "technical",
    rights: Sequence[str] = ("services.view",),
) -> Invitation:
    ctx = Context(at, actor)
    return invite_member(client=client, email=email, role=role, rights=rights, ctx=ctx)


def link_in_the_mail() -> str:
    """The part of the link that only the mail has."""
    (found,) = re.findall(r"/invite/(\S+)", mail.outbox[-1].body)
    return found


def test_the_link_is_in_the_mail_and_nowhere_else() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice, company="Acme Hosting Ltd")
    with commit_and_deliver():
        invitation = offer(client, "New@Example.com", actor=as_member(alice))
    assert [sent.to for sent in mail.outbox] == [["New@Example.com"]]
    assert "alice@example.com" in mail.outbox[0].subject
    # Nothing that a stranger could fill with words of his own goes to an address that nobody has proven.
    assert "Acme" not in str(mail.outbox[0].message())
    assert "Alice Example" not in str(mail.outbox[0].message())
    plain = link_in_the_mail()
    assert len(plain) >= 43
    assert plain not in repr([*Invitation.objects.values(), *AuditEntry.objects.values()])
    assert find_invitation(token=plain, at=AT) == invitation
    assert invitation.invited_by == alice


@pytest.mark.parametrize("email", ["new", "new@localhost", "ne\u200bw@example.com"])
def test_an_address_that_no_mail_reaches_is_not_invited(email: str) -> None:
    with pytest.raises(BusinessError) as refused:
        offer(make_client(), email)
    assert (refused.value.code, refused.value.field) == ("input.not_an_email", "email")
    assert not Invitation.objects.exists()


def test_an_inviter_whose_address_nobody_proved_is_not_named_to_strangers() -> None:
    typed = make_user("win-a-prize@evil.example", verified=False)
    client = make_client(owner=typed)
    with commit_and_deliver():
        offer(client, actor=as_member(typed))
    assert "evil.example" not in str(mail.outbox[0].message())


def test_an_offer_is_kept_and_audited_as_it_was_made() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice)
    one = offer(client, " new@example.com ", actor=as_member(alice))
    assert (one.client, one.email, one.role, one.rights) == (
        *(client, "new@example.com", "technical", ["services.view"]),
    )
    assert (one.status, one.created_at, one.expires_at) == ("open", AT, AT + WEEK)
    assert offer(client, "other@example.com").invited_by is None  # staff
    entry = AuditEntry.objects.filter(action="invitation.created").earliest("pk")
    assert (entry.record_kind, entry.record_id, entry.record_name) == (
        *("invitation", one.pk, "new@example.com"),
    )
    assert (entry.client_id, entry.after) == (
        *(client.pk, {"role": "technical", "rights": ["services.view"]}),
    )


def test_old_offers_of_another_client_wait_for_his_own_next_one() -> None:
    ours, theirs = make_client(), make_client()
    for client in (ours, theirs):
        offer(client)
    offer(ours, "other@example.com", at=AT + WEEK)
    states = Invitation.objects.order_by("pk").values_list("client_id", "status")
    assert list(states) == [(ours.pk, "expired"), (theirs.pk, "open"), (ours.pk, "open")]
    ended = AuditEntry.objects.get(action__startswith="invitation.", before__status="open")
    assert ended.client_id == ours.pk


def test_a_link_is_one_invitations() -> None:
    client = make_client()
    with commit_and_deliver():
        offer(client, "first@example.com")
    first = link_in_the_mail()
    with commit_and_deliver():
        second = offer(client, "second@example.com")
    assert find_invitation(token=link_in_the_mail(), at=AT) == second
    withdraw_invitation(invitation=second, ctx=Context(AT, SYSTEM))
    assert find_invitation(token=link_in_the_mail(), at=AT) is None
    found = find_invitation(token=first, at=AT)
    assert found is not None
    assert found.email == "first@example.com"


@pytest.mark.parametrize(
    ("seconds", "found"), [(0, True), (7 * 86400 - 1, True), (7 * 86400, False)]
)
def test_a_link_works_for_7_days(seconds: int, *, found: bool) -> None:
    with commit_and_deliver():
        offer(make_client())
    at = AT + timedelta(seconds=seconds)
    assert (find_invitation(token=link_in_the_mail(), at=at) is not None) is found


def test_a_closed_client_invites_nobody() -> None:
    client = make_client()
    with commit_and_deliver():
        invitation = offer(client)
    close_client(client=client, ctx=Context(AT, SYSTEM), reason="asked for")
    assert find_invitation(token=link_in_the_mail(), at=AT) is None
    user = make_user("new@example.com")
    with pytest.raises(BusinessError):
        accept_invitation(invitation=invitation, user=user, ctx=Context(AT, as_member(user)))


@pytest.mark.parametrize("plain", ["", "x", "\x00", "é" * 43, "x" * 5000])
def test_a_link_that_never_was_ours(plain: str) -> None:
    offer(make_client())
    assert find_invitation(token=plain, at=AT) is None


def test_a_member_is_not_invited_nor_anybody_twice() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice)
    for email, said in (("ALICE@example.com", "already a member"), ("NEW@example.com", "pending")):
        offer(client) if said == "pending" else None
        with pytest.raises(BusinessError, match=said) as refused:
            offer(client, email)
        assert refused.value.field == "email"
    offer(make_client())


def test_a_client_has_at_most_20_open_invitations_and_old_ones_do_not_count() -> None:
    client = make_client()
    for n in range(MAX_OPEN_INVITATIONS):
        offer(client, f"new{n}@example.com")
    with pytest.raises(BusinessError, match="up to 20"):
        offer(client)
    withdraw_invitation(invitation=Invitation.objects.earliest("pk"), ctx=Context(AT, SYSTEM))
    offer(client)
    offer(client, at=AT + WEEK)
    assert Invitation.objects.filter(status="expired").count() == MAX_OPEN_INVITATIONS
    assert Invitation.objects.filter(status="open").count() == 1


@pytest.mark.parametrize(
    "over", [{"rights": ["data.export"]}, {"rights": []}, {"role": "admin"}, {"rights": ["x"]}]
)
def test_what_cannot_be_offered(over: dict[str, Any]) -> None:
    with pytest.raises(BusinessError):
        offer(make_client(), **over)
    assert not Invitation.objects.exists()


def test_a_known_person_accepts_and_owners_are_told() -> None:
    alice, user = make_user("alice@example.com"), make_user("NEW@example.com")
    client = make_client(owner=alice)
    invitation = offer(client, actor=as_member(alice))
    with commit_and_deliver():
        made = accept_invitation(invitation=invitation, user=user, ctx=Context(AT, as_member(user)))
    member = Membership.objects.get(user=user)
    assert made == member
    assert (member.client, member.role, member.rights) == (client, "technical", ["services.view"])
    assert (member.invited_by, member.created_at) == (alice, AT)
    assert invitation.status == "accepted"
    entry = AuditEntry.objects.get(action="membership.created", record_kind="membership")
    assert (entry.record_id, entry.record_name, entry.client_id) == (
        *(member.pk, "NEW@example.com", client.pk),
    )
    assert entry.after == {"role": "technical", "rights": ["services.view"]}
    assert {to for sent in mail.outbox for to in sent.to} == {"NEW@example.com", alice.email}
    with pytest.raises(StateConflict):
        accept_invitation(invitation=invitation, user=user, ctx=Context(AT, SYSTEM))
    assert Membership.objects.filter(client=client).count() == 2


def test_a_new_person_gets_a_user_with_a_proven_address() -> None:
    invitation = offer(make_client(), role="owner", rights=[])
    user = accept_as_new_user(
        invitation=invitation,
        first_name="Nora",
        last_name="New",
        password="correct-horse-battery",
        ctx=Context(AT, SYSTEM),
    )
    assert user.email_verified_at == AT
    assert (user.email, user.first_name, user.last_name) == ("new@example.com", "Nora", "New")
    assert (user.created_at, user.locale) == (AT, invitation.client.locale)
    assert user.check_password("correct-horse-battery")
    assert Membership.objects.get(user=user).rights == list(RIGHTS_BY_ROLE)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"first_name": " "}, "first_name"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"last_name": ""}, "last_name"),
        ({"last_name": "x" * 101}, "last_name"),
        ({"password": "short"}, "password"),
        ({"password": "new@example.com"}, "password"),
        ({"first_name": "Annabelle", "password": "annabelle-q"}, "password"),
        ({"last_name": "Featherstone", "password": "featherstone"}, "password"),
    ],
)
def test_a_new_person_needs_names_and_a_good_password(over: dict[str, str], field: str) -> None:
    invitation = offer(make_client(owner=None))
    typed = {"first_name": "Nora", "last_name": "New", "password": "correct-horse-battery"}
    with pytest.raises(BusinessError) as refused:
        accept_as_new_user(invitation=invitation, ctx=Context(AT, SYSTEM), **(typed | over))
    assert refused.value.field == field
    assert not User.objects.exists()
    longest = typed | {"first_name": "x" * 100, "last_name": " y "}
    user = accept_as_new_user(invitation=invitation, ctx=Context(AT, SYSTEM), **longest)
    assert (len(user.first_name), user.last_name) == (100, "y")


def test_who_became_a_member_meanwhile_is_told() -> None:
    client, user = make_client(), make_user("new@example.com")
    invitation = offer(client)
    make_member(client, user=user)
    with pytest.raises(BusinessError, match="already a member"):
        accept_invitation(invitation=invitation, user=user, ctx=Context(AT, SYSTEM))
    invitation.refresh_from_db()
    assert invitation.status == "open"


@pytest.mark.parametrize("answer", ["accepted", "declined", "withdrawn"])
def test_an_answer_is_kept_for_its_client(answer: str) -> None:
    client, user = make_client(), make_user("new@example.com")
    invitation = offer(client)
    {
        "accepted": lambda **by: accept_invitation(user=user, **by),
        "declined": decline_invitation,
        "withdrawn": withdraw_invitation,
    }[answer](invitation=invitation, ctx=Context(AT, SYSTEM))
    invitation.refresh_from_db()
    assert invitation.status == answer
    entry = AuditEntry.objects.get(action=f"invitation.{answer}")
    assert (entry.client_id, entry.record_id) == (client.pk, invitation.pk)


def test_when_the_address_has_a_user_by_now_nothing_is_made() -> None:
    invitation = offer(make_client())
    make_user("New@Example.com")
    people = User.objects.count()
    with pytest.raises(BusinessError, match="already in use"):
        accept_as_new_user(
            invitation=invitation,
            first_name="N",
            last_name="N",
            password="correct-horse-battery",
            ctx=Context(AT, SYSTEM),
        )
    invitation.refresh_from_db()
    assert (invitation.status, User.objects.count()) == ("open", people)


def test_an_invitation_is_bound_to_its_address() -> None:
    invitation, charlie = offer(make_client()), make_user("charlie@example.com")
    with pytest.raises(BusinessError):
        accept_invitation(invitation=invitation, user=charlie, ctx=Context(AT, as_member(charlie)))
    invitation.refresh_from_db()
    assert invitation.status == "open"


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw", "wait"])
def test_an_answered_or_old_invitation_is_not_answered_again(answer: str) -> None:
    user = make_user("new@example.com")
    invitation, later = offer(make_client()), AT
    if answer == "accept":
        accept_invitation(invitation=invitation, user=user, ctx=Context(AT, SYSTEM))
    elif answer == "decline":
        decline_invitation(invitation=invitation, ctx=Context(AT, SYSTEM))
    elif answer == "withdraw":
        withdraw_invitation(invitation=invitation, ctx=Context(AT, SYSTEM))
    else:
        later = AT + WEEK
    members = Membership.objects.count()
    with pytest.raises(StateConflict):
        accept_invitation(invitation=invitation, user=user, ctx=Context(later, SYSTEM))
    assert Membership.objects.count() == members


def test_a_suspended_client_gets_no_new_members() -> None:
    client, user = make_client(), make_user("new@example.com")
    invitation = offer(client)
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    with pytest.raises(BusinessError):
        accept_invitation(invitation=invitation, user=user, ctx=Context(AT, SYSTEM))


def test_only_who_manages_members_withdraws() -> None:
    client = make_client()
    invitation = offer(client)
    for other in (make_member(client, role="technical").user, make_user()):
        with pytest.raises(PermissionDenied):
            withdraw_invitation(invitation=invitation, ctx=Context(AT, as_member(other)))
    invitation.refresh_from_db()
    assert invitation.status == "open"
