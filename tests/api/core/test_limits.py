"""The rate limit, and the limit on refused tokens (client-api.md 5)."""

import time
from typing import Any

import pytest
from django.test import override_settings

from commerce.accounts.models import Client
from commerce.kit import counter_store, tokens
from tests.make import make_client, make_token
from tests.make.api import ApiAnswer, call_api

pytestmark = pytest.mark.django_db


def limits(answer: ApiAnswer) -> list[str | None]:
    names = ("ratelimit-policy", "ratelimit", "x-ratelimit-limit", "x-ratelimit-remaining")
    return [answer.headers.get(name) for name in names]


def test_every_authenticated_reply_tells_the_limit() -> None:
    _, plain = make_token()
    assert limits(call_api("/me", plain)) == [
        '"default";q=60;w=60',
        '"default";r=59;t=60',
        "60",
        "59",
    ]
    for target, status in (
        ("/services?page=x", 400),
        ("/services?page=0", 422),
        ("/orders/9", 404),
    ):
        answer = call_api(target, plain)
        assert answer.status == status
        assert None not in limits(answer)
    assert call_api("/me", plain).headers["x-ratelimit-remaining"] == "55"


@override_settings(COMMERCE_API_RATE=(3, 2))
def test_beyond_the_limit_it_is_429_until_the_time_that_it_tells() -> None:
    _, plain = make_token()
    assert [call_api("/me", plain).status for _ in range(3)] == [200] * 3
    for target in ("/me", "/services?page=x", "/invoices/1"):
        answer = call_api(target, plain)
        assert (answer.status, answer.json) == (429, {"message": "Too Many Requests."})
        assert limits(answer)[1].startswith('"default";r=0;t=')
        assert answer.headers["cache-control"] == "no-store"
    wait = int(answer.headers["retry-after"])
    assert 1 <= wait <= 2
    time.sleep(wait)
    assert call_api("/me", plain).status == 200


@override_settings(COMMERCE_API_RATE=(2, 60))
def test_a_304_costs_nothing_but_is_refused_when_nothing_is_left() -> None:
    _, plain = make_token()
    etag = call_api("/me", plain).headers["etag"]
    for _ in range(5):
        answer = call_api("/me", plain, headers={"If-None-Match": etag})
        assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (304, "1")
    assert call_api("/me", plain).status == 200
    assert call_api("/me", plain, headers={"If-None-Match": etag}).status == 429


@override_settings(COMMERCE_API_RATE=(1, 60))
def test_the_limit_belongs_to_the_token() -> None:
    client = make_client()
    (_, one), (_, two) = make_token(client, name="one"), make_token(client, name="two")
    assert [call_api("/me", t).status for t in (one, two, one, two)] == [200, 200, 429, 429]


def test_staff_can_give_a_client_another_rate() -> None:
    client = make_client()
    Client.objects.filter(pk=client.pk).update(api_rate=2)
    _, plain = make_token(client)
    assert limits(call_api("/me", plain))[:2] == ['"default";q=2;w=60', '"default";r=1;t=60']
    assert [call_api("/me", plain).status for _ in range(2)] == [200, 429]


@override_settings(COMMERCE_API_AUTH_FAILURE_RATE=(2, 60))
def test_refused_tokens_are_counted_by_network() -> None:
    _, good = make_token()

    def bad(address: str) -> int:
        return call_api("/me", tokens.generate_token(), address=address).status

    assert [bad("198.51.100.1") for _ in range(3)] == [401, 401, 429]
    refused = call_api("/me", "nonsense", address="198.51.100.1")
    assert (refused.status, refused.json) == (429, {"message": "Too Many Requests."})
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert limits(refused) == [None] * 4
    # Others, missing tokens, and valid ones are not touched by it.
    assert bad("198.51.100.2") == 401
    assert call_api("/me", address="198.51.100.1").status == 401
    assert call_api("/me", good, address="198.51.100.1").status == 200
    # An IPv6 caller is its /64.
    assert [bad(f"2001:db8::{n}") for n in (1, 2, 3)] == [401, 401, 429]
    assert bad("2001:db8:0:1::1") == 401


def test_without_the_store_requests_are_served_without_the_headers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Down:
        def take(self, *_: Any, **__: Any) -> None:
            return None

    _, plain = make_token()
    monkeypatch.setattr(counter_store, "counter_store_for", lambda _: Down())
    answer = call_api("/me", plain)
    assert (answer.status, limits(answer)) == (200, [None] * 4)
    assert call_api("/me", "nonsense").status == 401
