"""Webhook endpoints by program: made, changed, tested, ended, and what became of deliveries (client-api-v2.md 7)."""

import pytest
from django.conf import LazySettings

from commerce.accounts.models import ApiToken, Client
from commerce.webhook_endpoints.models import WebhookDelivery, WebhookEndpoint
from commerce.webhook_endpoints.rules import MAX_ENDPOINTS
from tests.api.v2.posting import post
from tests.api.v2.test_description import misfits
from tests.make import make_client, make_token
from tests.make.api import call_api
from tests.make.webhook_endpoints import make_delivery, make_endpoint

AT = "/api/v2/webhook-endpoints"
NEW = {"address": "https://shop.example/hooks", "types": ["service.changed", "invoice.paid"]}


SCOPES = ["webhooks:write", "invoices:read"]


@pytest.fixture
def its(alice: Client) -> tuple[ApiToken, str]:
    return make_token(alice, scopes=SCOPES)


@pytest.fixture
def token(its: tuple[ApiToken, str]) -> str:
    return its[1]


def test_its_secret_is_in_one_answer_alone(alice: Client, token: str) -> None:
    made = post(AT, token, NEW)
    assert made.status == 201, made.body
    assert misfits(AT, "POST", made) == []
    row = made.json["data"]
    assert made.headers["location"].endswith(f"{AT}/{row['id']}")
    assert row["secret"].startswith("whsec_")
    assert (row["status"], row["types"]) == ("new", ["service.changed", "invoice.paid"])
    again = post(AT, token, NEW)
    assert again.json["data"] == row | {"secret": "secret_expired"}
    shown = call_api(f"{AT}/{row['id']}", token)
    assert shown.json["data"] == row | {"secret": None}
    assert misfits(f"{AT}/{{id}}", "GET", shown) == []
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.token is not None
    assert endpoint.token.maker == endpoint.maker
    tried = post(f"{AT}?dry_run=true", token, NEW)
    assert (tried.status, tried.json["data"]["secret"]) == (201, None)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"address": "http://shop.example/"}, "webhook_endpoint.address_not_valid"),
        ({"address": "https://shop.example:25/"}, "webhook_endpoint.address_not_valid"),
        ({"types": ["invoice.payed"]}, "webhook_endpoint.type_unknown"),
    ],
)
def test_what_is_wrong_is_at_its_place(token: str, wrong: dict[str, object], code: str) -> None:
    answer = post(AT, token, NEW | wrong)
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == f"/{next(iter(wrong))}"
    assert answer.json["code"] == code


def test_there_are_so_many_for_an_account(alice: Client, token: str) -> None:
    for number in range(MAX_ENDPOINTS):
        make_endpoint(alice, f"https://hooks.example.com/{number}")
    assert post(AT, token, NEW).json["code"] == "webhook_endpoint.too_many"


def test_it_is_changed_paused_resumed_rotated_and_removed(
    alice: Client, its: tuple[ApiToken, str]
) -> None:
    made_by, token = its
    endpoint, secret = make_endpoint(alice, token_id=made_by.pk)
    at = f"{AT}/{endpoint.pk}"
    changed = call_api(at, token, method="PATCH", body={"types": ["zone.changed"]})
    assert changed.json["data"]["types"] == ["zone.changed"]
    assert changed.json["data"]["description"] == ""
    for verb, status in [("pause", "off"), ("resume", "active"), ("test", "active")]:
        answer = post(f"{at}/{verb}", token, Idempotency_Key=verb)
        assert (answer.status, answer.json["data"]["status"]) == (200, status)
    assert post(f"{at}/test", token, Idempotency_Key="u").json["code"] == (
        "webhook_endpoint.test_is_waiting"
    )
    rotated = post(f"{at}/rotate", token)
    assert rotated.json["data"]["secret"] not in (None, secret)
    assert call_api(at, token, method="DELETE").json["data"]["status"] == "ended"
    for method, target in [("PATCH", at), ("DELETE", at), ("POST", f"{at}/test")]:
        headers = {"Idempotency-Key": method}
        answer = call_api(target, token, method=method, body={}, headers=headers)
        assert answer.json["code"] == "webhook_endpoint.ended", (method, answer.body)


def test_deliveries_are_listed_and_sent_again(alice: Client, its: tuple[ApiToken, str]) -> None:
    made_by, token = its
    endpoint, _ = make_endpoint(alice, token_id=made_by.pk)
    delivery = make_delivery(endpoint, next_try_at=None, tries=10, answer="Internal error")
    make_delivery(make_endpoint(alice, "https://other.example/", token_id=made_by.pk)[0])
    at = "/api/v2/webhook-deliveries"
    listed = call_api(f"{at}?webhook_endpoint_id={endpoint.pk}", token)
    assert misfits(at, "GET", listed) == []
    (row,) = listed.json["data"]
    assert (row["status"], row["response_body"]) == ("failed", "Internal error")
    again = post(f"{at}/{delivery.pk}/repeat", token)
    assert (again.status, again.json["data"]["status"]) == (200, "waiting")
    since = {"since": delivery.created_at.isoformat()}
    answer = post(f"{AT}/{endpoint.pk}/repeat", token, since)
    assert answer.json["code"] == "webhook_endpoint.since_not_valid"


def test_others_endpoints_are_nobodys_business(alice: Client, token: str) -> None:
    other = make_endpoint(make_client())[0]
    delivery = make_delivery(other)
    assert call_api(AT, token).json["data"] == []
    for target in (f"{AT}/{other.pk}", f"/api/v2/webhook-deliveries/{delivery.pk}"):
        assert call_api(target, token).status == 404
    assert post(f"{AT}/{other.pk}/rotate", token).status == 404
    assert post(f"/api/v2/webhook-deliveries/{delivery.pk}/repeat", token).status == 404
    reads = make_token(alice, scopes=["invoices:read"])[1]
    assert call_api(AT, reads).json["code"] == "token.scope_missing"
    assert WebhookDelivery.objects.get().tries == 0


def test_what_a_person_or_another_token_made_is_not_a_tokens(alice: Client, token: str) -> None:
    """Whoever has the secret can tell the receiver anything, and an address may hold a secret, too."""
    other = make_token(alice, scopes=SCOPES)[0]
    for endpoint, _ in (make_endpoint(alice), make_endpoint(alice, token_id=other.pk)):
        delivery, at = make_delivery(endpoint), f"{AT}/{endpoint.pk}"
        for target in (at, f"/api/v2/webhook-deliveries/{delivery.pk}"):
            assert call_api(target, token).status == 404
        for method in ("PATCH", "DELETE"):
            assert call_api(at, token, method=method, body={}).status == 404
        for verb in ("rotate", "test", "pause"):
            assert post(f"{at}/{verb}", token, Idempotency_Key=f"{verb} {at}").status == 404
        repeat = f"/api/v2/webhook-deliveries/{delivery.pk}/repeat"
        assert post(repeat, token, Idempotency_Key=repeat).status == 404
        endpoint.refresh_from_db()
        assert (endpoint.status, endpoint.rotated_at) == ("active", None)
    assert call_api(AT, token).json["data"] == []


@pytest.mark.parametrize(
    "host", ["BILLING.example.com", "billing.example.com.:8443", "a.our.example"]
)
def test_our_own_website_is_no_receiver(token: str, settings: LazySettings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["*", "localhost", "billing.example.com", ".our.example"]
    answer = post(AT, token, NEW | {"address": f"https://{host}/x"})
    assert (answer.status, answer.json["code"]) == (422, "webhook_endpoint.address_is_ours")
