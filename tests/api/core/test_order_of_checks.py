"""Of all that is wrong with a request, the first of client-api.md 2 answers, whatever else is wrong as well."""

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.accounts.actions.clients import close_client
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import SCOPES
from commerce.kit import tokens
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_client, make_service, make_user
from tests.make.api import ApiAnswer, call_api
from tests.make.draws import draws

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.1"
WRONG = {
    "transport": (403, "HTTPS is required."),
    "route": (404, "Not found."),
    "method": (405, "Method not allowed."),
    "token": (401, "Unauthenticated."),
    "network": (403, "This token is not valid from your address."),
    "limit": (429, "Too Many Requests."),
    "account": (403, "This account is closed."),
    "scope": (403, "This token lacks the scope services:read."),
}
LAST = {
    "/services": (200, None),
    "/services?page=x&status=x": (400, "The page parameter must be an integer."),
    "/services?page=0&status=x": (422, "The given data was invalid."),
    "/services/987654321?page=x": (404, "Not found."),
}
"""Parameters and the row: a list takes the ones, a detail has the other."""


@pytest.fixture
def owners() -> dict[bool, Any]:
    """An open client and a closed one, with their owners."""
    found = {}
    for closed in (False, True):
        user = make_user()
        client = make_client(owner=user)
        make_service(client)
        if closed:
            close_client(client=client, ctx=Context(AT, SYSTEM), reason="left")
        found[closed] = (client, user)
    return found


@override_settings(
    COMMERCE_API_RATE=(1, 60), COMMERCE_API_AUTH_FAILURE_RATE=(10**9, 60), DEBUG=False
)
def test_the_first_check_that_fails_answers(owners: dict[bool, Any]) -> None:
    def ask(wrong: set[str], target: str) -> ApiAnswer:
        client, maker = owners["account" in wrong]
        row, token = create_token(
            client=client,
            maker=maker,
            name=f"token {next(numbers)}",
            scopes=[s for s in SCOPES if s != "services:read" or "scope" not in wrong],
            networks=[f"{HERE}/32"],
            ctx=Context(AT, SYSTEM),
        )
        if "limit" in wrong:
            assert call_api("/me", token, address=HERE).status in (200, 403)
        answer = call_api(
            "/nothing/1?page=x" if "route" in wrong else target,
            tokens.generate_token() if "token" in wrong else token,
            method="DELETE" if "method" in wrong else "GET",
            secure="transport" not in wrong,
            address=ELSEWHERE if "network" in wrong else HERE,
            headers={"If-None-Match": "*"} if wrong else {},
        )
        row.delete()
        return answer

    numbers = iter(range(1, 10**6))

    @hypothesis(max_examples=draws(50))
    @given(st.sets(st.sampled_from(list(WRONG))), st.sampled_from(list(LAST)))
    @example(set(WRONG), "/services?page=x&status=x")
    def check(wrong: set[str], target: str) -> None:
        answer = ask(wrong, target)
        first = next((name for name in WRONG if name in wrong), None)
        status, message = WRONG[first] if first else LAST[target]
        assert answer.status == status
        if message is not None:
            assert answer.json["message"] == message
            assert answer.headers["cache-control"] == "no-store"
        # Who is known is told his limit, whatever else is wrong.
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
