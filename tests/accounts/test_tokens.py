"""API tokens: what a token may be, made once, ended (client-api.md 3, accounts.md 7, invariants.md U14)."""

import hashlib
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.actions.tokens import (
    MAX_LIVE_TOKENS,
    MAX_TOKEN_NETWORKS,
    create_token,
    revoke_token,
    token_networks,
)
from commerce.accounts.models import READING_SCOPES, ApiToken
from commerce.audit.models import AuditEntry
from commerce.kit import tokens
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_member, make_user

TODAY = AT.date()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "expires_on", "state"),
    [
        ("live", None, "live"),
        ("live", TODAY, "live"),
        ("live", TODAY + timedelta(days=1), "live"),
        ("live", TODAY - timedelta(days=1), "expired"),
        ("expired", TODAY - timedelta(days=9), "expired"),
        ("revoked", None, "revoked"),
        ("revoked", TODAY - timedelta(days=9), "revoked"),
    ],
)
def test_the_last_day_ends_a_token(status: str, expires_on: date | None, state: str) -> None:
    alice = make_user()
    token, _ = create_token(
        client=make_client(owner=alice), maker=alice, name="x", ctx=Context(AT, SYSTEM)
    )
    ApiToken.objects.filter(pk=token.pk).update(status=status, expires_on=expires_on)
    assert ApiToken.objects.with_state(TODAY).get().state == state


# --- Rules, without a database ---


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ([], []),
        (["", "  "], []),
        (["203.0.113.0/24"], ["203.0.113.0/24"]),
        ([" 203.0.113.7 ", "203.0.113.7/32"], ["203.0.113.7/32"]),
        (["2001:DB8::/32", "10.0.0.0/8"], ["2001:db8::/32", "10.0.0.0/8"]),
        (["2001:db8::1"], ["2001:db8::1/128"]),
        (["::ffff:203.0.113.0/120"], ["203.0.113.0/24"]),
        (["::ffff:0:0/96"], ["0.0.0.0/0"]),
        (["203.0.113.0/255.255.255.0"], ["203.0.113.0/24"]),
    ],
)
def test_networks_have_one_form(typed: list[str], kept: list[str]) -> None:
    assert token_networks(typed) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("office", "office isn't a valid network"),
        ("203.0.113.0/33", "Enter one such as 203.0.113.0/24"),
        ("203.0.113.7/24", "Did you mean 203.0.113.0/24?"),
        ("fe80::1%eth0", "Enter one such as 203.0.113.0/24"),
        ("203.0.113.0-203.0.113.9", "Enter one such as 203.0.113.0/24"),
        ("x" * 500, "x" * 60 + " isn't a valid"),
        ("a" + "x" * 99, "a" + "x" * 59 + " isn't a valid"),
    ],
)
def test_what_is_no_network(typed: str, said: str) -> None:
    with pytest.raises(BusinessError) as refused:
        token_networks([typed])
    assert refused.value.field == "networks"
    assert said in str(refused.value)


def test_networks_are_limited() -> None:
    assert (
        len(token_networks([f"203.0.113.{n}" for n in range(MAX_TOKEN_NETWORKS)] * 2))
        == MAX_TOKEN_NETWORKS
    )
    with pytest.raises(BusinessError):
        token_networks([f"203.0.113.{n}" for n in range(MAX_TOKEN_NETWORKS + 1)])


# --- Actions ---


@pytest.mark.django_db
def test_a_token_is_kept_as_its_hash_only() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice)
    technician = make_member(client, "tom@example.com", role="technical").user
    with commit_and_deliver():
        token, plain = create_token(
            client=client,
            maker=technician,
            name="  back\tup \x07 e\u0301 ",
            ctx=Context(AT, as_member(technician)),
            networks=["203.0.113.7"],
            expires_on=TODAY,
        )
    assert tokens.is_token_well_formed(plain)
    token.refresh_from_db()
    assert token.token_hash == hashlib.sha256(plain.encode()).hexdigest()
    assert (token.name, token.networks) == ("back up \xe9", ["203.0.113.7/32"])
    assert (token.scopes, token.status) == (list(READING_SCOPES), "live")
    entry = AuditEntry.objects.get(action="api_token.created")
    assert entry.after == {
        "scopes": list(READING_SCOPES),
        "networks": ["203.0.113.7/32"],
        "expires_on": "2026-04-08",
    }
    assert (entry.client_id, entry.actor_name) == (client.pk, "tom@example.com")
    assert (entry.record_kind, entry.record_id) == ("api_token", token.pk)
    assert [sent.to for sent in mail.outbox] == [["tom@example.com"], ["alice@example.com"]]
    for sent in mail.outbox:
        assert "back up \xe9" in sent.body
        assert "203.0.113.9" in sent.body
        assert "invoices:read" in sent.body
        assert tokens.TOKEN_PREFIX not in str(sent.message())
    rows = everything_stored()
    assert plain not in rows
    assert plain[len(tokens.TOKEN_PREFIX) :] not in rows


def everything_stored() -> str:
    """All rows of all tables as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return repr(rows)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \x00\n "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["services:read", "services:rename"]}, "scopes"),
        ({"expires_on": TODAY - timedelta(days=1)}, "expires_on"),
        ({"networks": ["203.0.113.7/24"]}, "networks"),
    ],
)
def test_what_a_token_cannot_be(values: dict[str, object], field: str) -> None:
    alice = make_user()
    asked = {
        "client": make_client(owner=alice),
        "maker": alice,
        "name": "x",
        "ctx": Context(AT, SYSTEM),
    }
    with pytest.raises(BusinessError) as refused:
        create_token(**(asked | values))
    assert refused.value.field == field
    assert not ApiToken.objects.exists()


@pytest.mark.django_db
def test_a_name_of_100_characters_and_one_scope_are_enough() -> None:
    alice = make_user()
    token, _ = create_token(
        client=make_client(owner=alice),
        maker=alice,
        name="é" * 100,
        scopes=["orders:read"],
        ctx=Context(AT, SYSTEM),
    )
    assert (token.name, token.scopes) == ("é" * 100, ["orders:read"])


@pytest.mark.django_db
def test_only_a_member_with_the_right_makes_tokens() -> None:
    client = make_client()
    charlie, bob = make_user(), make_member(client, role="billing").user
    gone = make_member(client, role="technical").user
    gone.is_active = False
    gone.save()
    for maker in (charlie, bob, gone):
        with pytest.raises(PermissionDenied) as refused:
            create_token(client=client, maker=maker, name="x", ctx=Context(AT, SYSTEM))
        assert refused.value.right == "tokens.manage"


@pytest.mark.django_db
def test_u14_a_live_name_is_unique_and_a_new_token_ends_the_expired_one_of_its_name() -> None:
    alice, charlie = make_user(), make_user()
    client, other = make_client(owner=alice), make_client(owner=charlie)
    asked = {"client": client, "maker": alice, "name": "sync", "ctx": Context(AT, SYSTEM)}
    first, _ = create_token(**asked, expires_on=TODAY)
    with pytest.raises(BusinessError) as refused:
        create_token(**asked)
    assert refused.value.field == "name"
    create_token(**(asked | {"client": other, "maker": charlie}))
    second, _ = create_token(**(asked | {"ctx": Context(AT + timedelta(days=1), SYSTEM)}))
    first.refresh_from_db()
    assert (first.status, second.status) == ("expired", "live")
    revoke_token(token=second, ctx=Context(AT, SYSTEM))
    create_token(**asked)


@pytest.mark.django_db
def test_a_client_has_at_most_50_live_tokens() -> None:
    alice = make_user()
    asked = {"client": make_client(owner=alice), "maker": alice, "ctx": Context(AT, SYSTEM)}
    for n in range(MAX_LIVE_TOKENS):
        token, _ = create_token(name=f"token {n}", **asked)
    with pytest.raises(BusinessError, match="up to 50"):
        create_token(name="one more", **asked)
    revoke_token(token=token, ctx=Context(AT, SYSTEM))
    create_token(name="one more", **asked)


@pytest.mark.django_db
def test_one_form_makes_one_token() -> None:
    alice, charlie = make_user(), make_user()
    client = make_client(owner=alice)
    asked = {
        "client": client,
        "maker": alice,
        "ctx": Context(AT, SYSTEM),
        "idempotency_key": "key-1",
    }
    token, _ = create_token(name="first", **asked)
    with pytest.raises(StateConflict, match="first"):
        create_token(name="first", **asked)
    revoke_token(token=token, ctx=Context(AT, SYSTEM))
    with pytest.raises(StateConflict):
        create_token(name="another name", **asked)
    other = make_client(owner=charlie)
    create_token(name="first", **(asked | {"client": other, "maker": charlie}))
    second, _ = create_token(name="second", **(asked | {"idempotency_key": "key-2"}))
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=second.pk).update(idempotency_key="key-1")


@pytest.mark.django_db
def test_revoking_is_told_and_happens_once() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice)
    token, _ = create_token(client=client, maker=alice, name="old key", ctx=Context(AT, SYSTEM))
    with commit_and_deliver():
        revoke_token(token=token, ctx=Context(AT, as_member(alice)))
    assert (token.status, token.revoked_at) == ("revoked", AT)
    assert len(mail.outbox) == 1
    assert "old key" in mail.outbox[0].body
    assert "alice@example.com" in mail.outbox[0].body
    with pytest.raises(StateConflict):
        revoke_token(token=token, ctx=Context(AT + timedelta(days=1), SYSTEM))
    token.refresh_from_db()
    assert token.revoked_at == AT
    assert AuditEntry.objects.filter(action="api_token.revoked").count() == 1


@pytest.mark.django_db
def test_use_is_noted_at_most_once_a_minute() -> None:
    alice = make_user()
    token, _ = create_token(
        client=make_client(owner=alice), maker=alice, name="x", ctx=Context(AT, SYSTEM)
    )
    for seconds, address in ((0, "203.0.113.1"), (59, "203.0.113.2"), (61, "203.0.113.3")):
        record_token_uses([TokenUse(token.pk, address, 1, AT + timedelta(seconds=seconds))])
        token.refresh_from_db()
        assert token.last_used_from == ("203.0.113.3" if seconds == 61 else "203.0.113.1")


@pytest.mark.django_db
def test_ended_tokens_stay_listed_for_90_days() -> None:
    alice = make_user()
    client = make_client(owner=alice)
    asked = {"client": client, "maker": alice, "ctx": Context(AT, SYSTEM)}
    create_token(name="live", **asked)
    create_token(name="to be expired", expires_on=TODAY, **asked)
    revoked, _ = create_token(name="revoked", **asked)
    revoke_token(token=revoked, ctx=Context(AT, SYSTEM))
    names = {"live", "to be expired", "revoked"}
    for days, listed in ((0, names), (90, names), (91, {"live"})):
        rows = ApiToken.objects.for_client(client).shown_in_list_at(AT + timedelta(days=days))
        assert {token.name for token in rows} == listed


@pytest.mark.django_db
def test_a_token_made_at_the_console_came_from_the_address_dash() -> None:
    alice = make_user("alice@example.com")
    client = make_client(owner=alice)
    with commit_and_deliver():
        create_token(client=client, maker=alice, name="cli", ctx=Context(AT, SYSTEM))
    body = str(mail.outbox[-1].body)
    assert "was created by our staff on Apr 8, 2026, 2:33\u00a0PM\u00a0UTC." in body
    assert "address" not in body
