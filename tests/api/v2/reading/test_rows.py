"""Single rows of version 2: what they say besides version 1, fields, include, versions and tags."""

from typing import Any

import pytest

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.api.read.fields import field_sources
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.billing.models import Invoice
from commerce.catalog.actions.products import rename_product
from commerce.hosting.models import Service
from tests.make import (
    AT,
    make_client,
    make_domain,
    make_invoice,
    make_order,
    make_service,
    make_token,
)
from tests.make.api import call_api
from tests.make.cards import CTX
from tests.make.zones import make_stored_zone

V1 = {"account": "me"}
NEW = {"zones"}
"""Kinds that version 1 does not have."""
PATHS = [one.path.rpartition("/")[2] for one in RESOURCES if one.is_versioned]


def rows(client: Client) -> dict[str, str]:
    """One of each kind: its path in version 2 without the version."""
    return {
        "account": "/account",
        "services": f"/services/{make_service(client).pk}",
        "invoices": f"/invoices/{make_invoice(client, 'paid').pk}",
        "orders": f"/orders/{make_order(client).pk}",
        "domains": f"/domains/{make_domain(client).pk}",
        "zones": f"/zones/{make_stored_zone(client).pk}",
    }


@pytest.mark.parametrize("kind", [one for one in PATHS if one not in NEW])
def test_each_field_of_version_1_keeps_name_and_value(alice: Client, token: str, kind: str) -> None:
    path = rows(alice)[kind]
    old = call_api(path.replace(kind, V1.get(kind, kind)), token).json["data"]
    new = call_api(f"/api/v2{path}", token).json["data"]
    assert keeps(new, old)
    assert new["version"] >= 1
    if kind != "account":
        listed = call_api(f"/{kind}", token).json["data"][0]
        assert keeps(call_api(f"/api/v2/{kind}", token).json["data"][0], listed)


def keeps(new: Any, old: Any) -> bool:
    """Whether all that is said of old is said of new, within objects and lists, too."""
    if isinstance(old, dict):
        return all(name in new and keeps(new[name], value) for name, value in old.items())
    if isinstance(old, list):
        return len(new) == len(old) and all(map(keeps, new, old))
    return bool(new == old)


@pytest.mark.parametrize(
    ("kind", "stored", "shown"),
    [
        ("domains", "fraud", "under_review"),
        ("domains", "redemption", "redemption"),
        ("domains", "pending", "pending"),
        ("orders", "fraud", "under_review"),
        ("services", "terminated", "terminated"),
        ("invoices", "refunded", "refunded"),
    ],
)
def test_statuses_are_the_true_ones(
    alice: Client, token: str, kind: str, stored: str, shown: str
) -> None:
    make: Any = {
        "domains": make_domain,
        "orders": make_order,
        "services": make_service,
        "invoices": make_invoice,
    }[kind]
    row = make(alice, stored)
    assert call_api(f"/api/v2/{kind}/{row.pk}", token).json["data"]["status"] == shown
    assert call_api(f"/api/v2/{kind}?status={shown}", token).ids == [row.pk]


def test_only_the_fields_that_are_named(alice: Client, token: str) -> None:
    invoice = make_invoice(alice, "paid")
    answer = call_api(f"/api/v2/invoices/{invoice.pk}?fields=total,items.amount,id", token)
    assert answer.json["data"] == {
        "id": invoice.pk,
        "total": invoice.total,
        "items": [{"amount": line.amount} for line in invoice.lines.order_by("position")],
    }
    listed = call_api("/api/v2/invoices?fields=id", token)
    assert listed.json["data"] == [{"id": invoice.pk}]
    assert listed.json["meta"]["has_more"] is False


def test_related_rows_are_embedded(alice: Client, token: str) -> None:
    service, invoice = make_service(alice), make_invoice(alice, "paid")
    account = call_api("/api/v2/account", token).json["data"]
    del account["notifications"]  # they are of the member who made the token
    shown = call_api(f"/api/v2/services/{service.pk}?include=client,product", token).json["data"]
    assert shown["client"] == account
    assert shown["product"] == {
        "id": service.product_id,
        "name": service.product.name,
        "slug": service.product.slug,
    }
    detail = call_api(f"/api/v2/invoices/{invoice.pk}", token).json["data"]
    listed = call_api("/api/v2/invoices?include=items,payments", token).json["data"][0]
    assert listed["items"] == detail["items"]
    assert listed["payments"] == detail["payments"]
    one = call_api(f"/api/v2/services/{service.pk}?include=client&fields=id,client.email", token)
    assert one.json["data"] == {"id": service.pk, "client": {"email": alice.email}}


def test_what_is_embedded_needs_its_own_scope(alice: Client) -> None:
    service = make_service(alice)
    token = make_token(alice, scopes=["services:read"])[1]
    assert call_api(f"/api/v2/services/{service.pk}?include=product", token).status == 200
    for target in (
        f"/api/v2/services/{service.pk}?include=client",
        "/api/v2/services?include=client",
    ):
        answer = call_api(target, token)
        assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
        assert "profile:read" in answer.json["detail"]


def test_a_version_and_tag_change_with_stored_fields_alone(alice: Client, token: str) -> None:
    service = make_service(alice)
    path = f"/api/v2/services/{service.pk}"
    first = call_api(path, token)
    version = first.json["data"]["version"]
    assert first.headers["etag"].startswith(f'"{version}-')
    again = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    bump_revision(alice.pk, CTX)
    Service.objects.filter(pk=service.pk).update(notes="For staff.")
    assert call_api(path, token).headers["etag"] == first.headers["etag"]
    Service.objects.filter(pk=service.pk).update(label="Renamed", notes="And more.")
    changed = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status == 200
    assert changed.headers["etag"].startswith(f'"{version + 1}-')
    assert changed.json["data"]["version"] == version + 1
    assert call_api(path, token, headers={"If-None-Match": "*"}).status == 304
    assert call_api(f"{path}?fields=id", token).headers["etag"] != changed.headers["etag"]


def test_a_tag_does_not_outlive_what_is_derived(alice: Client, token: str) -> None:
    service = make_service(alice)
    path = f"/api/v2/services/{service.pk}"
    first = call_api(path, token)
    rename_product(product=service.product, name="Renamed", ctx=CTX)
    second = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    assert second.json["data"]["product_name"] == "Renamed"
    assert second.json["data"]["version"] == first.json["data"]["version"]


def test_a_tag_does_not_outlive_what_the_invoice_of_an_order_decides(
    alice: Client, token: str
) -> None:
    order = make_order(alice)
    path = f"/api/v2/orders/{order.pk}"
    first = call_api(path, token)
    assert first.json["data"]["pending_reason"] == "payment"
    Invoice.objects.filter(pk=order.invoice_id).update(paid_at=AT)
    second = call_api(path, token, headers={"If-None-Match": first.headers["etag"]})
    assert second.json["data"]["pending_reason"] == "review"
    assert second.json["data"]["version"] == first.json["data"]["version"]


@pytest.mark.parametrize("kind", PATHS)
def test_of_others_there_is_nothing(alice: Client, token: str, kind: str) -> None:
    if kind == "account":
        return
    foreign = rows(make_client(owner="charlie@example.com"))[kind]
    answer = call_api(f"/api/v2{foreign}", token)
    unknown = call_api(f"/api/v2/{kind}/999999", token)
    assert answer.status == unknown.status == 404
    assert answer.json | {"instance": ""} == unknown.json | {"instance": ""}
    assert call_api(f"/api/v2/{kind}?ids={foreign.rpartition('/')[2]}", token).ids == []
    headers = {"If-None-Match": "*"}
    assert call_api(f"/api/v2{foreign}", token, headers=headers).status == 404


def test_each_field_says_where_it_comes_from() -> None:
    for resource in RESOURCES:
        for include in ((), tuple(resource.includes)):
            assert field_sources(resource.struct(is_list=False, include=include))
            assert field_sources(resource.struct(is_list=True, include=include))
