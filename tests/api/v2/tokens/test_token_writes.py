"""What a token wrote is kept for its page: done and refused, with what it committed to, and no dry run."""

from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.actions.api_writes import token_writes
from commerce.accounts.actions.api_writes.spending import commit_spending, set_spending_limit
from commerce.accounts.actions.api_writes.token_writes import (
    WRITES_KEPT_FOR,
    WRITES_SHOWN,
    delete_old_token_writes,
)
from commerce.accounts.models import ApiTokenWrite, Client
from commerce.api.v2.writing import outcomes, serve
from commerce.api.v2.writing.outcomes import total_committed
from commerce.hosting.models import Service
from tests.api.v2.posting import post
from tests.make import AT, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX


@pytest.fixture
def service(alice: Client) -> Service:
    return make_service(alice)


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=["services:read", "services:write"])[1]


def patch(path: str, token: str, body: Any) -> ApiAnswer:
    return call_api(f"/api/v2{path}", token, method="PATCH", body=body)


def kept() -> list[tuple[Any, ...]]:
    rows = ApiTokenWrite.objects.order_by("pk")
    return [*rows.values_list("method", "path", "status", "code", "record_kind", "record_id")]


def test_each_write_is_kept_with_its_answer(service: Service, writer: str, settings: Any) -> None:
    path = f"/services/{service.pk}"
    patch(path, writer, {"name": "Shop"})
    patch(path, writer, {"nmae": "Shop"})
    patch("/services/987654321", writer, {"name": "Shop"})
    post("/api/v2/orders/1/cancel", writer)
    done, record = ("PATCH", f"/api/v2{path}"), ("service", service.pk)
    refused = ("PATCH", "/api/v2/services/987654321")
    order = ("POST", "/api/v2/orders/1/cancel")
    found = [
        (*done, 200, "", *record),
        (*done, 422, "request.body_not_valid", *record),
        (*refused, 404, "request.not_found", "", None),
        (*order, 403, "token.scope_missing", "", None),
    ]
    assert kept() == found
    patch(f"{path}?dry_run=true", writer, {"name": "Other"})
    call_api(f"/api/v2{path}", writer)
    patch(path, "opt_live_x", {"name": "Other"})
    settings.COMMERCE_API_WRITE_RATE = (0, 60)
    assert patch(path, writer, {"name": "Other"}).status == 429
    assert kept() == found


def test_what_broke_is_kept_too(
    service: Service, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve.serve, "row_reply", lambda *_, **__: 1 / 0)
    assert patch(f"/services/{service.pk}", writer, {"name": "Shop"}).status == 500
    assert [one[2:4] for one in kept()] == [(500, "server.error")]


def test_a_write_does_not_fail_because_it_cannot_be_kept(
    service: Service, writer: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outcomes, "record_token_write", lambda **_: 1 / 0)
    assert patch(f"/services/{service.pk}", writer, {"name": "Shop"}).status == 200
    service.refresh_from_db()
    assert service.label == "Shop"
    assert "could not be kept" in caplog.text


def test_what_it_newly_committed_to_is_counted(alice: Client) -> None:
    token, _ = make_token(alice)
    set_spending_limit(token=token, per_purchase=900, per_30_days=900, ctx=CTX)
    of_act = {"token_id": token.pk, "client_id": alice.pk, "currency_code": alice.currency_code}
    made = [commit_spending(act="order.place", due=due, **of_act) for due in (200, 300)]
    assert total_committed(made) == (500, alice.currency_code)
    assert total_committed([]) is None


def test_the_last_are_kept_and_for_some_time(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_writes, "WRITES_SHOWN", 3)
    assert WRITES_SHOWN == 100
    busy, quiet = make_token(alice)[0], make_token(alice)[0]
    for token, hours in [(busy, range(5)), (quiet, (0, 719, 721))]:
        for ago in hours:
            at = AT - timedelta(hours=ago)
            ApiTokenWrite.objects.create(token=token, at=at, method="PATCH", path="/x", status=200)
    assert timedelta(hours=720) == WRITES_KEPT_FOR
    delete_old_token_writes(at=AT)
    left = ApiTokenWrite.objects.order_by("token", "-at").values_list("token", "at")
    assert [(pk, (AT - at) // timedelta(hours=1)) for pk, at in left] == [
        *((busy.pk, ago) for ago in (0, 1, 2)),
        *((quiet.pk, ago) for ago in (0, 719)),
    ]
