"""`/client/api-tokens`: who may, making once, the list, revoking (accounts.md 7, portal.md 1)."""

import re
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.actions.tokens import create_token, revoke_token
from commerce.accounts.models import SCOPES, ApiToken, Client, Membership, User
from commerce.accounts.rules import role_preset
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.browser import HttpsTestClient, hidden_field, make_browser
from tests.make.people import AT, PASSWORD, make_client, make_member, make_user

pytestmark = pytest.mark.django_db
URL = "/client/api-tokens"
PLAIN = re.compile(r"opt_live_[0-9A-Za-z]+")


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com", last_name="Smith")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice)


def make_token(
    client: Client, name: str = "sync", *, at: datetime | None = None, **over: object
) -> ApiToken:
    owner = Membership.objects.for_client(client).active_owners().get().user
    values = {"maker": owner, "ctx": Context(at or clock.now(), SYSTEM)}
    return create_token(client=client, name=name, **(values | over))[0]


def typed(web: HttpsTestClient, **over: object) -> dict[str, object]:
    """What a person sends who fills in the form."""
    key = hidden_field(web.get(URL).text, "form_key")
    return {"form_key": key, "name": "sync", "scopes": list(SCOPES)} | over


# --- Who may ---


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("technical", 200), ("billing", 403), ("nobody", 302)]
)
def test_who_may(client: Client, role: str, status: int) -> None:
    token = make_token(client)
    web = make_browser(None if role == "nobody" else make_member(client, role=role).user)
    for path in (URL, f"{URL}/{token.pk}/revoke"):
        for reply in (web.get(path), web.post(path)):
            assert reply.status_code in ((status, 422) if status == 200 else (status,))
            if status == 403:
                assert "tokens.manage" in reply.text
            if status == 302:
                assert reply["Location"] == f"/client/login?next={path}"
    assert ApiToken.objects.live().count() == 1


def test_a_right_given_one_by_one_is_enough(client: Client) -> None:
    member = make_member(client, role="billing", rights=["tokens.manage", "orders.view"])
    page = make_browser(member.user).get(URL).text
    assert re.findall(r'name="scopes" value="([^"]+)"', page) == [
        *("orders:read", "webhooks:write"),
    ]
    assert "View services" in page


def test_a_suspended_client_reads_and_makes_nothing(alice: User, client: Client) -> None:
    token, web = make_token(client), make_browser(alice)
    filled = typed(web, name="another")
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    page = web.get(URL)
    assert (page.status_code, 'name="form_key"' in page.text) == (200, False)
    reply = web.post(URL, filled)
    assert reply.status_code == 403
    assert "suspended" in reply.text
    assert ApiToken.objects.get() == token


def test_a_suspended_client_could_not_revoke_a_leaked_token(alice: User, client: Client) -> None:
    token, web = make_token(client), make_browser(alice)
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    path = f"{URL}/{token.pk}/revoke"
    assert path in web.get(URL).text
    assert web.post(path, {"password": PASSWORD}).status_code == 303
    assert ApiToken.objects.get().status == "revoked"


# --- Making ---


def test_the_plain_text_is_in_one_reply_only(alice: User, client: Client) -> None:
    web = make_browser(alice)
    filled = typed(web, networks="203.0.113.0/24\r\n\r\n2001:db8::/32\n", expires_on="2999-12-31")
    reply = web.post(URL, filled)
    assert (reply.status_code, reply["Cache-Control"]) == (200, "no-store")
    (plain,) = PLAIN.findall(reply.text)
    assert 'data-copy="new-token"' in reply.text
    token = ApiToken.objects.get()
    assert token.networks == ["203.0.113.0/24", "2001:db8::/32"]
    assert (token.maker, token.client, str(token.expires_on)) == (alice, client, "2999-12-31")
    again = web.get(URL)
    assert "sync" in again.text
    assert PLAIN.findall(again.text) == []
    assert plain not in repr(dict(web.session.items()))
    assert hidden_field(reply.text, "form_key") != filled["form_key"]


def test_a_form_sent_twice_makes_one_token_and_says_so(alice: User, client: Client) -> None:
    web = make_browser(alice)
    filled = typed(web)
    web.post(URL, filled)
    second = web.post(URL, filled)
    assert (second.status_code, second["Location"]) == (303, URL)
    page = web.get(URL).text
    assert "already created the token sync" in page
    assert PLAIN.findall(page) == []
    assert ApiToken.objects.count() == 1


def test_making_is_confirmed_by_the_password(alice: User, client: Client) -> None:
    web = make_browser(alice, confirmed=False)
    assert 'name="password"' in web.get(URL).text
    for wrong in ({}, {"password": ""}, {"password": "not-my-password"}):
        reply = web.post(URL, typed(web) | wrong)
        assert reply.status_code == 422
        assert 'value="sync"' in reply.text
        assert "not-my-password" not in reply.text
    assert not ApiToken.objects.exists()
    assert web.post(URL, typed(web, password=PASSWORD)).status_code == 200
    assert 'name="password"' not in web.get(URL).text
    with clock.freeze_time(clock.now() + timedelta(minutes=11)):
        assert web.post(URL, typed(web, name="later")).status_code == 422
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "taken"}, "An active token with this name already exists. Choose another name."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["services:fly"]}, "Select a valid choice."),
        ({"expires_on": "2020-01-01"}, "The expiry date can&#x27;t be in the past"),
        ({"expires_on": "tomorrow"}, "Enter a valid date."),
        ({"networks": "203.0.113.7/24"}, "Did you mean 203.0.113.0/24?"),
        ({"networks": "<b>x</b>"}, "&lt;b&gt;x&lt;/b&gt; isn&#x27;t a valid network"),
        ({"form_key": ""}, "This field is required."),
    ],
)
def test_errors_keep_what_was_typed(
    alice: User, client: Client, over: dict[str, object], said: str
) -> None:
    make_token(client, "taken")
    web = make_browser(alice)
    reply = web.post(URL, typed(web, name="my very own name") | over)
    assert reply.status_code == 422
    assert said in reply.text
    assert "name" in over or 'value="my very own name"' in reply.text
    assert PLAIN.findall(reply.text) == []
    assert ApiToken.objects.count() == 1


def test_nobody_gives_a_scope_that_he_cannot_use(client: Client) -> None:
    web = make_browser(make_member(client, role="technical").user)
    reply = web.post(URL, typed(web, scopes=["invoices:read"]))
    assert reply.status_code == 422
    assert not ApiToken.objects.exists()


def test_at_50_live_tokens_the_form_is_not_offered(alice: User, client: Client) -> None:
    web = make_browser(alice)
    filled = typed(web)
    for n in range(50):
        make_token(client, f"token {n}")
    page = web.get(URL).text
    assert 'name="form_key"' not in page
    assert "up to 50 active tokens" in page
    assert web.post(URL, filled).status_code == 422
    assert ApiToken.objects.count() == 50


# --- The list ---


def test_the_list_tells_everything_but_the_token(alice: User, client: Client) -> None:
    tom = make_member(client, "tom@example.com", role="technical").user
    used = make_token(client, "reports", networks=["203.0.113.0/24"], scopes=["orders:read"])
    ApiToken.objects.filter(pk=used.pk).update(
        last_used_at=AT, last_used_from="2001:db8::17", expires_on="2999-12-31"
    )
    record_token_uses([TokenUse(used.pk, "2001:db8::17", 4321, clock.now())])
    ApiToken.objects.filter(pk=used.pk).update(last_used_at=AT)
    late = make_token(client, "late", maker=tom)
    ApiToken.objects.filter(pk=late.pk).update(expires_on=clock.now().date() - timedelta(days=1))
    ended = make_token(client, "ended")
    revoke_token(token=ended, ctx=Context(clock.now(), SYSTEM))
    make_token(make_client(), "somebody else's")
    page = make_browser(alice).get(URL).text
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]
    assert [name in row for name, row in zip(("ended", "late", "reports"), rows, strict=True)] == [
        True,
        True,
        True,
    ]
    assert "Revoked" in rows[0]
    assert "/revoke" not in rows[0]
    assert "Expired" in rows[1]
    assert "/revoke" not in rows[1]
    assert "by Tom Example" in rows[1]
    used_from, expires = "from 2001:db8::17", "Dec 31, 2999"
    for part in ("Active", "orders:read", "203.0.113.0/24", used_from, ">4,321<", expires):
        assert part in rows[2]
    assert "services:read" not in rows[2]
    assert f"{URL}/{used.pk}/revoke" in rows[2]
    assert used.token_hash not in page
    assert "Bearer YOUR_TOKEN" in page
    assert 'href="/api/docs"' in page


def test_ended_tokens_leave_the_list_after_90_days(alice: User, client: Client) -> None:
    token = make_token(client, "long gone", at=AT)
    revoke_token(token=token, ctx=Context(AT, SYSTEM))
    web = make_browser(alice)
    for days, listed in ((89, True), (91, False)):
        with clock.freeze_time(AT + timedelta(days=days)):
            web.force_login(alice)
            assert ("long gone" in web.get(URL).text) is listed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=live", ["second", "first"]),
        ("?status=expired", ["third"]),
        ("?status=revoked", []),
        ("?q=203.0.113", ["first"]),
        ("?q=ORDERS", ["second", "first"]),
        ("?q=smith", ["third", "second", "first"]),
        ("?q=thi&status=live", []),
        ("?page=99", ["third", "second", "first"]),
    ],
)
def test_filter_and_search(alice: User, client: Client, query: str, found: list[str]) -> None:
    make_token(client, "first", networks=["203.0.113.0/24"])
    make_token(client, "second")
    third = make_token(client, "third", scopes=["services:read"])
    ApiToken.objects.filter(pk=third.pk).update(expires_on=clock.now().date() - timedelta(days=1))
    page = make_browser(alice).get(URL + query).text
    assert re.findall(r'<th scope="row"><a [^>]+>(\w+)', page) == found


def test_an_unknown_filter_shows_the_full_list(alice: User, client: Client) -> None:
    make_token(client)
    reply = make_browser(alice).get(f"{URL}?status=lost")
    assert reply.status_code == 422
    assert "Unknown status" in reply.text
    assert ">sync</a>" in reply.text


def test_a_full_page_costs_as_many_queries_as_an_empty_one(
    alice: User, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        make_token(client, f"token {n}")
    web = make_browser(alice)
    web.get(URL)
    # Session; user; settings; memberships with their clients; tokens counted; tokens; live ones counted.
    with django_assert_num_queries(10):
        page = web.get(URL)
    assert page.text.count('<th scope="row">') == 25


# --- Revoking ---


def test_revoking_asks_for_the_password_every_time(alice: User, client: Client) -> None:
    token, web = make_token(client), make_browser(alice)
    path = f"{URL}/{token.pk}/revoke"
    assert 'name="password"' in web.get(path).text
    for wrong in ({}, {"password": "not-my-password"}):
        reply = web.post(path, wrong)
        assert reply.status_code == 422
        assert "not-my-password" not in reply.text
    assert ApiToken.objects.get().status == "live"
    reply = web.post(path, {"password": PASSWORD})
    assert (reply.status_code, reply["Location"]) == (303, URL)
    assert "The token sync has been revoked." in web.get(URL).text
    assert ApiToken.objects.get().status == "revoked"
    assert web.post(path, {"password": PASSWORD}).status_code == 303
    assert "The token sync has already ended." in web.get(URL).text
    assert 'name="password"' not in web.get(path).text


def test_a_token_of_another_client_of_mine_offers_to_switch(alice: User, client: Client) -> None:
    second = make_client(company="Second Ltd")
    make_member(second, user=alice, role="technical", rights=role_preset("technical"))
    token = make_token(second)
    reply = make_browser(alice, acting=client).get(f"{URL}/{token.pk}/revoke")
    assert reply.status_code == 404
    assert "Switch to Second Ltd" in reply.text
