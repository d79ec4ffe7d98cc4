"""`/client/members`: who may, the list, invitations, changes, removals (accounts.md 3, portal.md 1)."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.members import remove_member
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.accounts.rules import role_preset
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.portal.base import throttles
from tests.make.browser import make_browser
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, PASSWORD, as_member, make_client, make_member, make_user

pytestmark = pytest.mark.django_db
URL = "/client/members"
TECHNICAL = {"role": "technical", "rights": ["services.view", "tokens.manage"]}


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com", last_name="Smith")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice, company="Acme Hosting Ltd")


def offer(
    client: Client,
    email: str = "new@example.com",
    *,
    actor: Actor = SYSTEM,
    at: datetime | None = None,
) -> Invitation:
    return invite_member(
        client=client,
        email=email,
        role="technical",
        rights=["services.view", "tokens.manage"],
        ctx=Context(at or clock.now(), actor),
    )


def state(client: Client) -> list[object]:
    """Members and invitations, to compare."""
    return [
        *Membership.objects.for_client(client).order_by("pk").values_list("pk", "role", "rights"),
        *Invitation.objects.for_client(client).order_by("pk").values_list("pk", "status"),
    ]


def changes(client: Client) -> list[tuple[str, dict[str, object]]]:
    """Every form of the page, for a member and an invitation that exist."""
    member, invitation = make_member(client), offer(client)
    return [
        (URL, {"email": "other@example.com"} | TECHNICAL),
        (f"{URL}/{member.pk}", TECHNICAL),
        (f"{URL}/{member.pk}/remove", {}),
        (f"/client/invitations/{invitation.pk}/withdraw", {}),
    ]


# --- Who may ---


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("technical", 403), ("billing", 403), ("nobody", 302)]
)
def test_who_may(client: Client, role: str, status: int) -> None:
    posts = changes(client)
    user = make_member(client, role=role).user if role != "nobody" else None
    web, before = make_browser(user), state(client)
    for path, data in posts:
        if not path.endswith("withdraw"):
            assert web.get(path).status_code == status
        if status != 200:
            reply = web.post(path, data)
            assert reply.status_code == status
            assert status != 403 or "members.manage" in reply.text
    assert state(client) == before


def test_a_suspended_client_reads_and_lets_nobody_in(alice: User, client: Client) -> None:
    posts, web = changes(client)[:2], make_browser(alice)
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    before = state(client)
    for path, data in posts:
        assert 'name="role"' not in web.get(path).text
        assert web.post(path, data).status_code == 403
    assert state(client) == before


def test_a_suspended_client_could_not_shut_anybody_out(alice: User, client: Client) -> None:
    ends, web = changes(client)[2:], make_browser(alice)
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    page = web.get(URL).text
    for path, data in ends:
        assert path in page
        assert web.post(path, data).status_code == 303
    assert [role for _, role, *_ in Membership.objects.values_list("pk", "role")] == ["owner"]
    assert Invitation.objects.get().status == "withdrawn"


def test_changes_are_confirmed_by_the_password(alice: User, client: Client) -> None:
    posts = changes(client)[:3]
    for path, data in posts:
        web, before = make_browser(alice, confirmed=False), state(client)
        assert 'name="password"' in web.get(path).text
        for wrong in ({}, {"password": "not-my-password"}):
            reply = web.post(path, data | wrong)
            assert reply.status_code == 422
            assert "not-my-password" not in reply.text
        assert state(client) == before
        assert web.post(path, data | {"password": PASSWORD}).status_code == 303
        assert state(client) != before


def test_a_member_of_another_client_of_mine_offers_to_switch(alice: User, client: Client) -> None:
    second = make_client(company="Second Ltd")
    make_member(second, user=alice, role="owner")
    member = make_member(second)
    web = make_browser(alice, acting=client)
    for path in (f"{URL}/{member.pk}", f"{URL}/{member.pk}/remove"):
        assert "Switch to Second Ltd" in web.get(path).text


# --- The list ---


def test_the_list_shows_members_and_open_invitations(alice: User, client: Client) -> None:
    bob = make_member(client, "bob@example.com", rights=["orders.view", "invoices.pay"])
    User.objects.filter(pk=bob.user_id).update(last_login_at=AT)
    make_member(make_client(), "dora@example.com")
    offer(client, "open@example.com", actor=as_member(alice))
    offer(client, "old@example.com", at=clock.now() - timedelta(days=7))
    page = make_browser(alice).get(URL).text
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    by_name = {match[1]: row for row in rows if (match := re.search(r"(\w+)@example", row))}
    assert set(by_name) == {"bob", "alice", "open"}
    assert "Apr 8, 2026" in by_name["bob"]
    for part in ("Billing", "2 permissions", "View orders", "Pay invoices"):
        assert part in by_name["bob"]
    assert "(you)" in by_name["alice"]
    assert "Only owner" in by_name["alice"]
    assert "/remove" not in by_name["alice"]
    assert "Alice Smith" in by_name["open"]
    assert "Technical" in by_name["open"]


def test_full_lists_cost_as_many_queries_as_short_ones(
    alice: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        make_member(client, f"member{n}@example.com")
    for n in range(20):
        offer(client, f"new{n}@example.com", actor=as_member(alice))
    web = make_browser(alice)
    web.get(URL)
    # Session; user; settings; memberships with their clients; invitations; members counted; members; owners.
    with django_assert_num_queries(9):
        page = web.get(URL).text
    assert page.count('<th scope="row">') == 25 + 20
    assert page.count("member") > 25
    assert "up to 20 pending invitations" in page
    assert 'name="email"' not in page
    assert web.get(f"{URL}?page=2").text.count('<th scope="row">') == 6 + 20


# --- Inviting ---


def test_inviting_mails_a_link(alice: User, client: Client) -> None:
    web = make_browser(alice)
    with commit_and_deliver():
        reply = web.post(URL, {"email": " new@example.com "} | TECHNICAL)
    assert (reply.status_code, reply["Location"]) == (303, URL)
    assert "Invitation sent to new@example.com." in web.get(URL).text
    made = Invitation.objects.get()
    assert (made.role, made.invited_by) == ("technical", alice)
    assert offered(made.rights) == TECHNICAL["rights"]
    assert [sent.to for sent in mail.outbox] == [["new@example.com"]]
    assert "https://localhost:8443/invite/" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"email": ""}, "This field is required."),
        ({"email": "nobody"}, "Enter a valid email address."),
        ({"email": "ALICE@example.com"}, "This person is already a member."),
        ({"email": "open@example.com"}, "This email address already has a pending invitation."),
        ({"role": "admin"}, "Select a valid choice."),
        ({"rights": []}, "Select at least one permission."),
        ({"rights": ["members.manage"]}, "Select a valid choice."),
        ({"rights": ["data.export", "orders.view"]}, "Select a valid choice."),
    ],
)
def test_errors_of_an_invitation(
    alice: User, client: Client, over: dict[str, object], said: str
) -> None:
    offer(client, "open@example.com")
    before = state(client)
    reply = make_browser(alice).post(URL, {"email": "new@example.com"} | TECHNICAL | over)
    assert reply.status_code == 422
    assert said in reply.text
    assert "email" in over or 'value="new@example.com"' in reply.text
    assert state(client) == before


def test_an_owner_is_invited_whatever_is_ticked(alice: User, client: Client) -> None:
    make_browser(alice).post(URL, {"email": "new@example.com", "role": "owner"})
    assert Invitation.objects.get().rights == role_preset("owner")


def test_a_role_ticks_its_usual_rights_without_a_script(alice: User, client: Client) -> None:
    web, before = make_browser(alice), state(client)
    assert ticked(web.get(URL).text) == offered(role_preset("billing"))
    for path in (URL, f"{URL}/{make_member(client).pk}"):
        before = state(client)
        reply = web.post(
            path, {"email": "new@example.com", "role": "technical", "rights": [], "preset": "1"}
        )
        assert reply.status_code == 200
        assert ticked(reply.text) == offered(role_preset("technical"))
        assert path != URL or 'value="new@example.com"' in reply.text
        assert state(client) == before


def offered(rights: list[str]) -> list[str]:
    """Without those of parts that this release does not have."""
    return [right for right in rights if not right.startswith(("tickets.", "data."))]


def test_rights_of_parts_to_come_are_not_offered_and_stay_as_they_are(
    alice: User, client: Client
) -> None:
    """A ticket cannot be opened here; once it can, who kept the usual rights has that one, too."""
    member = make_member(client, "bob@example.com", "technical")
    web = make_browser(alice)
    for path in (URL, f"{URL}/{member.pk}"):
        page = web.get(path).text.lower()
        assert "ticket" not in page
        assert "data.export" not in page
    form = {"role": "technical", "rights": ["services.view"]}
    assert web.post(f"{URL}/{member.pk}", form).status_code == 303
    member.refresh_from_db()
    assert member.rights == ["services.view", "tickets.view", "tickets.write"]
    Membership.objects.filter(pk=member.pk).update(rights=["services.view"])
    web.post(f"{URL}/{member.pk}", form | {"rights": ["domains.view"]})
    member.refresh_from_db()
    assert member.rights == ["domains.view"]


def ticked(page: str) -> list[str]:
    return re.findall(r'name="rights" value="([^"]+)"[^>]* checked', page)


def test_invitations_of_a_day_are_limited(alice: User, client: Client) -> None:
    web = make_browser(alice)
    for _ in range(58):
        throttles.count_attempt([throttles.ThrottleLimit(f"invite:{client.pk}", 60, 86400)])
    statuses = []
    for n in range(3):
        reply = web.post(URL, {"email": f"new{n}@example.com"} | TECHNICAL)
        statuses.append(reply.status_code)
        newest = Invitation.objects.for_client(client).latest("pk")
        web.post(f"/client/invitations/{newest.pk}/withdraw")
    assert statuses == [303, 303, 429]


def test_withdrawing(alice: User, client: Client) -> None:
    invitation, web = offer(client), make_browser(alice)
    path = f"/client/invitations/{invitation.pk}/withdraw"
    assert web.get(path).status_code == 405
    for said in ("to new@example.com was withdrawn.", "This invitation is no longer pending."):
        assert web.post(path).status_code == 303
        assert said in web.get(URL).text
    invitation.refresh_from_db()
    assert invitation.status == "withdrawn"


# --- Changing and removing ---


def test_changing_role_and_rights(alice: User, client: Client) -> None:
    bob, web = make_member(client, "bob@example.com"), make_browser(alice)
    path = f"{URL}/{bob.pk}"
    assert ticked(web.get(path).text) == offered(role_preset("billing"))
    reply = web.post(path, TECHNICAL)
    assert (reply.status_code, reply["Location"]) == (303, URL)
    bob.refresh_from_db()
    assert (bob.role, offered(bob.rights)) == tuple(TECHNICAL.values())
    assert web.post(path, {"role": "owner"}).status_code == 303
    bob.refresh_from_db()
    assert (bob.role, bob.rights) == ("owner", role_preset("owner"))


def test_rights_count_from_the_next_request_on(alice: User, client: Client) -> None:
    bob = make_member(client)
    his = make_browser(bob.user)
    assert his.get("/client/api-tokens").status_code == 403
    make_browser(alice).post(f"{URL}/{bob.pk}", TECHNICAL)
    assert his.get("/client/api-tokens").status_code == 200
    assert his.get("/client/invoices").status_code == 403


def test_the_only_owner_is_neither_changed_nor_removed(alice: User, client: Client) -> None:
    own, web = Membership.objects.get(user=alice), make_browser(alice)
    before = state(client)
    for path, data in ((f"{URL}/{own.pk}", TECHNICAL), (f"{URL}/{own.pk}/remove", {})):
        page = web.get(path).text
        assert "at least one owner" in page
        assert 'type="submit">Save' not in page
        assert web.post(path, data).status_code == 303
    assert state(client) == before


def test_an_owner_hands_over_and_leaves(alice: User, client: Client) -> None:
    own, bob, web = Membership.objects.get(user=alice), make_member(client), make_browser(alice)
    web.post(f"{URL}/{bob.pk}", {"role": "owner"})
    assert "Leave this account" in web.get(f"{URL}/{own.pk}/remove").text
    reply = web.post(f"{URL}/{own.pk}/remove")
    assert (reply.status_code, reply["Location"]) == (303, "/client/dashboard")
    assert [one.user for one in Membership.objects.for_client(client)] == [bob.user]


def test_an_owner_who_demotes_himself_is_led_away(alice: User, client: Client) -> None:
    make_member(client, role="owner")
    own, web = Membership.objects.get(user=alice), make_browser(alice)
    assert "This is you." in web.get(f"{URL}/{own.pk}").text
    reply = web.post(f"{URL}/{own.pk}", TECHNICAL)
    assert reply["Location"] == "/client/dashboard"
    assert web.get(URL).status_code == 403


def test_removing_ends_sessions_and_tokens_at_once(alice: User, client: Client) -> None:
    tom = make_member(client, role="technical")
    create_token(client=client, maker=tom.user, name="his", ctx=Context(AT, SYSTEM))
    his, web = make_browser(tom.user), make_browser(alice)
    assert his.get("/client/dashboard").status_code == 200
    for said in ("was removed.", "no longer a member."):
        assert web.post(f"{URL}/{tom.pk}/remove").status_code == 303
        assert said in web.get(URL).text
    assert ApiToken.objects.get().status == "revoked"
    assert his.get("/client/dashboard").status_code == 403
    assert web.get(f"{URL}/{tom.pk}/remove").status_code == 404


def test_what_was_sent_for_a_client_does_not_reach_another_one(alice: User, client: Client) -> None:
    """A member of two clients is removed from the one that his session acts for."""
    own = make_client(owner=alice)
    bob = make_member(own, role="owner", user=make_user("bob@example.com"))
    second = make_client(owner=bob.user)
    his = make_browser(bob.user, acting=own)
    remove_member(membership=bob, ctx=Context(AT, as_member(alice)))
    reply = his.post(URL, {"email": "friend@example.com"} | TECHNICAL)
    assert reply.status_code == 302
    assert reply["Location"].startswith("/client/switch")
    assert not Invitation.objects.for_client(second).exists()
    assert "acting_client_id" not in his.session
