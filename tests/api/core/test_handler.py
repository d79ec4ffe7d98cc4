"""The way in: transport, routes, methods, what every reply carries (client-api.md 1, 2, 7)."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commerce.api.read import serve
from commerce.api.read.resource import RouteDeprecation
from commerce.api.v1.services import SERVICES
from commerce.config import wsgi
from tests.make import make_client, make_service, make_token
from tests.make.api import call_api

LISTS = ("/services", "/invoices", "/orders", "/domains")
ROUTES = ("/me", *LISTS, *(f"{path}/1" for path in LISTS))
PUBLIC = ("/api/v1/openapi.json", "/api/docs")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("target", [*ROUTES, *PUBLIC, "/unknown"])
def test_plain_http_is_refused_before_anything_else(target: str) -> None:
    _, plain = make_token()
    answer = call_api(target, plain, secure=False, method="POST")
    assert (answer.status, answer.json) == (403, {"message": "HTTPS is required."})
    assert "location" not in answer.headers
    assert "strict-transport-security" not in answer.headers
    assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v3/services",
        "/services/",
        "/services/1/",
        "/services/abc",
        "/services/-1",
        "/services/1.0",
        "/services/1e3",
        "/services/\u00b9",
        "/services/1\n",
        "/Services",
        "/me/1",
        "/services/1/2",
        "//services",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("sends", ["token", "nothing"])
def test_what_is_no_route_is_not_found(target: str, method: str, sends: str) -> None:
    token = make_token()[1] if sends == "token" else None
    answer = call_api(target, token, method=method)
    assert (answer.status, answer.json) == (404, {"message": "Not found."})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("target", [*ROUTES, *PUBLIC])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get"])
def test_other_methods_are_not_allowed_with_or_without_a_token(target: str, method: str) -> None:
    answer = call_api(target, method=method)
    assert (answer.status, answer.json) == (405, {"message": "Method not allowed."})
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("target", ["/me", "/services", "/invoices", "/orders", "/domains"])
def test_head_is_get_without_its_body(target: str) -> None:
    _, plain = make_token()
    got, head = call_api(target, plain), call_api(target, plain, method="HEAD")
    same = {"etag", "content-type", "content-length", "cache-control", "vary", "link"}
    assert head.status == got.status == 200
    assert head.body == b""
    assert head.headers.keys() == got.headers.keys()
    for name in same & got.headers.keys():
        assert head.headers[name] == got.headers[name], name
    assert int(head.headers["content-length"]) == len(got.body)


def test_every_reply_says_what_it_is() -> None:
    _, plain = make_token()
    for answer in (
        call_api("/me", plain),
        call_api("/me"),
        call_api("/nothing"),
        call_api("/me", method="POST"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert len(answer.headers["x-request-id"]) == 32
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("offered", ["abcd1234", "A.b-c_9" * 9, "x" * 64])
def test_a_callers_own_request_id_is_kept(offered: str) -> None:
    answer = call_api("/nothing", headers={"X-Request-Id": offered})
    assert answer.headers["x-request-id"] == offered


@pytest.mark.parametrize(
    "offered", ["x" * 65, "short", "has blank", "new\nline12", "\u00fcmlaut-12", ""]
)
def test_one_of_another_form_is_replaced(offered: str) -> None:
    answer = call_api("/nothing", headers={"X-Request-Id": offered})
    assert len(answer.headers["x-request-id"]) == 32


def test_a_crash_is_a_plain_500_whose_traceback_is_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk melted")

    monkeypatch.setattr(serve, "serve_resource", fail)
    answer = call_api("/me", headers={"X-Request-Id": "crash-0001"})
    assert (answer.status, answer.json) == (500, {"message": "Server error."})
    assert answer.headers["cache-control"] == "no-store"
    assert b"melted" not in answer.body
    assert "the disk melted" in caplog.text


def test_a_body_worth_it_is_compressed_for_those_who_take_it() -> None:
    import gzip

    _, plain = make_token()
    small = call_api("/services", plain, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers
    large = call_api("/api/v1/openapi.json", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert large.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(large.body))["openapi"].startswith("3.1")
    refused = call_api("/api/v1/openapi.json", headers={"Accept-Encoding": "gzip;q=0, *"})
    assert "content-encoding" not in refused.headers


def test_a_route_that_is_to_end_says_when_and_what_to_use(monkeypatch: pytest.MonkeyPatch) -> None:
    since, sunset = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, 12, tzinfo=UTC)
    ending = replace(
        SERVICES, deprecation=RouteDeprecation(since, sunset, "https://example.com/v2")
    )
    monkeypatch.setitem(wsgi.api.resources, SERVICES.path, ending)
    client = make_client()
    service = make_service(client=client)
    _, plain = make_token(client)
    for target in ("/services", f"/services/{service.pk}"):
        headers = call_api(target, plain).headers
        assert headers["deprecation"] == "@1798761600"
        assert headers["sunset"] == "Sat, 01 Jan 2028 12:00:00 GMT"
        assert '<https://example.com/v2>; rel="deprecation"; type="text/html"' in headers["link"]
    assert 'rel="last", <https://example.com/v2>' in call_api("/services", plain).headers["link"]
    assert "deprecation" not in call_api("/orders", plain).headers
