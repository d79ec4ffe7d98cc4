"""The life of an API token and of what it reads: made in the portal, used, narrowed by others, and revoked there."""

import re
from datetime import timedelta

import pytest

from commerce.accounts.actions.clients import close_client, reopen_client, suspend_client
from commerce.accounts.models import SCOPES, ApiToken, Client, User
from commerce.api.core import token_usage
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.actions.states import activate_service
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import activate_order
from tests.make import (
    PASSWORD,
    make_client,
    make_item,
    make_member,
    make_order,
    make_payment,
    make_product,
    make_user,
)
from tests.make.api import call_api
from tests.make.browser import HttpsTestClient, hidden_field, make_browser

pytestmark = pytest.mark.django_db
PAGE = "/client/api-tokens"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com", last_name="Smith")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice, company="Acme Hosting Ltd")


def make_in_portal(web: HttpsTestClient, name: str, **more: object) -> str:
    """Fill in the form, and copy the token that the reply shows."""
    form = {"form_key": hidden_field(web.get(PAGE).text, "form_key"), "name": name}
    reply = web.post(PAGE, form | {"scopes": list(SCOPES)} | more)
    assert reply.status_code == 200
    (plain,) = re.findall(r"opt_live_[0-9A-Za-z]{46}", reply.text)
    return str(plain)


def test_a_token_from_its_making_to_its_end(alice: User, client: Client) -> None:
    web = make_browser(alice)
    token = make_in_portal(
        web, "accounting", scopes=["invoices:read", "profile:read"], networks="203.0.113.0/24"
    )

    # It reads what it was made for, from where it was made for.
    assert call_api("/me", token).json["data"]["company"] == "Acme Hosting Ltd"
    assert call_api("/invoices", token).json["meta"]["total"] == 0
    assert call_api("/services", token).json == {
        "message": "This token lacks the scope services:read."
    }
    assert call_api("/me", token, address="198.51.100.1").status == 403

    # The portal tells when and from where.
    token_usage.write_pending_uses()
    assert "203.0.113.9" in web.get(PAGE).text

    # Revoked there, after the password, it is refused by the very next request.
    made = ApiToken.objects.get()
    assert web.post(f"{PAGE}/{made.pk}/revoke", {"password": "wrong"}).status_code == 422
    assert call_api("/me", token).status == 200
    assert web.post(f"{PAGE}/{made.pk}/revoke", {"password": PASSWORD}).status_code == 303
    answer = call_api("/me", token)
    assert (answer.status, answer.json) == (401, {"message": "Unauthenticated."})

    # Its name is free again; another token of it is another token.
    again = make_in_portal(web, "accounting")
    assert again != token
    assert call_api("/services", again).status == 200
    assert call_api("/me", token).status == 401


def test_an_order_becomes_a_service_before_the_callers_eyes(alice: User, client: Client) -> None:
    token = make_in_portal(make_browser(alice), "sync")
    empty = {path: call_api(path, token).headers["etag"] for path in ("/orders", "/services")}
    for path, etag in empty.items():
        assert call_api(path, token, headers={"If-None-Match": etag}).status == 304

    at = clock.now()
    product = make_product(name="Business")
    order = make_order(client, items=[make_item(product=product, domain="acme.example")], at=at)
    for path, etag in empty.items():
        assert call_api(path, token, headers={"If-None-Match": etag}).status == 200
    (shown,) = call_api("/orders?status=pending", token).json["data"]
    invoice_id = call_api(f"/orders/{order.pk}", token).json["data"]["invoice_id"]
    invoice = call_api(f"/invoices/{invoice_id}", token).json["data"]
    assert (invoice["status"], invoice["amount_due"], shown["total"]) == ("unpaid", 600, 600)
    (service,) = call_api("/services?status=pending", token).json["data"]
    assert (service["domain"], service["product_name"]) == ("acme.example", "Business")

    # Paid, activated, set up: a caller who asks for what changed since then gets just that.
    later = at + timedelta(minutes=5)
    assert order.invoice is not None
    make_payment(order.invoice, at=later)
    activate_order(order=order, ctx=Context(later, SYSTEM))
    activate_service(service=Service.objects.get(), ctx=Context(later, SYSTEM), username="acme")
    since = (later - timedelta(seconds=60)).isoformat().replace("+", "%2B")
    for path, status in (("/orders", "active"), ("/invoices", "paid"), ("/services", "active")):
        (row,) = call_api(f"{path}?updated_since={since}", token).json["data"]
        assert row["status"] == status
    assert call_api(f"/services/{service['id']}", token).json["data"]["username"] == "acme"
    rename_service(service=Service.objects.get(), label="Shop", ctx=Context(later, SYSTEM))
    assert call_api("/services", token).json["data"][0]["name"] == "Shop"


def test_a_members_token_is_as_good_as_his_membership(alice: User, client: Client) -> None:
    """T5: a right that is taken away, and a membership that ends, work at once."""
    bob = make_member(client, "bob@example.com", "technical")
    token = make_in_portal(
        make_browser(bob.user), "backup", scopes=["services:read", "domains:read"]
    )
    assert call_api("/services", token).status == call_api("/domains", token).status == 200

    web, member = make_browser(alice), f"/client/members/{bob.pk}"
    rights = {"role": "technical", "rights": ["domains.view", "tokens.manage"]}
    assert web.post(member, rights).status_code == 303
    assert call_api("/domains", token).status == 200
    answer = call_api("/services", token)
    assert answer.status == 403
    assert 'scope="services:read"' in answer.headers["www-authenticate"]

    assert web.post(f"{member}/remove").status_code == 303
    assert call_api("/domains", token).status == 401


def test_a_token_outlives_a_suspension_and_rests_while_the_account_is_closed(
    alice: User, client: Client
) -> None:
    token = make_in_portal(make_browser(alice), "sync", expires_on="2999-12-31")
    say = {"client": client, "ctx": Context(clock.now(), SYSTEM), "reason": "as asked"}
    suspend_client(**say)
    assert call_api("/me", token).json["data"]["status"] == "suspended"
    close_client(**say)
    assert call_api("/me", token).json == {"message": "This account is closed."}
    reopen_client(**say)
    assert call_api("/me", token).json["data"]["status"] == "active"
