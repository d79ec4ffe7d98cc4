"""Words of a program about positions of orders and about invoices, by PATCH."""

from typing import Any

import pytest

from commerce.accounts.models import Client, RecordMetadata
from tests.api.v2.test_changes import patch
from tests.make import make_invoice, make_order, make_product, make_service, make_token
from tests.make.api import call_api
from tests.make.browser import make_browser

WRITING = ["orders:read", "orders:write", "invoices:read", "invoices:write"]
WRITING += ["services:read", "services:write"]


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=WRITING)[1]


def test_positions_of_an_order_have_words_of_their_own(alice: Client, writer: str) -> None:
    row, product = make_order(alice), make_product()
    second = row.items.create(
        position=2, product=product, product_name="B", billing_cycle="monthly", qty=1, unit_amount=1
    )
    path = f"/orders/{row.pk}"
    before = call_api(f"/api/v2{path}", writer).json["data"]
    words = {"position": 2, "reference": "line-2", "metadata": {"a": "1"}}
    after = patch(path, writer, {"reference": "whole", "items": [words]}).json["data"]
    assert (after["reference"], after["version"]) == ("whole", before["version"] + 2)
    told = [(one["position"], one["reference"], one["metadata"]) for one in after["items"]]
    assert told == [(1, None, {}), (2, "line-2", {"a": "1"})]
    listed = call_api("/api/v2/orders", writer).json["data"][0]["items"]
    assert [one["reference"] for one in listed] == [None, "line-2"]
    assert RecordMetadata.objects.of("orderitem", second.pk).count() == 2
    owner = make_browser(alice.memberships.get().user)
    assert "Your reference: line-2" in owner.get(f"/client/orders/{row.pk}").content.decode()
    kept = patch(path, writer, {"items": [{"position": 2, "reference": None}]}).json["data"]
    assert (kept["reference"], kept["items"][1]["reference"]) == ("whole", None)
    assert kept["items"][1]["metadata"] == {"a": "1"}


@pytest.mark.parametrize(
    ("items", "places"),
    [
        ("x", {"/items": "not_valid"}),
        ([1], {"/items": "not_valid"}),
        ([{}], {"/items/0/position": "missing"}),
        ([{"position": 3}], {"/items/0/position": "not_valid"}),
        ([{"position": True}], {"/items/0/position": "not_valid"}),
        ([{"position": [1]}], {"/items/0/position": "not_valid"}),
        ([{"position": 1}, {"position": 1}], {"/items/1/position": "not_valid"}),
        ([{"position": 1, "qty": 2}], {"/items/0/qty": "unknown"}),
        ([{"position": 1, "reference": ""}], {"/items/0/reference": "metadata.value_not_valid"}),
        ([{"position": 1, "metadata": {"": "x"}}], {"/items/0/metadata/": "not_valid"}),
    ],
)
def test_what_is_wrong_with_positions_is_told_and_nothing_is_done(
    alice: Client, writer: str, items: Any, places: dict[str, str]
) -> None:
    row = make_order(alice)
    answer = patch(f"/orders/{row.pk}", writer, {"reference": "no", "items": items})
    assert answer.status == 422
    assert {one["pointer"]: one["code"] for one in answer.json["errors"]} == places
    assert not RecordMetadata.objects.exists()


def test_only_orders_have_positions(alice: Client, writer: str) -> None:
    service = make_service(alice)
    answer = patch(f"/services/{service.pk}", writer, {"items": []})
    assert [one["code"] for one in answer.json["errors"]] == ["unknown"]


def test_the_portal_shows_the_reference_of_an_invoice(alice: Client, writer: str) -> None:
    invoice = make_invoice(alice)
    assert patch(f"/invoices/{invoice.pk}", writer, {"reference": "book-17"}).status == 200
    owner = make_browser(alice.memberships.get().user)
    assert "book-17" in owner.get(f"/client/invoices/{invoice.pk}").content.decode()
