"""`/client/api-tokens/{id}`: what a token is, and a new secret for it, shown once (client-api-v2.md 2)."""

import re

import pytest

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.models import ApiToken, Client, User
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.api import call_api
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.people import AT, PASSWORD, make_client, make_user
from tests.make.records import make_token

pytestmark = pytest.mark.django_db
PLAIN = re.compile(r"opt_live_[0-9A-Za-z]+")


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice)


def rotate(web: HttpsTestClient, token: ApiToken, minutes: str = "60") -> str:
    form = {"overlap_minutes": minutes, "password": PASSWORD}
    return web.post(f"/client/api-tokens/{token.pk}/rotate", form).text


def test_it_says_what_the_token_may(alice: User, client: Client) -> None:
    token, _ = make_token(
        client, scopes=["orders:read"], networks=["203.0.113.0/24"], at=clock.now()
    )
    page = make_browser(alice).get(f"/client/api-tokens/{token.pk}").text
    for words in ("orders:read", "203.0.113.0/24", f"/client/api-tokens/{token.pk}/rotate"):
        assert words in page
    assert token.token_hash not in page


def test_the_new_secret_is_in_one_reply_only(alice: User, client: Client) -> None:
    token, old = make_token(client, at=clock.now())
    web = make_browser(alice, confirmed=False)
    path = f"/client/api-tokens/{token.pk}"
    assert web.post(f"{path}/rotate", {"overlap_minutes": "60"}).status_code == 422
    reply = web.post(f"{path}/rotate", {"overlap_minutes": "60", "password": PASSWORD})
    assert (reply.status_code, reply["Cache-Control"]) == (200, "no-store")
    (new,) = PLAIN.findall(reply.text)
    assert [call_api("/me", one).status for one in (old, new)] == [200, 200]
    assert PLAIN.findall(web.get(path).text) == []
    assert f"{path}/rotate" not in web.get(path).text
    again = web.post(f"{path}/rotate", {"overlap_minutes": "60"}, follow=True)
    assert "less than an hour ago" in again.text
    assert call_api("/me", new).status == 200


def test_a_value_that_is_not_valid_changes_nothing(alice: User, client: Client) -> None:
    token, _ = make_token(client, at=clock.now())
    for minutes in ("1441", "-1", "soon"):
        assert PLAIN.findall(rotate(make_browser(alice), token, minutes)) == []
    token.refresh_from_db()
    assert token.rotated_at is None


def test_a_suspended_client_changes_a_secret_that_may_have_leaked(
    alice: User, client: Client
) -> None:
    token, old = make_token(client, at=clock.now())
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="unpaid")
    assert PLAIN.findall(rotate(make_browser(alice), token, "0"))
    assert call_api("/me", old).status == 401
