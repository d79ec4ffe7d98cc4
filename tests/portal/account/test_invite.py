"""`/invite/{token}`: for the invited person, new or known, and for everybody else (accounts.md 3, portal.md 2)."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.accounts.actions.invitations import (
    accept_invitation,
    decline_invitation,
    invite_member,
    withdraw_invitation,
)
from commerce.accounts.models import Client, Invitation, Membership, User
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.browser import make_browser
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db
RIGHTS = ["services.view", "tokens.manage"]
NORA = {"first_name": "Nora", "last_name": "New", "password": "correct-horse-battery"}


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com", last_name="Smith")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice, company="Acme Hosting Ltd")


@pytest.fixture
def link(client: Client, alice: User) -> str:
    """The path in the mail to new@example.com."""
    with commit_and_deliver():
        invite_member(
            client=client,
            email="new@example.com",
            role="technical",
            rights=RIGHTS,
            ctx=Context(clock.now(), as_member(alice)),
        )
    (found,) = re.findall(r"https://localhost:8443(/invite/\S+)", mail.outbox[-1].body)
    return found


def state() -> list[object]:
    return [
        *User.objects.order_by("pk").values_list("email"),
        *Membership.objects.order_by("pk").values_list("pk"),
        *Invitation.objects.order_by("pk").values_list("status"),
    ]


def test_the_page_tells_who_invites_to_what(link: str) -> None:
    before = state()
    for send in (make_browser().get, make_browser().head):
        reply = send(link)
        assert (reply.status_code, reply["Cache-Control"]) == (200, "no-store")
    page = make_browser().get(link).text
    for part in ("Acme Hosting Ltd", "Alice Smith", "alice@example.com", "Technical", "API tokens"):
        assert part in page
    assert state() == before


def test_a_new_person_gets_a_user_and_is_signed_in(link: str, client: Client) -> None:
    web = make_browser()
    reply = web.post(link, NORA)
    assert (reply.status_code, reply["Location"]) == (303, "/client/dashboard")
    user = User.objects.get(email="new@example.com")
    assert (user.first_name, user.last_name) == ("Nora", "New")
    assert user.email_verified_at is not None
    assert user.last_login_at is not None
    assert user.check_password(NORA["password"])
    member = Membership.objects.get(user=user)
    assert (member.client, member.role, member.rights) == (client, "technical", RIGHTS)
    page = web.get("/client/dashboard")
    assert page.status_code == 200
    assert "You joined Acme Hosting Ltd." in page.text
    assert make_browser().get(link).status_code == 410


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"first_name": ""}, "This field is required."),
        ({"last_name": " \x07 "}, "be displayed"),
        ({"password": ""}, "This field is required."),
        ({"password": "short"}, "too short"),
        ({"password": "password123"}, "too common"),
        ({"password": "new@example"}, "too similar"),
        ({"password": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_errors_keep_the_name_and_drop_the_password(
    link: str, over: dict[str, str], said: str
) -> None:
    before = state()
    reply = make_browser().post(link, NORA | over)
    assert reply.status_code == 422
    assert said in reply.text
    assert "first_name" in over or 'value="Nora"' in reply.text
    (field,) = re.findall(r'<input type="password"[^>]*>', reply.text)
    assert "value=" not in field
    assert state() == before


def test_the_address_cannot_be_chosen(link: str) -> None:
    make_browser().post(link, NORA | {"email": "evil@example.com"})
    assert not User.objects.filter(email="evil@example.com").exists()
    assert User.objects.filter(email="new@example.com").exists()


def test_a_known_person_signs_in_first(link: str) -> None:
    make_user("NEW@example.com")
    page = make_browser().get(link).text
    assert f'href="/client/login?next={link.replace("/", "%2F")}"' in page
    assert 'name="password"' not in page
    before = state()
    assert make_browser().post(link, NORA).status_code == 303
    assert state() == before


def test_a_known_person_accepts_and_acts_for_the_client(link: str, client: Client) -> None:
    user = make_user("NEW@example.com")
    own = make_client(owner=user)
    web = make_browser(user, acting=own)
    assert 'value="accept"' in web.get(link).text
    reply = web.post(link, {"answer": "accept"})
    assert (reply.status_code, reply["Location"]) == (303, "/client/dashboard")
    assert web.session["acting_client_id"] == client.pk
    assert Membership.objects.filter(user=user, client=client).exists()
    assert web.post(link, {"answer": "accept"}).status_code == 410


def test_a_member_already_is_told_so(link: str, client: Client) -> None:
    user = make_user("new@example.com")
    make_member(client, user=user)
    web = make_browser(user)
    assert web.post(link, {"answer": "accept"})["Location"] == "/client/dashboard"
    assert "You&#x27;re already a member of this account." in web.get("/client/dashboard").text
    assert Membership.objects.get(user=user).role == "billing"


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_somebody_else_sees_the_address_masked(link: str, answer: str) -> None:
    charlie = make_user("charlie@example.com")
    make_client(owner=charlie)
    web, before = make_browser(charlie), state()
    for reply in (web.get(link), web.post(link, {"answer": answer} | NORA)):
        assert reply.status_code == 403
        assert "n•••@example.com" in reply.text
        assert "new@example.com" not in reply.text
        assert "Acme" not in reply.text
    assert state() == before


def test_declining_needs_no_sign_in(link: str, client: Client) -> None:
    reply = make_browser().post(link, {"answer": "decline"})
    assert (reply.status_code, reply["Location"]) == (303, "/")
    assert Invitation.objects.get().status == "declined"
    assert Membership.objects.for_client(client).count() == 1


@pytest.mark.parametrize(
    "end", ["accepted", "declined", "withdrawn", "old", "closed", "false", "cut", "long"]
)
def test_a_link_that_leads_nowhere_has_one_text(link: str, client: Client, end: str) -> None:
    known = {"headers": {"x-request-id": "the-same-1"}}
    never_ours = make_browser().get("/invite/never-ours", **known)
    invitation, at = Invitation.objects.get(), clock.now()
    told = {"invitation": invitation, "ctx": Context(at, SYSTEM)}
    if end == "accepted":
        accept_invitation(user=make_user("new@example.com"), **told)
    elif end == "declined":
        decline_invitation(**told)
    elif end == "withdrawn":
        withdraw_invitation(**told)
    elif end == "closed":
        close_client(client=client, ctx=Context(AT, SYSTEM), reason="asked for")
    elif end == "old":
        at += timedelta(days=7)
    path = {"false": f"{link}x", "cut": link[:-1], "long": f"/invite/{'x' * 1000}"}.get(end, link)
    before = state()
    with clock.freeze_time(at):
        for reply in (make_browser().get(path, **known), make_browser().post(path, NORA, **known)):
            assert reply.status_code == 410
            assert reply.content == never_ours.content
    assert state() == before


def test_a_suspended_client_gets_no_new_members(link: str, client: Client) -> None:
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    page = make_browser().get(link)
    assert (page.status_code, 'name="password"' in page.text) == (200, False)
    before = state()
    assert make_browser().post(link, NORA).status_code == 403
    assert (
        make_browser(make_user("new@example.com")).post(link, {"answer": "accept"}).status_code
        == 403
    )
    assert state() == [("alice@example.com",), ("new@example.com",), *before[1:]]
