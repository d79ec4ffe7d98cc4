"""A token's new secret: what stays, how long the one before works, how often (client-api-v2.md 2)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.actions.tokens import ROTATION_REST, revoke_token, rotate_token
from commerce.accounts.models import ApiToken, ApiTokenSecret
from commerce.audit.models import AuditEntry
from commerce.kit import clock, tokens
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from tests.flows.test_races import at_once
from tests.make import make_client, make_member, make_token
from tests.make.api import call_api
from tests.make.mails import commit_and_deliver
from tests.make.people import AT

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


def status(plain: str, minutes: float) -> int:
    with clock.freeze_time(AT + timedelta(minutes=minutes)):
        return call_api("/me", plain).status


@pytest.mark.parametrize("overlap", [0, 1, 60, 1440])
def test_the_secret_before_works_for_its_time_and_the_new_one_from_now_on(overlap: int) -> None:
    token, old = make_token()
    assert status(old, 0) == 200
    new = rotate_token(token=token, overlap_minutes=overlap, ctx=CTX).plain
    assert tokens.is_token_well_formed(new)
    for minutes in (0, max(overlap - 0.1, 0), overlap, overlap + 0.1):
        assert status(new, minutes) == 200
        assert status(old, minutes) == (200 if minutes < overlap else 401)


def test_the_token_stays_what_it_is() -> None:
    token, _ = make_token(networks=["203.0.113.0/24"], expires_on=AT.date(), scopes=["orders:read"])
    kept = ("name", "scopes", "networks", "expires_on", "created_at", "status", "maker_id")
    before = [getattr(token, name) for name in kept]
    rotated = rotate_token(token=token, ctx=CTX)
    token.refresh_from_db()
    assert [getattr(token, name) for name in kept] == before
    assert (token.rotated_at, rotated.old_works_until) == (AT, AT + timedelta(hours=1))
    assert token.token_hash == tokens.token_digest(rotated.plain)
    entry = AuditEntry.objects.get(action="api_token.rotated")
    assert (entry.record_id, entry.after) == (token.pk, {"overlap_minutes": 60})
    assert rotated.plain not in str(entry.after)


def test_at_most_two_secrets_work() -> None:
    token, first = make_token()
    second = rotate_token(token=token, overlap_minutes=1440, ctx=CTX).plain
    later = Context(AT + ROTATION_REST, SYSTEM)
    third = rotate_token(token=token, overlap_minutes=1440, ctx=later).plain
    assert [status(one, 61) for one in (first, second, third)] == [401, 200, 200]
    assert ApiTokenSecret.objects.count() == 2


def test_it_is_rotated_once_an_hour_at_most() -> None:
    token, _ = make_token()
    rotate_token(token=token, ctx=CTX)
    almost = Context(AT + ROTATION_REST - timedelta(seconds=1), SYSTEM)
    with pytest.raises(StateConflict) as refused:
        rotate_token(token=token, ctx=almost)
    assert refused.value.code == "token.rotated_recently"
    rotate_token(token=token, ctx=Context(AT + ROTATION_REST, SYSTEM))
    assert ApiTokenSecret.objects.count() == 2


@pytest.mark.parametrize("overlap", [-1, 1441])
def test_the_time_of_the_secret_before_has_bounds(overlap: int) -> None:
    token, _ = make_token()
    with pytest.raises(BusinessError) as refused:
        rotate_token(token=token, overlap_minutes=overlap, ctx=CTX)
    assert refused.value.field == "overlap_minutes"


def test_what_has_ended_gets_no_new_secret() -> None:
    revoked, _ = make_token()
    revoke_token(token=revoked, ctx=CTX)
    expired, _ = make_token()
    ApiToken.objects.filter(pk=expired.pk).update(expires_on=AT.date() - timedelta(days=1))
    for token in (revoked, expired):
        with pytest.raises(StateConflict, match="has already ended"):
            rotate_token(token=token, ctx=CTX)


def test_nobody_gets_more_by_the_token_of_another() -> None:
    """A technician may manage tokens, and neither order nor pay."""
    client = make_client(owner="alice@example.com")
    tom = make_member(client, "tom@example.com", role="technical").user
    as_tom = Context(AT, Actor("member", tom.pk, "tom@example.com"))
    buys, _ = make_token(client, scopes=["orders:read", "orders:write"])
    reads, _ = make_token(client, scopes=["services:read", "domains:write"])
    own, _ = make_token(client, maker=tom, scopes=["orders:read", "orders:write"])
    raised = {"per_purchase": 5000, "per_30_days": 5000}
    with pytest.raises(PermissionDenied) as refused:
        rotate_token(token=buys, ctx=as_tom)
    assert refused.value.right == "orders.place"
    with pytest.raises(PermissionDenied):
        set_spending_limit(token=buys, ctx=as_tom, **raised)
    assert ApiTokenSecret.objects.filter(token=buys).count() == 1
    for token in (reads, own):
        rotate_token(token=token, ctx=as_tom)
    set_spending_limit(token=buys, ctx=CTX, **raised)
    set_spending_limit(token=buys, ctx=as_tom, per_purchase=0, per_30_days=0)


def test_revoking_ends_both_secrets() -> None:
    token, old = make_token()
    new = rotate_token(token=token, ctx=CTX).plain
    revoke_token(token=token, ctx=CTX)
    assert [status(old, 0), status(new, 0)] == [401, 401]


def test_owners_and_the_maker_are_told_by_whom_and_never_the_secret() -> None:
    client = make_client(owner="alice@example.com")
    technician = make_member(client, "tom@example.com", role="technical").user
    token, old = make_token(client, maker=technician, name="sync")
    by_itself = Actor("token", token.pk, "sync", "203.0.113.9", "r")
    with commit_and_deliver():
        rotated = rotate_token(token=token, overlap_minutes=0, ctx=Context(AT, by_itself))
    sent = [one for one in mail.outbox if "rotated" in one.body]
    assert sorted(one.to[0] for one in sent) == ["alice@example.com", "tom@example.com"]
    for one in sent:
        assert "by a program with the API token “sync”: it has a new secret. The old" in one.body
        assert "The old secret no longer works." in one.body
        assert old not in one.body
        assert rotated.plain not in one.body


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_of_rotations_at_once_one_is_made() -> None:
    token, _ = make_token()
    refused: list[str] = []

    def rotate() -> None:
        try:
            rotate_token(token=ApiToken.objects.get(pk=token.pk), ctx=CTX)
        except StateConflict as error:
            refused.append(error.code)

    at_once([rotate for _ in range(4)])
    assert refused == ["token.rotated_recently"] * 3
    assert ApiTokenSecret.objects.count() == 2
