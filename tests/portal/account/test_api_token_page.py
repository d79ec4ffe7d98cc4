"""`/client/api-tokens/{id}`: what a token is, and a new secret for it, shown once (client-api-v2.md 2)."""

import re

import pytest

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.models import ApiToken, ApiTokenWrite, Client, User
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make import make_domain, make_service, make_token
from tests.make.api import call_api
from tests.make.browser import HttpsTestClient, hidden_field, make_browser
from tests.make.people import AT, PASSWORD, make_client, make_member, make_user

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


def test_a_member_who_may_less_than_the_token_gets_no_secret_of_it(client: Client) -> None:
    tom = make_member(client, "tom@example.com", role="technical").user
    token, _ = make_token(client, scopes=["orders:write"], at=clock.now())
    web, path = make_browser(tom), f"/client/api-tokens/{token.pk}"
    assert f"{path}/rotate" not in web.get(path).text
    refused = web.post(f"{path}/rotate", {"overlap_minutes": "60", "password": PASSWORD})
    assert (refused.status_code, PLAIN.findall(refused.text)) == (403, [])


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


def test_a_token_is_made_for_own_records_alone(alice: User, client: Client) -> None:
    service, ended = make_service(client), make_service(client, "terminated")
    others = make_service(make_client())
    domain = make_domain(client)
    web = make_browser(alice)
    page = web.get("/client/api-tokens").text
    offered = re.findall(r'value="(\w+:\d+)"', page)
    assert offered == [f"service:{service.pk}", f"domain:{domain.pk}"]
    form = {"name": "x", "scopes": ["services:read"], "form_key": hidden_field(page, "form_key")}
    for wrong in (f"service:{others.pk}", f"service:{ended.pk}", "service:x", "invoice:1"):
        reply = web.post("/client/api-tokens", form | {"bound_to": [wrong]})
        assert reply.status_code == 422
    reply = web.post("/client/api-tokens", form | {"bound_to": offered, "scopes": ["orders:read"]})
    assert reply.status_code == 422
    assert "t have these scopes: orders:read" in reply.text
    assert not ApiToken.objects.exists()
    assert web.post("/client/api-tokens", form | {"bound_to": offered}).status_code == 200
    token = ApiToken.objects.get()
    made = [f"{one.kind}:{one.record_id}" for one in token.bindings.all()]
    assert sorted(made) == sorted(offered)
    shown = web.get(f"/client/api-tokens/{token.pk}").text
    assert domain.domain_name in shown
    assert service.label in shown
    assert AuditEntry.objects.get(action="api_token.created").after["bound_to"] == [
        *(f"domain {domain.pk}", f"service {service.pk}"),
    ]


def test_a_member_binds_to_what_they_see(alice: User, client: Client) -> None:
    make_service(client)
    make_domain(client)
    rights = ["tokens.manage", "domains.view"]
    member = make_member(client, role="billing", rights=rights)
    page = make_browser(member.user).get("/client/api-tokens").text
    assert {one.partition(":")[0] for one in re.findall(r'value="(\w+:\d+)"', page)} == {"domain"}


def test_it_shows_what_the_token_wrote(alice: User, client: Client) -> None:
    token, plain = make_token(client, scopes=["services:read", "services:write"])
    service = make_service(client)
    path = f"/api/v2/services/{service.pk}"
    page = make_browser(alice).get(f"/client/api-tokens/{token.pk}").text
    assert "changed anything in the last 30 days" in page
    call_api(path, plain, method="PATCH", body={"name": "Shop"})
    call_api("/api/v2/services/0", plain, method="PATCH", body={})
    ApiTokenWrite.objects.filter(status=200).update(amount=1250, currency_code="EUR")
    page = make_browser(alice).get(f"/client/api-tokens/{token.pk}").text
    for words in (f"PATCH {path}", "200 · Done", "404 · request.not_found", "€12.50"):
        assert words in page
