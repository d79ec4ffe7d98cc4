"""A token that was read is not looked up again, yet each request is answered as if it had been (client-api.md 3)."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db.models import F

from commerce.accounts.models import ApiToken, ApiTokenSecret, Client, Membership, User
from commerce.api.read import known_callers
from commerce.api.read.statement import ReadResult, ReadStatement
from commerce.catalog.models import SharedRevision
from commerce.db import triggers
from commerce.kit import clock
from tests.make import AT, make_client, make_member, make_service, make_token
from tests.make.api import ApiAnswer, call_api

pytestmark = pytest.mark.django_db

PATHS = ("/me", "/services", "/services?status=active", "/invoices", "/domains")

# Whoever writes, and however: no action, no lock, no revision of what is shown.
CHANGES: dict[str, Callable[[], Any]] = {
    "revoked": lambda: ApiToken.objects.update(status="revoked"),
    "live again": lambda: ApiToken.objects.update(status="live"),
    "expired": lambda: ApiToken.objects.update(expires_on=date(2020, 1, 1)),
    "without an end": lambda: ApiToken.objects.update(expires_on=None),
    "fewer scopes": lambda: ApiToken.objects.update(scopes=["services:read"]),
    "other scopes": lambda: ApiToken.objects.update(scopes=["profile:read", "invoices:read"]),
    "all scopes": lambda: ApiToken.objects.update(
        scopes=["profile:read", "services:read", "invoices:read", "domains:read"]
    ),
    "from elsewhere": lambda: ApiToken.objects.update(networks=["198.51.100.0/24"]),
    "from anywhere": lambda: ApiToken.objects.update(networks=[]),
    "no rights": lambda: Membership.objects.update(role="technical", rights=[]),
    "some rights": lambda: Membership.objects.update(role="billing", rights=["services.view"]),
    "owner": lambda: Membership.objects.update(role="owner", rights=[]),
    "maker inactive": lambda: User.objects.update(is_active=False),
    "maker active": lambda: User.objects.update(is_active=True),
    "closed": lambda: Client.objects.update(status="closed"),
    "suspended": lambda: Client.objects.update(status="suspended"),
    "open": lambda: Client.objects.update(status="active"),
    "another limit": lambda: Client.objects.update(api_rate=1000),
    "the usual limit": lambda: Client.objects.update(api_rate=None),
    "a revision": lambda: Client.objects.update(revision=F("revision") + 1),
    "a shared revision": lambda: SharedRevision.objects.update(number=F("number") + 1),
    "used": lambda: ApiToken.objects.update(last_used_from="203.0.113.9"),
}
HARMLESS = ("live again", "without an end", "from anywhere", "owner", "maker active", "used")
HARMLESS += ("all scopes", "open", "the usual limit")
"""What is so already."""


@contextmanager
def looked_up() -> Iterator[list[str]]:
    """What was looked up by which statement: "token" or "client"."""
    seen: list[str] = []
    run = ReadStatement.run

    def noted(self: ReadStatement[Any], values: dict[str, Any]) -> ReadResult[Any]:
        seen.append("token" if "accounts_apitoken" in self.sql else "client")
        return run(self, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReadStatement, "run", noted)
        yield seen


def answers(plain: str) -> list[tuple[int, dict[str, str], bytes]]:
    """What each path says, but for what no two answers share."""
    return [shared(call_api(path, plain)) for path in PATHS]


def shared(answer: ApiAnswer) -> tuple[int, dict[str, str], bytes]:
    own = ("x-request-id", "ratelimit", "x-ratelimit-remaining", "last-modified")
    return (
        answer.status,
        {name: text for name, text in answer.headers.items() if name not in own},
        answer.body,
    )


@pytest.fixture(autouse=True)
def _generous(settings: Any) -> None:
    settings.COMMERCE_API_RATE = (100_000, 60)
    settings.COMMERCE_API_AUTH_FAILURE_RATE = (100_000, 60)


@pytest.fixture
def plain() -> str:
    client = make_client()
    make_service(client=client)
    return make_token(client)[1]


def test_a_known_token_is_not_looked_up_again(plain: str) -> None:
    with looked_up() as seen:
        first, second = call_api("/services", plain), call_api("/services", plain)
        tag = {"If-None-Match": first.headers["etag"]}
        assert call_api("/services", plain, headers=tag).status == 304
        assert call_api("/me", plain).status == 200
    assert seen == ["token", "client", "client", "client"]
    assert shared(first) == shared(second)


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_counts_from_the_next_request_on(plain: str, change: str) -> None:
    before = answers(plain)
    CHANGES[change]()
    known = answers(plain)
    known_callers.forget_callers()
    assert known == answers(plain)
    assert (known == before) == (change in HARMLESS)


def test_any_order_of_changes_is_answered_as_if_nobody_were_known(plain: str) -> None:
    chance = Random(20261128)  # noqa: S311 - the same in each run
    for turn in range(60):
        change = chance.choice(list(CHANGES))
        CHANGES[change]()
        known = answers(plain)
        known_callers.forget_callers()
        assert known == answers(plain), f"turn {turn}: {change}"


@pytest.mark.parametrize("column", ["client", "maker"])
def test_a_token_that_becomes_another_is_looked_up_again(plain: str, column: str) -> None:
    charlie = make_member(make_client(owner="charlie@example.com"), role="technical")
    values = {"client": charlie.client, "maker": charlie.user}
    assert call_api("/me", plain).status == 200
    ApiToken.objects.filter(client=Client.objects.first()).update(**{column: values[column]})
    assert call_api("/me", plain).status == 401


@pytest.mark.parametrize(
    "ended", [{"token_hash": "0" * 64}, {"works_until": AT - timedelta(hours=1)}, None], ids=str
)
def test_a_secret_that_works_no_longer_ends(plain: str, ended: dict[str, Any] | None) -> None:
    assert call_api("/me", plain).status == 200
    secrets = ApiTokenSecret.objects.all()
    if ended:
        secrets.update(**ended)
    else:
        secrets.delete()
    assert call_api("/me", plain).status == 401


def test_a_known_secret_ends_when_its_time_is_over(plain: str) -> None:
    ApiTokenSecret.objects.update(works_until=AT + timedelta(minutes=5))
    for seconds, status in ((0, 200), (299, 200), (300, 401)):
        with clock.freeze_time(AT + timedelta(seconds=seconds)):
            assert call_api("/me", plain).status == status


@pytest.mark.parametrize("column", ["client", "user"])
def test_a_membership_that_becomes_another_is_read_again(plain: str, column: str) -> None:
    charlie = make_member(make_client(owner="charlie@example.com"), role="technical")
    values = {"client": charlie.client, "user": charlie.user}
    assert call_api("/me", plain).status == 200
    Membership.objects.filter(client=Client.objects.first()).update(**{column: values[column]})
    assert call_api("/me", plain).status == 401


def test_a_membership_that_ends_ends_the_token() -> None:
    client = make_client()
    technician = make_member(client, role="technical")
    _, plain = make_token(client, maker=technician.user)
    assert call_api("/services", plain).status == 200
    Membership.objects.filter(pk=technician.pk).delete()
    assert call_api("/services", plain).status == 401


def test_a_token_that_is_deleted_ends(plain: str) -> None:
    assert call_api("/me", plain).status == 200
    ApiToken.objects.all().delete()
    assert call_api("/me", plain).status == 401


def test_only_the_clients_concerned_are_looked_up_again(plain: str) -> None:
    other = make_client(owner="bob@example.com")
    other_token, others = make_token(other)
    for each in (plain, others):
        assert call_api("/me", each).status == 200
    ApiToken.objects.filter(pk=other_token.pk).update(status="revoked")
    with looked_up() as seen:
        assert call_api("/me", plain).status == 200
        assert call_api("/me", others).status == 401
        assert call_api("/me", others).status == 401
    assert seen == ["client", "client", "token", "token"]


def test_a_change_of_what_tokens_may_do_leaves_the_tags_as_they_are(plain: str) -> None:
    tag = {"If-None-Match": call_api("/services", plain).headers["etag"]}
    make_token(Client.objects.get())
    ApiToken.objects.update(scopes=["services:read"])
    assert call_api("/services", plain, headers=tag).status == 304


def test_without_triggers_a_token_ends_within_a_minute(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call_api("/me", plain).status == 200
    triggers.remove_triggers()
    ApiToken.objects.update(status="revoked")
    assert call_api("/me", plain).status == 200
    later = time.monotonic() + known_callers.KNOWN_SECONDS
    monkeypatch.setattr(known_callers.time, "monotonic", lambda: later)
    assert call_api("/me", plain).status == 401


def test_a_process_does_not_know_more_than_so_many(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_callers, "MAX_KNOWN", 3)
    for _ in range(7):
        _, another = make_token(Client.objects.get())
        assert call_api("/me", another).status == 200
        assert len(known_callers._known) <= 3


def test_a_token_of_nobody_is_not_remembered() -> None:
    client = make_client()
    token, plain = make_token(client)
    ApiToken.objects.filter(pk=token.pk).update(status="revoked")
    assert call_api("/me", plain).status == 401
    assert known_callers._known == {}
