"""What ends over version 2: services with their period, or at once with a scope of its own; orders that nobody paid."""

from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import token_limits
from commerce.accounts.models import ApiToken, Client, SpendingLimit
from commerce.billing.models import CancellationRequest
from commerce.hosting.models import Service
from tests.make import make_client, make_order, make_service, make_token
from tests.make.api import ApiAnswer, call_api

SCOPES = ["services:read", "services:write", "orders:read", "orders:write"]
END = {"kind": "end_of_period", "reason": "Moved."}


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=SCOPES)[1]


def write(method: str, target: str, token: str, body: Any = None, key: str = "k-1") -> ApiAnswer:
    headers = {"Idempotency-Key": key}
    return call_api(f"/api/v2{target}", token, method=method, body=body, headers=headers)


def due_later(client: Client) -> Service:
    service = make_service(client)
    Service.objects.filter(pk=service.pk).update(next_due_date="2999-01-01")
    return service


def test_a_service_ends_with_its_period_and_is_kept_after_all(alice: Client, writer: str) -> None:
    """To keep it commits to its next term."""
    service = due_later(alice)
    path = f"/services/{service.pk}/cancellation"
    done = write("POST", path, writer, END)
    assert (done.status, done.json["data"]["cancel_at"]) == (200, "2999-01-01"), done.body
    again = write("POST", path, writer, END)
    assert (again.body, again.headers["idempotent-replayed"]) == (done.body, "true")
    second = write("POST", path, writer, END, key="k-2")
    assert (second.status, second.json["code"]) == (409, "cancellation.already_open")
    refused = write("DELETE", path, writer)
    assert (refused.status, refused.json["code"]) == (403, "token.spending_limit")
    assert CancellationRequest.objects.get().status == "approved"
    token = ApiToken.objects.get()
    SpendingLimit.objects.create(
        token=token, currency_code="EUR", per_act=service.amount, per_period=10**6
    )
    kept = write("DELETE", path, writer)
    assert (kept.status, kept.json["data"]["cancel_at"]) == (200, None)
    assert write("DELETE", path, writer, key="k-3").status == 404
    assert CancellationRequest.objects.get().status == "withdrawn"
    assert token_limits(token.pk)["EUR"].left == 10**6 - service.amount


@pytest.mark.parametrize("is_over", [False, True])
def test_to_end_at_once_takes_a_scope_of_its_own_whatever_it_is_called(
    alice: Client, writer: str, *, is_over: bool
) -> None:
    service = due_later(alice)
    if is_over:
        Service.objects.filter(pk=service.pk).update(next_due_date="2020-01-01")
    body = END if is_over else {"kind": "immediate"}
    path = f"/services/{service.pk}/cancellation"
    refused = write("POST", path, writer, body)
    assert (refused.status, refused.json["code"]) == (403, "token.scope_missing")
    assert "services:destroy" in refused.json["detail"]
    assert not CancellationRequest.objects.exists()
    able = make_token(alice, scopes=[*SCOPES, "services:destroy"], name="able")[1]
    assert write("POST", path, able, body).status == 200
    assert CancellationRequest.objects.get().status == "pending"  # staff decide


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "/kind"),
        ({"kind": "tomorrow"}, "/kind"),
        ({"kind": "end_of_period", "reason": 5}, "/reason"),
        ({"kind": "end_of_period", "reason": "x" * 2001}, "/reason"),
        ({"kind": "end_of_period", "why": "x"}, "/why"),
    ],
)
def test_a_wrong_body_ends_nothing(alice: Client, writer: str, body: Any, place: str) -> None:
    answer = write("POST", f"/services/{due_later(alice).pk}/cancellation", writer, body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, place)
    assert not CancellationRequest.objects.exists()


def test_others_services_are_as_none(writer: str) -> None:
    foreign = due_later(make_client(owner="charlie@example.com"))
    path = f"/services/{foreign.pk}/cancellation"
    assert write("POST", path, writer, END).status == 404
    assert write("DELETE", path, writer).status == 404
    answer = call_api(f"/api/v2{path}", writer, method="PATCH")
    assert (answer.status, answer.headers["allow"]) == (405, "POST, DELETE")


def test_an_unpaid_order_is_canceled_once(alice: Client, writer: str) -> None:
    order = make_order(alice, "pending")
    path = f"/orders/{order.pk}/cancel"
    assert write("POST", f"{path}?dry_run=true", writer).json["data"]["status"] == "cancelled"
    order.refresh_from_db()
    assert order.status == "pending"
    done = write("POST", path, writer)
    assert (done.status, done.json["data"]["status"]) == (200, "cancelled"), done.body
    assert write("POST", path, writer).body == done.body
    late = write("POST", path, writer, key="k-2")
    assert late.status == 409
