"""Of all that is wrong with a request, the first check of the contract answers, as a problem with a code of its own."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.accounts.actions.clients import close_client
from commerce.accounts.models import SCOPES, Client
from commerce.api.v2.problem_words import PROBLEMS
from commerce.kit import tokens
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_client, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.draws import draws

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.1"
WRONG = {
    "transport": (403, "request.https_required"),
    "route": (404, "request.not_found"),
    "method": (405, "request.method_not_allowed"),
    "token": (401, "token.not_valid"),
    "network": (403, "token.address_not_allowed"),
    "limit": (429, "rate_limit.exceeded"),
    "account": (403, "account.closed"),
    "scope": (403, "token.scope_missing"),
}
LAST = {
    "/services": (200, ""),
    "/services?limit=x&statsu=x": (400, "request.not_valid"),
    "/services?fields=nmae": (400, "request.not_valid"),
    "/services?cursor=x": (400, "cursor.not_valid"),
    "/services?cursor=x&limit=x": (400, "request.not_valid"),
    "/services/987654321?limit=1": (400, "request.not_valid"),
    "/services/987654321": (404, "request.not_found"),
}
"""Parameters, then the cursor or the row."""


@override_settings(
    COMMERCE_API_RATE=(1, 60), COMMERCE_API_AUTH_FAILURE_RATE=(10**9, 60), DEBUG=False
)
def test_the_first_check_that_fails_answers() -> None:
    clients = {closed: make_client() for closed in (False, True)}
    make_service(clients[False])
    close_client(client=clients[True], ctx=Context(AT, SYSTEM), reason="left")

    def ask(wrong: set[str], target: str) -> ApiAnswer:
        scopes = [one for one in SCOPES if one != "services:read" or "scope" not in wrong]
        client = clients["account" in wrong]
        row, token = make_token(client, scopes=scopes, networks=[f"{HERE}/32"])
        if "limit" in wrong:
            assert call_api("/api/v2/account", token, address=HERE).status in (200, 403)
        answer = call_api(
            "/api/v2/nothing/1?limit=x" if "route" in wrong else f"/api/v2{target}",
            tokens.generate_token() if "token" in wrong else token,
            method="DELETE" if "method" in wrong else "GET",
            secure="transport" not in wrong,
            address=ELSEWHERE if "network" in wrong else HERE,
            headers={"If-None-Match": "*"} if wrong else {},
        )
        row.delete()
        return answer

    check_each(ask)


def check_each(ask: Callable[[set[str], str], ApiAnswer]) -> None:
    """Each check alone, with all that come later, and drawn at random."""

    @hypothesis(max_examples=draws(40))
    @given(st.sets(st.sampled_from(list(WRONG))), st.sampled_from(list(LAST)))
    @example(set(WRONG), "/services?cursor=x&limit=x")
    def check(wrong: set[str], target: str) -> None:
        answer = ask(wrong, target)
        first = next((name for name in WRONG if name in wrong), None)
        status, code = WRONG[first] if first else LAST[target]
        assert answer.status == status
        if code:
            assert_problem(answer, status, code)
        # Who is known is told the limit, whatever else is wrong.
        known = first not in ("transport", "route", "method", "token")
        assert ("ratelimit" in answer.headers) == known
        assert ("www-authenticate" in answer.headers) == (first in ("token", "scope"))

    for target in LAST:
        check.hypothesis.inner_test(set(), target)
        for name in WRONG:
            later = list(WRONG)[list(WRONG).index(name) :]
            check.hypothesis.inner_test(set(later), target)
            check.hypothesis.inner_test({name}, target)
    check()


def assert_problem(answer: ApiAnswer, status: int, code: str) -> None:
    """A body of RFC 9457 that says of itself what the reply says."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    sent: dict[str, Any] = answer.json
    assert (sent["status"], sent["code"]) == (status, code)
    assert sent["title"] == PROBLEMS[code].title
    assert sent["retryable"] is PROBLEMS[code].retryable
    assert sent["type"].endswith(f"/api/docs/errors/{code}")
    assert sent["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    assert sent["detail"] == sent["message"] != ""
    assert ("errors" in sent) == (status == 400)
    assert all(one["detail"] and one["code"] and one["parameter"] for one in sent.get("errors", []))


TARGETS = ("/account", "/services", "/services?limit=0", "/services/987654321")


@pytest.mark.parametrize("target", TARGETS)
def test_head_is_get_without_its_body(token: str, target: str) -> None:
    got = call_api(f"/api/v2{target}", token)
    head = call_api(f"/api/v2{target}", token, method="HEAD")
    assert head.body == b""
    assert head.status == got.status
    assert head.headers.keys() == got.headers.keys()
    same = {"etag", "content-type", "cache-control", "vary", "link", "allow"}
    for name in same & got.headers.keys():
        assert head.headers[name] == got.headers[name], name
    if got.status == 200:
        assert int(head.headers["content-length"]) == len(got.body)


def test_a_body_worth_it_is_compressed_and_has_a_tag_of_its_own(alice: Client, token: str) -> None:
    for _ in range(4):
        make_service(alice)
    for target in ("/api/v2/services", "/api/v2/services?include=client,product"):
        plain = call_api(target, token)
        small = call_api(target, token, headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert small.headers["content-encoding"] == "gzip"
        assert gzip.decompress(small.body) == plain.body
        assert small.headers["vary"] == plain.headers["vary"] == "Authorization, Accept-Encoding"
        assert small.headers["etag"] != plain.headers["etag"]


def test_versions_share_a_limit_of_which_a_304_takes_nothing(alice: Client) -> None:
    row = make_service(alice)
    with override_settings(COMMERCE_API_RATE=(3, 60)):
        token = make_token(alice)[1]
        for target in ("/api/v2/services", f"/api/v2/services/{row.pk}"):
            first = call_api(target, token)
            left = first.headers["x-ratelimit-remaining"]
            assert first.headers["ratelimit-policy"] == '"default";q=3;w=60'
            again = call_api(target, token, headers={"If-None-Match": first.headers["etag"]})
            assert (again.status, again.headers["x-ratelimit-remaining"]) == (304, left)
            assert (again.headers["etag"], again.body) == (first.headers["etag"], b"")
        assert call_api("/api/v1/services", token).headers["x-ratelimit-remaining"] == "0"
        refused = call_api("/api/v2/services?limit=0", token)
        assert_problem(refused, 429, "rate_limit.exceeded")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        asked = {"If-None-Match": first.headers["etag"]}
        assert call_api(target, token, headers=asked).status == 429


@override_settings(COMMERCE_API_RATE=(100, 60))
def test_any_tag_is_met_by_what_there_is(alice: Client) -> None:
    """RFC 9110, 13.1.2: ``*`` is the tag of whatever there is, of a list also if it is empty."""
    there = f"/services/{make_service(alice).pk}"
    token = make_token(alice)[1]
    for target in ("/account", "/services", "/domains", "/products", "/token", "/statement", there):
        whole = call_api(f"/api/v2{target}", token)
        answer = call_api(f"/api/v2{target}", token, headers={"If-None-Match": " * "})
        assert (answer.status, answer.body) == (304, b""), target
        assert answer.headers["etag"] == whole.headers["etag"], target
    for target, status in (("/services/987654321", 404), ("/services?limit=0", 400)):
        assert call_api(f"/api/v2{target}", token, headers={"If-None-Match": "*"}).status == status
