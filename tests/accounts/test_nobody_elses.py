"""What is done to one person, client or token leaves the next one's alone (accounts.md 3 to 7)."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from commerce.accounts.actions.billing_emails import confirm_billing_email
from commerce.accounts.actions.email_changes import (
    cancel_email_change,
    email_change_of_stop_link,
    pending_email,
    stop_token,
)
from commerce.accounts.actions.members import add_member, grantable_rights, remove_member
from commerce.accounts.actions.passwords import has_live_tokens, send_password_reset, user_of_reset
from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.billing_email_links import billing_email_token
from commerce.accounts.models import ApiToken, Client, Membership, TokenDailyRequests, User
from commerce.accounts.rules import RIGHTS_BY_ROLE, role_preset
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.mail.models import SuppressedAddress
from tests.make.mails import commit_and_deliver, link_to
from tests.make.people import AT, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db


# --- Members ---


@pytest.mark.parametrize("kind", ["staff", "system"])
def test_staff_and_the_system_give_every_right(kind: str) -> None:
    assert grantable_rights(client_id=make_client().pk, actor=Actor(kind)) == set(RIGHTS_BY_ROLE)


@pytest.mark.parametrize("kind", ["guest", "token"])
def test_who_is_no_member_has_no_rights_of_the_owner_whose_number_he_has(kind: str) -> None:
    alice = make_user()
    client = make_client(owner=alice)
    for actor in (Actor(kind, alice.pk), Actor("member", None)):
        with pytest.raises(PermissionDenied):
            grantable_rights(client_id=client.pk, actor=actor)


def test_staff_bring_somebody_in_once() -> None:
    client, bob = make_client(), make_user("bob@example.com")
    make_member(client)  # somebody else is a member already
    made = add_member(client=client, user=bob, role="technical", ctx=Context(AT, SYSTEM))
    assert made == Membership.objects.get(user=bob)
    entry = AuditEntry.objects.get(action="membership.created", record_id=made.pk)
    assert entry.record_kind == "membership"
    assert entry.after == {"role": "technical", "rights": role_preset("technical")}
    with pytest.raises(BusinessError, match="already"):
        add_member(client=client, user=bob, role="billing", ctx=Context(AT, SYSTEM))


def test_who_is_removed_is_told_and_what_he_had_is_kept() -> None:
    client = make_client(owner=make_user("alice@example.com"))
    bob = make_member(client, "bob@example.com")
    with commit_and_deliver():
        remove_member(membership=bob, ctx=Context(AT, SYSTEM))
    assert ["bob@example.com"] in [sent.to for sent in mail.outbox]
    entry = AuditEntry.objects.get(action="membership.removed")
    assert entry.before == {"role": "billing", "rights": role_preset("billing")}


def test_who_is_no_owner_can_go_while_no_owner_can_sign_in() -> None:
    alice = make_user()
    bob = make_member(make_client(owner=alice))
    User.objects.filter(pk=alice.pk).update(is_active=False)
    remove_member(membership=bob, ctx=Context(AT, SYSTEM))
    assert not Membership.objects.filter(pk=bob.pk).exists()


# --- Tokens ---


def test_a_member_of_another_client_makes_no_token_here() -> None:
    charlie, client = make_user(), make_client()
    make_client(owner=charlie)
    with pytest.raises(PermissionDenied):
        create_token(client=client, maker=charlie, name="x", ctx=Context(AT, as_member(charlie)))


def two_tokens() -> list[ApiToken]:
    return [
        create_token(client=make_client(owner=who), maker=who, name="x", ctx=Context(AT, SYSTEM))[0]
        for who in (make_user(), make_user())
    ]


def test_the_use_of_a_token_is_not_anothers() -> None:
    later = AT + timedelta(hours=1)
    for token in two_tokens()[::-1]:
        pk = token.pk
        uses = [TokenUse(pk, "203.0.113.9", 2, AT), TokenUse(pk, "198.51.100.7", 3, later)]
        record_token_uses(uses[::-1])
    ours, other = two_tokens()
    record_token_uses([TokenUse(ours.pk, "203.0.113.9", 1, AT), TokenUse(ours.pk, "", 4, later)])
    ours.refresh_from_db()
    other.refresh_from_db()
    assert (ours.last_used_at, ours.last_used_from) == (later, None)
    assert (other.last_used_at, other.last_used_from) == (None, None)
    assert list(TokenDailyRequests.objects.order_by("pk").values_list("number", flat=True)) == [
        5,
        5,
        5,
    ]


def test_tokens_are_offered_for_revoking_to_their_maker_only() -> None:
    maker, other = make_user(), make_user()
    create_token(client=make_client(owner=maker), maker=maker, name="x", ctx=Context(AT, SYSTEM))
    assert has_live_tokens(maker)
    assert not has_live_tokens(other)


# --- Addresses and passwords ---


def wish(user: User, email: str) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email=email, primary=False)


def test_a_wish_for_an_address_is_its_persons() -> None:
    alice, bob, carol = make_user(), make_user(), make_user()
    hers, his = wish(alice, "a@example.org"), wish(bob, "b@example.org")
    assert [pending_email(one) for one in (alice, bob, carol)] == [hers.email, his.email, ""]
    assert [email_change_of_stop_link(stop_token(one)) for one in (his, hers)] == [his, hers]
    cancel_email_change(user=carol, ctx=Context(AT, SYSTEM))
    assert not AuditEntry.objects.filter(action="user.email_change_dropped").exists()
    cancel_email_change(user=alice, ctx=Context(AT, SYSTEM))
    assert AuditEntry.objects.get(action="user.email_change_dropped").record_kind == "user"
    assert [pending_email(one) for one in (alice, bob)] == ["", his.email]
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert email_change_of_stop_link(stop_token(his)) is None


def test_a_link_for_bills_is_one_clients() -> None:
    first, second = make_client(), make_client()
    Client.objects.update(pending_email="accountant@example.org")
    SuppressedAddress.objects.create(email="accountant@example.org", suppressed_at=AT)
    token = billing_email_token(second, "accountant@example.org")
    assert confirm_billing_email(token=token, ctx=Context(AT, SYSTEM)) == second
    emails = Client.objects.order_by("pk").values_list("email", flat=True)
    assert list(emails) == [first.email, "accountant@example.org"]
    assert (
        SuppressedAddress.objects.get().suppressed_at is None
    )  # who opens its link gets its mails
    assert confirm_billing_email(token=token, ctx=Context(AT, SYSTEM)) is None


def test_a_link_for_a_new_password_is_one_persons() -> None:
    make_user()
    bob = make_user("bob@example.com")
    make_user()
    with commit_and_deliver():
        send_password_reset(email="bob@example.com", ctx=Context(AT, SYSTEM))
    assert AuditEntry.objects.get(action="user.reset_asked").record_kind == "user"
    token = link_to("bob@example.com", "reset-password").rstrip("/").rpartition("/")[2]
    assert user_of_reset(token=token, at=AT) == bob
    assert user_of_reset(token=f"zzzz-{token.partition('-')[2]}", at=AT) is None
