"""What every page request passes, piece by piece: access log, request id, HTTPS, headers, language (portal.md 1)."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import translation
from pytest_django import Settings

from commerce.kit import proxy_headers
from commerce.portal.base.middleware.locale import GuestLanguageMiddleware
from commerce.portal.base.middleware.requests import (
    SecurityHeadersMiddleware,
    TransportMiddleware,
    content_security_policy,
)

pytestmark = pytest.mark.django_db


def answered(request: Any) -> HttpResponse:
    return HttpResponse("inside")


def lines(folder: Path) -> list[dict[str, Any]]:
    files = (folder / "log").glob("access-*.log")
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@pytest.fixture
def door(settings: Settings, tmp_path: Path) -> TransportMiddleware:
    settings.COMMERCE_DATA_DIR = tmp_path
    return TransportMiddleware(answered)


def test_each_request_has_a_line_without_its_query(
    door: TransportMiddleware, rf: RequestFactory, tmp_path: Path
) -> None:
    headers = {"x-request-id": "a" * 32}
    answer = door(rf.post("/a?q=1", secure=True, REMOTE_ADDR="192.0.2.7", headers=headers))
    assert answer["X-Request-Id"] == "a" * 32
    [line] = lines(tmp_path)
    assert {key: line[key] for key in ("request_id", "address", "method", "path", "status")} == {
        "request_id": "a" * 32,
        "address": "192.0.2.7",
        "method": "POST",
        "path": "/a",
        "status": 200,
    }
    assert 0 <= line["ms"] < 60_000
    door(rf.get("/b", secure=True, **{proxy_headers.NO_ACCESS_LOG_KEY: "1"}))
    assert len(lines(tmp_path)) == 1
    other = door(rf.get("/c", secure=True))["X-Request-Id"]
    assert (len(other), other == "a" * 32) == (32, False)


def test_a_long_address_over_plain_http_leads_to_the_start(
    door: TransportMiddleware, rf: RequestFactory, settings: Settings
) -> None:
    longest = "/a?q=" + "x" * (proxy_headers.LONGEST_ADDRESS - 5)
    for path, to in ((longest, longest), (longest + "x", "/")):
        answer = door(rf.get(path))
        assert (answer.status_code, answer["Location"]) == (308, settings.COMMERCE_URL + to)
    assert door(rf.get("/up")).status_code == 200
    assert door(rf.get("/upper")).status_code == 308


@pytest.mark.parametrize(
    ("length", "status"),
    [("", 200), ("0", 200), ("x", 200), ("1000000", 200), ("1000001", 413), ("9" * 5000, 413)],
)
def test_a_body_of_more_than_a_megabyte_is_not_read(
    rf: RequestFactory, length: str, status: int
) -> None:
    assert (
        SecurityHeadersMiddleware(answered)(rf.post("/a", CONTENT_LENGTH=length)).status_code
        == status
    )


def test_a_page_may_say_more_of_itself(rf: RequestFactory) -> None:
    def says(request: Any) -> HttpResponse:
        own = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "private"}
        return HttpResponse("", headers=own)

    answer = SecurityHeadersMiddleware(says)(rf.get("/a"))
    assert answer["Content-Security-Policy"] == "default-src 'self'"
    assert answer["Cache-Control"] == "private"
    assert "Strict-Transport-Security" not in answer
    assert SecurityHeadersMiddleware(answered)(rf.get("/a"))["Cache-Control"] == "no-store"
    assert " form-action 'self' https://pay.example https://b.example;" in content_security_policy(
        "pay.example", "b.example"
    )


def test_a_guests_page_says_its_language_and_what_it_depends_on(rf: RequestFactory) -> None:
    seen: list[str | None] = []

    def noted(request: Any) -> HttpResponse:
        seen.append(translation.get_language())
        return HttpResponse("")

    with translation.override("de"):
        answer = GuestLanguageMiddleware(noted)(rf.get("/a"))
        up = GuestLanguageMiddleware(noted)(rf.get("/up"))
    assert seen == ["en", "de"]
    assert (answer["Content-Language"], answer["Vary"]) == ("en", "Accept-Language")
    assert "Content-Language" not in up
