"""Which replies are compressed, and how."""

import gzip
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from commerce.portal.base.middleware.compression import TextCompressionMiddleware
from tests.make.browser import make_browser

WORDS = b"<p>words</p>" * 100


def reply(response: HttpResponse, accepts: str = "gzip, deflate, br") -> Any:
    request = RequestFactory().get("/a", headers={"accept-encoding": accepts})
    return TextCompressionMiddleware(lambda _request: response)(request)


@pytest.mark.django_db
def test_a_page_is_the_same_compressed() -> None:
    web = make_browser()
    plain = web.get("/client/forgot-password/sent")
    small = web.get("/client/forgot-password/sent", headers={"accept-encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in plain["Vary"]
    assert "Accept-Encoding" in small["Vary"]
    assert int(small["Content-Length"]) == len(small.content) < len(plain.content)
    assert gzip.decompress(small.content) == plain.content


def test_the_length_of_the_same_page_differs() -> None:
    assert len({len(reply(HttpResponse(WORDS)).content) for _ in range(40)}) > 1


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"ok", {"Content-Type": "text/plain"}),
        (WORDS, {"Content-Type": "application/pdf"}),
        (WORDS, {"Content-Type": "image/png"}),
        (WORDS, {"Content-Type": "text/css", "Content-Encoding": "br"}),
    ],
)
def test_what_is_tiny_or_compressed_already_stays(content: bytes, headers: dict[str, str]) -> None:
    answer = reply(HttpResponse(content, headers=headers))
    assert answer.content == content
    assert answer.get("Content-Encoding") == headers.get("Content-Encoding")


def test_who_does_not_take_it_gets_the_words() -> None:
    answer = reply(HttpResponse(WORDS), accepts="br")
    assert answer.content == WORDS
    assert answer["Vary"] == "Accept-Encoding"
