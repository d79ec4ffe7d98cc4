"""`/client/webhooks`: a new endpoint with its secret, the log, and what is done with one (client-api-v2.md 7)."""

import re
from datetime import timedelta

import pytest

from commerce.accounts.models import Client, User
from commerce.kit import clock
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from tests.make.browser import HttpsTestClient, hidden_field, make_browser
from tests.make.people import make_client, make_member, make_user
from tests.make.webhook_endpoints import make_delivery, make_endpoint

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"whsec_[0-9A-Za-z+/=]{40,}")
LIST = "/client/webhooks"


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com")


@pytest.fixture
def client(alice: User) -> Client:
    return make_client(owner=alice)


@pytest.fixture
def web(alice: User, client: Client) -> HttpsTestClient:
    return make_browser(alice)


def test_the_secret_is_in_one_reply_only(web: HttpsTestClient) -> None:
    key = hidden_field(web.get(f"{LIST}/add").text, "form_key")
    form = {"form_key": key, "address": "https://shop.example/hooks", "types": ["invoice.paid"]}
    made = web.post(f"{LIST}/add", form)
    assert (made.status_code, made["Cache-Control"]) == (200, "no-store")
    assert len(SECRET.findall(made.text)) >= 1
    endpoint = WebhookEndpoint.objects.get()
    page = web.get(f"{LIST}/{endpoint.pk}").text
    assert SECRET.findall(page) == []
    assert "webhook.test" in page
    assert "Waiting for a test" in page
    again = web.post(f"{LIST}/add", form, follow=True)
    assert "shop.example" in again.text
    assert WebhookEndpoint.objects.count() == 1


def test_a_wrong_address_is_told_in_the_form(web: HttpsTestClient) -> None:
    answer = web.post(f"{LIST}/add", {"form_key": "x", "address": "http://shop.example"})
    assert answer.status_code == 422
    assert "begins with https://" in answer.text


def test_buttons_do_what_they_say(web: HttpsTestClient, client: Client) -> None:
    endpoint, _ = make_endpoint(client)
    at = f"{LIST}/{endpoint.pk}"
    for verb, status in [("pause", "off"), ("resume", "active")]:
        assert f"{at}/{verb}" in web.get(at).text
        web.post(f"{at}/{verb}")
        endpoint.refresh_from_db()
        assert endpoint.status == status
    web.post(f"{at}/test")
    assert f"{at}/test" not in web.get(at).text
    web.post(f"{at}/edit", {"description": "Warehouse", "types": ["zone.changed"]})
    endpoint.refresh_from_db()
    assert (endpoint.description, endpoint.types) == ("Warehouse", ["zone.changed"])
    rotated = web.post(f"{at}/rotate")
    assert len(SECRET.findall(rotated.text)) >= 1
    assert web.post(f"{at}/remove")["Location"] == LIST
    assert "Removed" in web.get(at).text
    assert at not in web.get(LIST).text


def test_a_secret_is_for_who_sees_all_that_is_sent(client: Client) -> None:
    """Whoever has it can tell the receiver whatever they like."""
    endpoint, _ = make_endpoint(client)
    helper = make_member(client, rights=["tokens.manage"])
    web, at = make_browser(helper.user), f"{LIST}/{endpoint.pk}"
    page = web.get(at).text
    assert (f"{at}/pause" in page, f"{at}/rotate" in page) == (True, False)
    assert [web.get(f"{at}/rotate").status_code, web.post(f"{at}/rotate").status_code] == [403, 403]
    own, _ = make_endpoint(client, maker=helper.user)
    assert SECRET.search(web.post(f"{LIST}/{own.pk}/rotate").text)


def test_deliveries_are_shown_and_sent_again(web: HttpsTestClient, client: Client) -> None:
    endpoint, _ = make_endpoint(client)
    at, now = f"{LIST}/{endpoint.pk}", clock.now()
    failed = {"next_try_at": None, "tries": 10, "tried_at": now, "milliseconds": 31}
    delivery = make_delivery(
        endpoint, created_at=now, response_status=500, answer="<b>Oops</b>", **failed
    )
    make_delivery(endpoint, created_at=now - timedelta(days=2), **failed)
    page = web.get(at).text
    for words in ("invoice.paid", delivery.event_id, "Failed", "500", "&lt;b&gt;Oops"):
        assert words in page
    web.post(f"/client/webhook-deliveries/{delivery.pk}/repeat")
    assert WebhookDelivery.objects.waiting().get() == delivery
    web.post(f"{at}/repeat", {"hours": "168"})
    assert WebhookDelivery.objects.waiting().count() == 2
