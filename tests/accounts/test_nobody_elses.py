"""What is done to one person, client or token leaves the next one's alone (accounts.md 3 to 7)."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from commerce.accounts.actions import (
    confirm_billing_email,
    create_token,
    note_use,
    remove_member,
)
from commerce.accounts.actions.email_changes import (
    change_of_stop_link,
    drop_email_change,
    stop_token,
    wanted_email,
)
from commerce.accounts.actions.members import add_member, giver_rights
from commerce.accounts.actions.passwords import has_tokens, send_password_reset, user_of_reset
from commerce.accounts.actions.token_use import TokenUse
from commerce.accounts.billing_links import token_for
from commerce.accounts.models import ApiToken, Client, Membership, TokenRequests, User
from commerce.accounts.rules import RIGHTS, preset
from commerce.audit.models import Entry
from commerce.kit.actor import SYSTEM, Actor
from commerce.kit.errors import NotAllowed, Refused
from commerce.mail.models import MailAddress
from tests.make.mails import committed, link_to
from tests.make.people import AT, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db


# --- Members ---


@pytest.mark.parametrize("kind", ["staff", "system"])
def test_staff_and_the_system_give_every_right(kind: str) -> None:
    assert giver_rights(client_id=make_client().pk, actor=Actor(kind)) == set(RIGHTS)


@pytest.mark.parametrize("kind", ["guest", "token"])
def test_who_is_no_member_has_no_rights_of_the_owner_whose_number_he_has(kind: str) -> None:
    alice = make_user()
    client = make_client(owner=alice)
    for actor in (Actor(kind, alice.pk), Actor("member", None)):
        with pytest.raises(NotAllowed):
            giver_rights(client_id=client.pk, actor=actor)


def test_staff_bring_somebody_in_once() -> None:
    client, bob = make_client(), make_user("bob@example.com")
    make_member(client)  # somebody else is a member already
    made = add_member(client=client, user=bob, role="technical", at=AT, actor=SYSTEM)
    assert made == Membership.objects.get(user=bob)
    entry = Entry.objects.get(action="membership.created", record_id=made.pk)
    assert entry.record_kind == "membership"
    assert entry.after == {"role": "technical", "rights": preset("technical")}
    with pytest.raises(Refused, match="already"):
        add_member(client=client, user=bob, role="billing", at=AT, actor=SYSTEM)


def test_who_is_removed_is_told_and_what_he_had_is_kept() -> None:
    client = make_client(owner=make_user("alice@example.com"))
    bob = make_member(client, "bob@example.com")
    with committed():
        remove_member(membership=bob, at=AT, actor=SYSTEM)
    assert ["bob@example.com"] in [sent.to for sent in mail.outbox]
    entry = Entry.objects.get(action="membership.removed")
    assert entry.before == {"role": "billing", "rights": preset("billing")}


def test_who_is_no_owner_can_go_while_no_owner_can_sign_in() -> None:
    alice = make_user()
    bob = make_member(make_client(owner=alice))
    User.objects.filter(pk=alice.pk).update(is_active=False)
    remove_member(membership=bob, at=AT, actor=SYSTEM)
    assert not Membership.objects.filter(pk=bob.pk).exists()


# --- Tokens ---


def test_a_member_of_another_client_makes_no_token_here() -> None:
    charlie, client = make_user(), make_client()
    make_client(owner=charlie)
    with pytest.raises(NotAllowed):
        create_token(client=client, maker=charlie, name="x", at=AT, actor=as_member(charlie))


def two_tokens() -> list[ApiToken]:
    return [
        create_token(client=make_client(owner=who), maker=who, name="x", at=AT, actor=SYSTEM)[0]
        for who in (make_user(), make_user())
    ]


def test_the_use_of_a_token_is_not_anothers() -> None:
    later = AT + timedelta(hours=1)
    for token in two_tokens()[::-1]:
        uses = [TokenUse("203.0.113.9", 2, AT), TokenUse("198.51.100.7", 3, later)]
        note_use(token_id=token.pk, uses=uses[::-1])
    ours, other = two_tokens()
    note_use(token_id=ours.pk, uses=[TokenUse("203.0.113.9", 1, AT), TokenUse("", 4, later)])
    ours.refresh_from_db()
    other.refresh_from_db()
    assert (ours.last_used_at, ours.last_used_from) == (later, None)
    assert (other.last_used_at, other.last_used_from) == (None, None)
    assert list(TokenRequests.objects.order_by("pk").values_list("number", flat=True)) == [5, 5, 5]


def test_tokens_are_offered_for_revoking_to_their_maker_only() -> None:
    maker, other = make_user(), make_user()
    create_token(client=make_client(owner=maker), maker=maker, name="x", at=AT, actor=SYSTEM)
    assert has_tokens(maker)
    assert not has_tokens(other)


# --- Addresses and passwords ---


def wish(user: User, email: str) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email=email, primary=False)


def test_a_wish_for_an_address_is_its_persons() -> None:
    alice, bob, carol = make_user(), make_user(), make_user()
    hers, his = wish(alice, "a@example.org"), wish(bob, "b@example.org")
    assert [wanted_email(one) for one in (alice, bob, carol)] == [hers.email, his.email, ""]
    assert [change_of_stop_link(stop_token(one)) for one in (his, hers)] == [his, hers]
    drop_email_change(user=carol, at=AT, actor=SYSTEM)
    assert not Entry.objects.filter(action="user.email_change_dropped").exists()
    drop_email_change(user=alice, at=AT, actor=SYSTEM)
    assert Entry.objects.get(action="user.email_change_dropped").record_kind == "user"
    assert [wanted_email(one) for one in (alice, bob)] == ["", his.email]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert change_of_stop_link(stop_token(his)) is None


def test_a_link_for_bills_is_one_clients() -> None:
    first, second = make_client(), make_client()
    Client.objects.update(wanted_email="accountant@example.org")
    MailAddress.objects.create(email="accountant@example.org", stopped_at=AT)
    token = token_for(second, "accountant@example.org")
    assert confirm_billing_email(token=token, at=AT, actor=SYSTEM) == second
    emails = Client.objects.order_by("pk").values_list("email", flat=True)
    assert list(emails) == [first.email, "accountant@example.org"]
    assert MailAddress.objects.get().stopped_at is None  # who opens its link gets its mails
    assert confirm_billing_email(token=token, at=AT, actor=SYSTEM) is None


def test_a_link_for_a_new_password_is_one_persons() -> None:
    make_user()
    bob = make_user("bob@example.com")
    make_user()
    with committed():
        send_password_reset(email="bob@example.com", at=AT, actor=SYSTEM)
    assert Entry.objects.get(action="user.reset_asked").record_kind == "user"
    token = link_to("bob@example.com", "reset-password").rstrip("/").rpartition("/")[2]
    assert user_of_reset(token=token, at=AT) == bob
    assert user_of_reset(token=f"zzzz-{token.partition('-')[2]}", at=AT) is None
