"""Who is let in: tokens, networks, scopes, accounts (client-api.md 3), and in which order that is judged."""

from datetime import timedelta

import pytest

from commerce.accounts.actions.clients import close_client, reopen_client, suspend_client
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.models import SCOPES, Membership, User
from commerce.api.v1.resources import RESOURCES
from commerce.kit import clock, tokens
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_client, make_member, make_service, make_token
from tests.make.api import ApiAnswer, call_api

pytestmark = pytest.mark.django_db

REALM = 'Bearer realm="commerce"'
INVALID = f'{REALM}, error="invalid_token"'
PATHS = {one.scope: one.path for one in RESOURCES}


def is_401(answer: ApiAnswer, challenge: str) -> None:
    assert (answer.status, answer.json) == (401, {"message": "Unauthenticated."})
    assert answer.headers["www-authenticate"] == challenge
    assert answer.headers["cache-control"] == "no-store"
    assert "ratelimit" not in answer.headers


def with_header(value: str) -> ApiAnswer:
    return call_api("/me", headers={"Authorization": value})


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic abc", "opt_live_x", "Token x"])
def test_no_bearer_token(value: str) -> None:
    is_401(with_header(value), REALM)


def test_a_missing_header() -> None:
    is_401(call_api("/me"), REALM)


@pytest.mark.parametrize(
    "value",
    [
        "Bearer x",
        "Bearer opt_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1nV5QC",
        "Bearer opt_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1nV5QB",
        "Bearer a b",
        "Bearer opt_live_\u0660123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd1nV5QB",
    ],
)
def test_a_token_that_is_none_of_ours(value: str) -> None:
    is_401(with_header(value), INVALID)


def test_two_tokens_in_one_header_are_none() -> None:
    _, plain = make_token()
    is_401(with_header(f"Bearer {plain}, Bearer {plain}"), INVALID)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR "])
def test_the_scheme_has_no_case(scheme: str) -> None:
    _, plain = make_token()
    assert with_header(f"{scheme} {plain}").status == 200


def test_a_token_elsewhere_counts_for_nothing() -> None:
    _, plain = make_token()
    is_401(call_api(f"/me?token={plain}&access_token={plain}&api_token={plain}"), REALM)
    is_401(call_api("/me", headers={"Cookie": f"token={plain}", "X-Api-Key": plain}), REALM)


def test_a_wrong_checksum_is_refused_without_a_look_into_the_database(
    django_assert_num_queries: object,
) -> None:
    _, plain = make_token()
    with django_assert_num_queries(0):  # type: ignore[operator]
        is_401(call_api("/me", f"{plain[:-1]}{'0' if plain[-1] != '0' else '1'}"), INVALID)


def test_a_revoked_token_is_refused_from_the_next_request_on() -> None:
    token, plain = make_token()
    assert call_api("/me", plain).status == 200
    revoke_token(token=token, ctx=Context(AT, SYSTEM))
    is_401(call_api("/me", plain), INVALID)


def test_a_token_is_valid_to_the_end_of_its_last_day() -> None:
    _, plain = make_token(expires_on=AT.date())
    with clock.freeze_time(AT.replace(hour=23, minute=59, second=59, microsecond=999999)):
        assert call_api("/me", plain).status == 200
    with clock.freeze_time(AT.replace(hour=0, minute=0, second=0) + timedelta(days=1)):
        is_401(call_api("/me", plain), INVALID)


def test_a_maker_who_is_gone_or_inactive_takes_his_token_with_him() -> None:
    client = make_client()
    technician = make_member(client, role="technical")
    _, plain = make_token(client, maker=technician.user)
    assert call_api("/services", plain).status == 200
    User.objects.filter(pk=technician.user_id).update(is_active=False)
    is_401(call_api("/services", plain), INVALID)
    User.objects.filter(pk=technician.user_id).update(is_active=True)
    Membership.objects.filter(pk=technician.pk).delete()
    is_401(call_api("/services", plain), INVALID)


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        (["203.0.113.0/24"], "203.0.113.9", "yes"),
        (["203.0.113.0/24"], "203.0.114.9", "no"),
        (["203.0.113.9/32", "2001:db8::/32"], "2001:db8::1", "yes"),
        (["2001:db8::/32"], "203.0.113.9", "no"),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", "yes"),
        (["203.0.113.0/24"], "", "no"),
        ([], "", "yes"),
    ],
)
def test_networks(networks: list[str], address: str, allowed: str) -> None:
    _, plain = make_token(networks=networks)
    answer = call_api("/me", plain, address=address)
    if allowed == "yes":
        assert answer.status == 200
    else:
        assert answer.status == 403
        assert answer.json == {"message": "This token is not valid from your address."}
        assert answer.headers["ratelimit"] == '"default";r=60;t=60'


@pytest.mark.parametrize("scope", PATHS)
def test_a_missing_scope(scope: str) -> None:
    _, plain = make_token(scopes=[one for one in SCOPES if one != scope])
    for name, path in PATHS.items():
        answer = call_api(path, plain)
        if name != scope:
            assert answer.status == 200
            continue
        assert answer.status == 403
        assert answer.json == {"message": f"This token lacks the scope {scope}."}
        assert answer.headers["www-authenticate"] == (
            f'{REALM}, error="insufficient_scope", scope="{scope}"'
        )


def test_a_right_that_the_maker_lost_is_a_scope_that_the_token_lost() -> None:
    client = make_client()
    technician = make_member(client, role="technical")
    _, plain = make_token(client, maker=technician.user)
    assert call_api("/invoices", plain).status == 403
    assert call_api("/services", plain).status == 200
    Membership.objects.filter(pk=technician.pk).update(rights=["tokens.manage"])
    assert call_api("/services", plain).json == {
        "message": "This token lacks the scope services:read."
    }


def test_a_closed_account_is_refused_and_a_suspended_one_may_read() -> None:
    client = make_client()
    _, plain = make_token(client)
    suspend_client(client=client, ctx=Context(AT, SYSTEM), reason="abuse")
    assert call_api("/me", plain).json["data"]["status"] == "suspended"
    close_client(client=client, ctx=Context(AT, SYSTEM), reason="left")
    answer = call_api("/services", plain)
    assert (answer.status, answer.json) == (403, {"message": "This account is closed."})
    assert "www-authenticate" not in answer.headers
    reopen_client(client=client, ctx=Context(AT, SYSTEM), reason="came back")
    assert call_api("/services", plain).status == 200


def test_the_order_of_the_checks() -> None:
    """Each request breaks all that comes after the check that answers it."""
    client, other = make_client(), make_client(owner="charlie@example.com")
    theirs = make_service(client=other)
    _, plain = make_token(
        client, networks=["203.0.113.0/24"], scopes=["profile:read", "services:read"]
    )
    bad = f"/services/{theirs.pk}"
    assert (
        call_api("/invoices?page=x", tokens.generate_token(), address="198.51.100.1").status == 401
    )
    assert (
        call_api("/invoices?page=x", plain, address="198.51.100.1")
        .json["message"]
        .endswith("address.")
    )
    assert call_api("/invoices?page=x", plain).json["message"].endswith("invoices:read.")
    assert call_api("/services?page=x&status=x", plain).status == 400
    assert call_api("/services?status=x", plain).status == 422
    assert call_api(bad, plain).status == 404
    close_client(client=client, ctx=Context(AT, SYSTEM), reason="left")
    assert call_api("/invoices?page=x", plain).json["message"] == "This account is closed."
    assert call_api(bad, plain).json["message"] == "This account is closed."
