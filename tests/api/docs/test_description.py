"""The description: exact, complete, the same as its copy, and true of what is served (client-api.md 9)."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from commerce.api.docs.description import describe_api, describe_operation
from commerce.api.docs.public import neutral_description_text
from commerce.api.read import serve
from commerce.api.read.resource import RouteDeprecation
from commerce.api.v1.resources import RESOURCES
from commerce.api.v1.services import SERVICES
from tests.api.described import DescribedApi, everything, refusals
from tests.house.source import ROOT
from tests.make import (
    AT,
    make_client,
    make_domain,
    make_invoice,
    make_order,
    make_server,
    make_service,
    make_token,
)
from tests.make.api import call_api

COPY = ROOT / "docs" / "openapi.json"
TARGET = "/api/v1/openapi.json"


API = DescribedApi(describe_api)
described, resolved, wrong, misfits = API.whole, API.resolved, API.wrong, API.misfits
operations = API.operations


def test_the_copy_is_what_is_served() -> None:
    """Else run: commerce manage openapi docs/openapi.json"""
    assert COPY.read_text("utf-8") == neutral_description_text("v1")
    served, kept = call_api(TARGET).json, json.loads(neutral_description_text("v1"))
    for name in ("servers", "externalDocs", "info"):
        del served[name], kept[name]
    assert served == kept


def test_it_is_openapi() -> None:
    assert described()["openapi"].startswith("3.1.")
    validator = jsonschema_rs.Draft202012Validator(OPENAPI_31)
    assert [error.message for error in validator.iter_errors(described())] == []
    for schema in described()["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    used = {part["$ref"] for part in everything(described()) if "$ref" in part}
    kinds = described()["components"].items()
    made = {f"#/components/{kind}/{name}" for kind, each in kinds for name in each}
    assert used == made - {"#/components/securitySchemes/token"}


def test_a_server_is_named_for_generators_of_clients_in_the_copy_too() -> None:
    assert [one["url"] for one in call_api(TARGET).json["servers"]] == ["https://localhost:8443"]
    (kept,) = json.loads(neutral_description_text("v1"))["servers"]
    defaults = {name: one["default"] for name, one in kept["variables"].items()}
    assert kept["url"].format(**defaults) == "https://billing.example.com"


def test_every_route_is_described_once() -> None:
    routes = {one.path for one in RESOURCES} | {f"{one.path}/{{id}}" for one in RESOURCES[1:]}
    assert described()["paths"].keys() == routes | {TARGET}
    ids = [operation["operationId"] for _, _, operation in operations()]
    assert len(ids) == len(set(ids)) == 20
    assert "listServices" in ids
    assert "getInvoice" in ids


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.path)
def test_each_operation_names_its_scope_and_filter(resource: Any) -> None:
    paths = described()["paths"]
    for path in (resource.path, f"{resource.path}/{{id}}"):
        for method in ("get", "head"):
            if path in paths:
                assert paths[path][method]["security"] == [{"token": [resource.scope]}]
    if resource.statuses:
        parameters = [resolved(one) for one in paths[resource.path]["parameters"]]
        (status,) = (one for one in parameters if one["name"] == "status")
        assert status["schema"]["enum"] == list(resource.statuses)
    assert described()["paths"][TARGET]["get"]["security"] == []


def test_every_status_that_can_occur_is_described() -> None:
    always = {"200", "304", "401", "403", "405", "429", "500", "503"}
    for path, method, one in operations():
        wanted = always - ({"401", "429", "503"} if path == TARGET else set())
        wanted |= {"404"} if path.endswith("{id}") else set()
        wanted |= {"400", "422"} if path.rpartition("/")[2] in LISTS else set()
        assert (path, set(one["responses"])) == (path, wanted)
        for status, response in one["responses"].items():
            has_body = method == "get" and status != "304"
            assert ("content" in resolved(response)) == has_body, (path, method, status)


def test_every_key_is_always_there_and_explained() -> None:
    for name, schema in described()["components"]["schemas"].items():
        assert schema["required"] == list(schema["properties"]), name
        if name.endswith(("Reply", "List")):
            continue
        for key, part in schema["properties"].items():
            assert part["description"], f"{name}.{key}"
            if "integer" in part["type"]:
                assert part["format"] == "int64"


def test_choices_and_numbers_are_as_in_the_contract() -> None:
    schemas = described()["components"]["schemas"]
    assert schemas["Me"]["properties"]["status"]["enum"] == ["active", "suspended", "closed"]
    assert schemas["Line"]["properties"]["quantity"]["type"] == "number"
    assert schemas["Service"]["properties"]["domain"]["type"] == ["string", "null"]
    assert schemas["Error"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["Service"]


def test_every_example_fits_its_schema() -> None:
    count = 0
    for part in everything(described()):
        if not isinstance(part, dict) or "schema" not in part:
            continue
        shown = [one["value"] for one in part.get("examples", {}).values()]
        for example in [*shown, *([part["example"]] if "example" in part else [])]:
            count += 1
            assert wrong(example, resolved(part["schema"])) == []
    for schema in described()["components"]["schemas"].values():
        for example in schema.get("examples", []):
            count += 1
            assert wrong(example, schema) == []
            assert list(example) == list(schema["properties"])
        for part in schema["properties"].values():
            for example in part.get("examples", []):
                count += 1
                assert wrong(example, part) == []
    assert count > 100


def test_a_schema_refuses_what_is_never_sent() -> None:
    """So that a client which checks replies by it notices a defect of ours."""
    good = described()["components"]["schemas"]["InvoiceDetail"]["examples"][0]
    schema = {"$ref": "#/components/schemas/InvoiceDetail"}
    assert wrong(good, schema) == []
    for name, bad in [
        ("id", 0),
        ("status", "draft"),
        ("total", "12.00"),
        ("total", 12.5),
        ("currency_code", None),
        ("due_date", "2026-04-08T00:00:00Z"),
        ("created_at", "2026-04-08T14:33:10.5Z"),
        ("created_at", "2026-04-08T14:33:10+02:00"),
        ("items", [{**good["items"][0], "tax_rate": "20"}]),
        ("items", [{**good["items"][0], "quantity": "1.5"}]),
    ]:
        assert wrong({**good, name: bad}, schema) != [], (name, bad)


# --- What is served fits what is described -------------------------------------------------------------------------

LISTS = ("services", "invoices", "orders", "domains")


@pytest.mark.django_db
def test_every_resource_in_every_state_fits() -> None:
    client = make_client(owner="alice@example.com")
    server = make_server()
    for status in ("pending", "active", "suspended", "cancelled", "terminated"):
        make_service(client, status, server=server if status == "active" else None)
    for status in ("unpaid", "paid", "overdue", "cancelled", "refunded"):
        make_invoice(client, status)
    for status in ("pending_transfer", "active", "expired", "redemption", "transferred_away"):
        make_domain(client, status)
    for status in ("cancelled", "fraud"):
        make_domain(client, status)
    for status in ("pending", "active", "fraud", "cancelled"):
        make_order(client, status)
    token = make_token(client)[1]

    assert misfits("/api/v1/me", "GET", call_api("/me", token)) == []
    for resource in RESOURCES[1:]:
        listed = call_api(resource.path, token)
        assert misfits(resource.path, "GET", listed) == []
        rows = listed.json["data"]
        assert {row["status"] for row in rows} == set(resource.statuses)
        keys = properties(resource.path)
        assert [list(row) for row in rows] == [keys] * len(rows)
        for row_id in listed.ids:
            one = call_api(f"{resource.path}/{row_id}", token)
            assert misfits(f"{resource.path}/{{id}}", "GET", one) == []
            assert list(one.json["data"]) == properties(f"{resource.path}/{{id}}")


def properties(path: str) -> list[str]:
    """The keys of a row, in the order of the description."""
    schema = described()["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    data = resolved(schema["schema"])["properties"]["data"]
    return list(resolved(data.get("items", data))["properties"])


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("target", "path", "status"),
    [
        ("/services", "/services", 200),
        ("/services?page=9", "/services", 200),
        ("/services?page=x", "/services", 400),
        ("/services?status=a&status=b", "/services", 400),
        ("/services?status=gone&page=0&per_page=0", "/services", 422),
        ("/services/1", "/services/{id}", 404),
        ("/services/007", "/services/{id}", 404),
        ("/me", "/me", 200),
    ],
)
def test_answers_to_a_token_fit(target: str, path: str, status: int, method: str) -> None:
    answer = call_api(target, make_token()[1], method=method)
    assert answer.status == status
    assert misfits(f"/api/v1{path}", method, answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/me", "/services", "/domains/{id}"])
def test_refusals_fit(path: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, at = path.replace("{id}", "1"), f"/api/v1{path}"
    for status, answer in refusals(target, method, serve, monkeypatch):
        assert answer.status == status
        assert misfits(at, "GET" if status == 405 else method, answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_304_fits(method: str) -> None:
    service = make_service(make_client(owner="alice@example.com"))
    token = make_token(service.client)[1]
    for target, path in (("/services", "/services"), (f"/services/{service.pk}", "/services/{id}")):
        etag = call_api(target, token).headers["etag"]
        answer = call_api(target, token, method=method, headers={"If-None-Match": etag})
        assert answer.status == 304
        assert misfits(f"/api/v1{path}", method, answer) == []


def test_the_description_itself_fits() -> None:
    for method in ("GET", "HEAD"):
        for answer in (
            call_api(TARGET, method=method),
            call_api(TARGET, method=method, headers={"If-None-Match": "*"}),
            call_api(TARGET, method=method, secure=False),
        ):
            assert misfits(TARGET, method, answer) == []
    assert misfits(TARGET, "GET", call_api(TARGET, method="POST")) == []


# --- How public replies are served ----------------------------------------------------------------------------

PUBLIC = [
    *(TARGET, "/api/docs", "/api/v2/openapi.json", "/api/docs/v2"),
    *("/api/docs/errors", "/api/docs/errors/request.not_valid"),
]
each = pytest.mark.parametrize("target", PUBLIC)


@each
def test_they_are_public_and_kept(target: str) -> None:
    answer = call_api(target, token="not one")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "public, no-cache"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert not {"ratelimit", "www-authenticate", "set-cookie"} & answer.headers.keys()
    assert (
        call_api(target, headers={"X-Request-Id": "mine-12345"}).headers["x-request-id"]
        == "mine-12345"
    )


@each
def test_each_coding_has_its_tag(target: str) -> None:
    plain, small = call_api(target), call_api(target, headers={"Accept-Encoding": "gzip, br"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 3
    assert plain.headers["etag"] != small.headers["etag"]
    for sent, headers, status in [
        (plain.headers["etag"], {}, 304),
        (f'"x", W/{plain.headers["etag"]}', {}, 304),
        ("*", {}, 304),
        (small.headers["etag"], {}, 200),
        (small.headers["etag"], {"Accept-Encoding": "gzip"}, 304),
    ]:
        answer = call_api(target, headers={"If-None-Match": sent, **headers})
        assert answer.status == status
        if status == 304:
            assert answer.body == b""
            assert answer.headers.keys() >= {"etag", "cache-control", "vary"}


@each
def test_head_has_the_headers_of_get(target: str) -> None:
    got, head = call_api(target), call_api(target, method="HEAD")
    assert head.body == b""
    same = got.headers.keys() - {"x-request-id"}
    assert {name: got.headers[name] for name in same} == {n: head.headers[n] for n in same}


@each
@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_other_methods_are_refused(target: str, method: str) -> None:
    answer = call_api(target, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_route_that_is_to_end_says_so() -> None:
    at = datetime(2026, 4, 8, tzinfo=UTC)
    end = RouteDeprecation(at, AT, "https://billing.example.com/v2")
    ending = replace(SERVICES, deprecation=end)
    for shape in ({"is_list": True, "has_id": False}, {"is_list": False, "has_id": True}):
        one = describe_operation(ending, head=False, **shape)
        assert one["deprecated"] is True
        assert {"Deprecation", "Link", "Sunset"} <= one["responses"]["200"]["headers"].keys()
