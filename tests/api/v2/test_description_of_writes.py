"""What is answered to writes of version 2 fits what is described of them."""

from typing import Any

import pytest
from django.test import override_settings

from commerce.accounts.models import SCOPES, ApiToken, Client, SpendingLimit
from commerce.api.v2.reading import serve
from commerce.api.v2.writing.posts import ACT_POSTS
from commerce.domains.models import Domain
from tests.api.v2.posting import post, poster
from tests.api.v2.test_description import API, described, misfits
from tests.doubles.gateway import FakeProvider
from tests.make import make_domain, make_invoice, make_service, make_token
from tests.make.api import call_api
from tests.make.cards import keep
from tests.make.plan_changes import make_open_plan_change


def test_changes_fit(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    scopes = ["services:read", "services:write"]
    token, at = make_token(alice, scopes=scopes)[1], "/api/v2/services/{id}"
    path = f"/api/v2/services/{make_service(alice).pk}"
    content = described()["paths"][at]["patch"]["requestBody"]["content"]["application/json"]
    body = content["example"]
    assert API.wrong(body, content["schema"]) == []
    assert API.wrong({"nmae": "x"}, content["schema"]) != []

    def change(status: int, target: str, sent: Any, token: str | None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = call_api(target, token, method="PATCH", body=sent, headers=named)
        assert answer.status == status, answer.body
        assert misfits(at, "PATCH", answer) == []

    for _ in range(2):  # the second is the first one's answer
        change(200, path, body, token, Idempotency_Key="k")
    change(200, f"{path}?dry_run=true&fields=id", {"name": "Tried"}, token)
    change(422, path, {"name": "Other"}, token, Idempotency_Key="k")
    change(422, path, {"nmae": "x", "metadata": 5}, token)
    change(400, path, b"{", token)
    change(400, f"{path}?limit=1", {}, token)
    change(400, path, {}, token, Idempotency_Key="é")
    change(401, path, {}, None)
    change(403, path, {}, make_token(alice, scopes=["services:read"], name="reads")[1])
    change(404, "/api/v2/services/987654321", {}, token)
    change(412, path, {}, token, If_Match='"999-0"')
    change(413, path, b" " * 300_000, token)
    change(415, path, b"", token, Content_Type="text/plain")
    ended = make_service(alice, "terminated")
    change(409, f"/api/v2/services/{ended.pk}", {"name": "x"}, token)
    with override_settings(COMMERCE_API_WRITE_RATE=(0, 60)):
        change(429, path, {}, token)
    monkeypatch.setattr(serve, "row_reply", lambda *_, **__: 1 / 0)
    change(500, path, {}, token)


@override_settings(COMMERCE_API_WRITE_RATE=(10**6, 60))
def test_posts_fit(alice: Client) -> None:
    token = poster(alice)
    for one in [each for each in ACT_POSTS if each.carrier]:
        at = f"{one.resource.path}/{{id}}/{one.verb}"
        domain = make_domain(alice)
        Domain.objects.filter(pk=domain.pk).update(is_locked=one.verb != "lock")
        path = f"{one.resource.path}/{domain.pk}/{one.verb}"
        content = described()["paths"][at]["post"]["requestBody"]["content"]["application/json"]
        body = content["example"]
        assert API.wrong(body, content["schema"]) == []
        for status, answer in [
            (422, post(path, token, {"nmae": 1}, Idempotency_Key="l")),
            (202, post(f"{path}?dry_run=true", token, body)),
            (202, post(path, token, body)),
            (202, post(path, token, body)),
            (409, post(path, token, body, Idempotency_Key="m")),
            (400, post(path, token, body, Idempotency_Key="")),
            (401, post(path, None, body)),
            (404, post(f"{one.resource.path}/987654321/{one.verb}", token, body)),
            (405, call_api(path, token, method="PUT")),
        ]:
            assert (one.verb, answer.status) == (one.verb, status), answer.body
            assert misfits(at, "POST", answer) == []


@override_settings(COMMERCE_API_WRITE_RATE=(10**6, 60))
def test_what_costs_fits(alice: Client, provider: FakeProvider) -> None:
    """Each write of plan changes, renewals and payments, as it is done and refused."""
    token, row = make_token(alice, scopes=[*SCOPES])[1], make_invoice(alice)
    SpendingLimit.objects.create(
        token=ApiToken.objects.get(), currency_code="EUR", per_act=10**6, per_period=10**6
    )
    card, other = keep(alice), keep(alice, "card-2")
    change, domain = make_open_plan_change(alice), make_domain(alice)
    lost = make_domain(alice, "redemption")
    total = {"expected_total": {"amount": 1200, "currency_code": "EUR"}}
    plan = {"product_id": change.service.product_id, "billing_cycle": "monthly"}
    by_card = {"payment": {"payment_method_id": card.pk}}
    for path, record, body, done in [
        ("/invoices/{id}/pay", row, by_card | total, 202),
        ("/payments", None, by_card | {"invoice_ids": [row.pk]} | total, 409),
        ("/services/{id}/plan-changes", change.service, plan | total, 409),
        ("/plan-changes/{id}/pay", change, by_card | total, 409),
        ("/domains/{id}/renewals", domain, total, 201),
        ("/domains/{id}/restore", lost, total, 409),
    ]:
        at = f"/api/v2{path}"
        target = at.format(id=0 if record is None else record.pk)
        content = described()["paths"][at]["post"]["requestBody"]["content"]["application/json"]
        assert API.wrong(content["example"], content["schema"]) == []
        assert API.wrong(body, content["schema"]) == []
        for status, answer in [
            (422, post(target, token, {"nmae": 1}, Idempotency_Key="l")),
            (done, post(target, token, body)),
            (400, post(target, token, body, Idempotency_Key="")),
            (401, post(target, None, body)),
            (405, call_api(target, token, method="PUT")),
        ]:
            assert (path, answer.status) == (path, status), answer.body
            assert misfits(at, "POST", answer) == []
    for path, record_id, method, sent, status in [
        ("/plan-changes/{id}", change.pk, "DELETE", None, 200),
        ("/payment-methods/{id}", other.pk, "PATCH", {"is_default": True}, 200),
        ("/payment-methods/{id}", other.pk, "DELETE", None, 204),
        ("/payment-methods/{id}", other.pk, "DELETE", None, 404),
    ]:
        at = f"/api/v2{path}"
        answer = call_api(at.format(id=record_id), token, method=method, body=sent)
        assert answer.status == status, answer.body
        assert misfits(at, method, answer) == []
