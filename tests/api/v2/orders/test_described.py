"""What POST /orders and POST /quotes answer fits what is described of them, and their examples are taken."""

from typing import Any

import pytest
from django.db.models import F
from django.test import override_settings

from commerce.accounts.models import Client
from commerce.api.v2.writing.orders import PLACE_ORDER
from commerce.api.v2.writing.quotes import ASK_PRICE
from commerce.api.v2.writing.routes import StructWrite
from commerce.billing.credit.actions import add_credit
from commerce.orders.models import PriceQuote
from tests import make
from tests.api.v2.orders.ordering import body_of, items, order, orderer, quote
from tests.api.v2.test_description import API, described, misfits
from tests.make import make_token
from tests.make.api import ApiAnswer
from tests.make.cards import CTX, keep


def fits(status: int, answer: ApiAnswer, path: str = "/api/v2/orders") -> Any:
    assert answer.status == status, answer.body
    assert misfits(path, "POST", answer) == []
    return answer.json.get("data")


@pytest.mark.usefixtures("provider")
@override_settings(COMMERCE_API_WRITE_RATE=(10**6, 60))
def test_orders_fit(alice: Client) -> None:
    token, product = orderer(alice), make.make_product()
    add_credit(client=alice, currency_code="EUR", amount=100, idempotency_key="k", ctx=CTX)
    body = body_of(product, 500, reference="shop-1", metadata={"a": "b"})
    fits(201, order(token, body, key=None, query="?dry_run=true"))
    fits(201, order(token, body, key=None, query="?dry_run=true&fields=id,total,units"))
    fits(201, order(token, body))
    fits(201, order(token, body))
    card = {"payment_method_id": keep(alice).pk}
    fits(202, order(token, body | {"payment": card}, key="k-2"))
    fits(202, order(token, body | {"payment": card}, key=None, query="?dry_run=true"))
    fits(409, order(token, body | {"expected_total": {"amount": 1, "currency_code": "EUR"}}, "k-3"))
    fits(422, order(token, body | {"items": []}, "k-4"))
    fits(422, order(token, body | {"items": [{"product_id": 9}, {"action": "sell"}]}, "k-4"))
    fits(422, order(token, body | {"items": items(product) * 2, "price": 1}, "k-4"))
    fits(403, order(orderer(alice, most=1), body, "k-4"))
    fits(404, order(token, {"quote_id": "k"}, "k-4"))
    fits(400, order(token, body, None))
    made = fits(201, quote(token, {"items": items(product)}), ASK_PRICE.path)
    fits(201, quote(token, {"items": items(product)}, "?dry_run=true"), ASK_PRICE.path)
    fits(422, quote(token, {"items": [{"product_id": 987654321}]}), ASK_PRICE.path)
    PriceQuote.objects.update(expires_at=F("created_at"))
    fits(409, order(token, {"quote_id": made["id"]}, "k-5"))


@pytest.mark.parametrize("route", [PLACE_ORDER, ASK_PRICE], ids=lambda one: one.path)
def test_the_examples_are_bodies_that_are_taken(route: StructWrite) -> None:
    content = described()["paths"][route.path]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert API.wrong(route.example, schema) == []
    assert route.read(dict(route.example)) is not None
    assert API.wrong(route.example | {"price": 1}, schema) != []


def test_included_rows_need_their_scope(alice: Client) -> None:
    body = body_of(make.make_product(), 500)
    refused = order(orderer(alice), body, query="?include=client")
    assert (refused.status, refused.json["code"]) == (403, "token.scope_missing")
    reads = make_token(alice, scopes=["orders:read"], name="reads")[1]
    assert order(reads, body).json["code"] == "token.scope_missing"
