"""What a token says of itself, and does to itself (client-api-v2.md 2)."""

from datetime import date
from typing import Any

import pytest

from commerce.accounts.actions.api_writes.spending import commit_spending, set_spending_limit
from commerce.accounts.actions.clients import close_client, suspend_client
from commerce.accounts.models import ApiToken, Client, IdempotentReply, Membership, SpendingLimit
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.kit import tokens
from tests.api.v2.posting import post
from tests.api.v2.test_description import misfits
from tests.make import make_member, make_product, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX

PATH, ROTATE = "/api/v2/token", "/api/v2/token/rotate"


def end(plain: str, **headers: str) -> ApiAnswer:
    return call_api(PATH, plain, method="DELETE", headers=headers)


def shown(plain: str) -> Any:
    answer = call_api(PATH, plain)
    assert answer.status == 200, answer.body
    assert misfits("/api/v2/token", "GET", answer) == []
    return answer.json["data"]


def test_it_says_what_it_may(alice: Client, settings: Any) -> None:
    settings.COMMERCE_API_RATE, settings.COMMERCE_API_WRITE_RATE = (90, 30), (7, 10)
    token, plain = make_token(
        alice, name="shop", networks=["203.0.113.0/24"], expires_on=date(2999, 12, 31)
    )
    told = shown(plain)
    assert (told["id"], told["name"], told["scopes"]) == (token.pk, "shop", token.scopes)
    assert (told["networks"], told["expires_on"]) == (["203.0.113.0/24"], "2999-12-31")
    assert (told["rotated_at"], told["spending"]) == (None, [])
    windows = [("default", 90, 30), ("writes", 7, 10)]
    assert [tuple(one.values()) for one in told["rates"]] == windows
    Client.objects.update(api_rate=500, api_write_rate=50)
    windows = [("default", 500, 60), ("writes", 50, 60)]
    assert [tuple(one.values()) for one in shown(plain)["rates"]] == windows


def test_it_says_what_is_left_of_what_it_may_spend(alice: Client) -> None:
    token, plain = make_token(alice)
    other, _ = make_token(alice)
    for one in (token, other):
        set_spending_limit(token=one, per_purchase=500, per_30_days=900, ctx=CTX)
        commit_spending(
            token_id=one.pk,
            client_id=alice.pk,
            act="x",
            currency_code=alice.currency_code,
            due=300,
            recurring=50,
        )
    SpendingLimit.objects.create(token=token, currency_code="XAU", per_act=1, per_period=2)
    first = {"currency_code": alice.currency_code, "per_act": 500, "per_period": 900, "left": 550}
    gold = {"currency_code": "XAU", "per_act": 1, "per_period": 2, "left": 2}
    assert shown(plain)["spending"] == [first, gold]
    set_spending_limit(token=token, per_purchase=100, per_30_days=200, ctx=CTX)
    assert shown(plain)["spending"][0]["left"] == 0


def test_it_has_the_scopes_that_its_maker_still_has_the_right_for(alice: Client) -> None:
    technician = make_member(alice, role="technical")
    _, plain = make_token(alice, maker=technician.user, scopes=["services:read", "invoices:read"])
    assert shown(plain)["scopes"] == ["services:read"]
    Membership.objects.filter(pk=technician.pk).update(role="billing", rights=[])
    assert shown(plain)["scopes"] == []


def test_a_tag_of_it_stays_until_it_is_another(alice: Client) -> None:
    _, plain = make_token(alice)
    tag = {"If-None-Match": call_api(PATH, plain).headers["etag"]}
    assert call_api(PATH, plain, headers=tag).status == 304
    Client.objects.update(api_rate=500)
    assert call_api(PATH, plain, headers=tag).status == 200


@pytest.mark.parametrize("overlap", [0, 60])
def test_it_gets_a_new_secret_which_a_retry_is_not_told(alice: Client, overlap: int) -> None:
    _, old = make_token(alice, scopes=["orders:read"])
    answer = post(ROTATE, old, {"overlap_minutes": overlap})
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store"), answer.body
    assert misfits("/api/v2/token/rotate", "POST", answer) == []
    told = answer.json["data"]
    new = told["secret"]
    assert tokens.is_token_well_formed(new)
    assert shown(new)["rotated_at"] == told["rotated_at"]
    assert (told["old_works_until"] is None) == (not overlap)
    assert call_api(PATH, old).status == (200 if overlap else 401)
    again = post(ROTATE, new, {"overlap_minutes": overlap})
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json["data"] == told | {"secret": "secret_expired"}
    assert misfits("/api/v2/token/rotate", "POST", again) == []
    assert new.encode() not in bytes(IdempotentReply.objects.get().body)
    once_more = post(ROTATE, new, Idempotency_Key="other")
    assert (once_more.status, once_more.json["code"]) == (409, "token.rotated_recently")


def test_a_key_is_that_of_one_token(alice: Client) -> None:
    tokens_of_client = [make_token(alice)[1] for _ in range(2)]
    answers = [post(ROTATE, one, {"overlap_minutes": 0}) for one in tokens_of_client]
    assert ["idempotent-replayed" in one.headers for one in answers] == [False, False]
    assert [call_api(PATH, one).status for one in tokens_of_client] == [401, 401]


def test_a_dry_run_makes_no_secret(alice: Client) -> None:
    _, old = make_token(alice)
    tried = post(f"{ROTATE}?dry_run=true", old, {"overlap_minutes": 0})
    assert (tried.status, tried.headers["dry-run"]) == (200, "true")
    assert tried.json["data"]["secret"] is None
    assert shown(old)["rotated_at"] is None
    assert end(f"{old}").status == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [({"overlap_minutes": 1441}, 422), ({"overlap_minutes": "60"}, 422), ({"minutes": 1}, 422)],
)
def test_what_is_not_valid_changes_nothing(alice: Client, body: Any, status: int) -> None:
    _, plain = make_token(alice)
    assert post(ROTATE, plain, body).status == status
    assert call_api(ROTATE, plain, method="POST", body={}).json["code"] == "idempotency.key_missing"
    assert shown(plain)["rotated_at"] is None


def test_it_ends_itself_and_nothing_else(alice: Client) -> None:
    _, other = make_token(alice)
    token, plain = make_token(alice)
    tried = call_api(f"{PATH}?dry_run=true", plain, method="DELETE")
    assert (tried.status, tried.body) == (204, b"")
    ended = end(plain)
    assert (ended.status, ended.body) == (204, b"")
    assert misfits("/api/v2/token", "DELETE", ended) == []
    assert [call_api(PATH, one).status for one in (plain, other)] == [401, 200]
    assert end(plain).status == 401
    assert ApiToken.objects.get(pk=token.pk).status == "revoked"


def test_a_suspended_account_can_change_and_end_what_may_have_leaked(alice: Client) -> None:
    _, plain = make_token(alice)
    suspend_client(client=alice, ctx=CTX, reason="unpaid")
    new = post(ROTATE, plain, {"overlap_minutes": 0}).json["data"]["secret"]
    assert end(new).status == 204


def test_of_a_closed_account_it_is_refused(alice: Client) -> None:
    _, plain = make_token(alice)
    close_client(client=alice, ctx=CTX, reason="left")
    for answer in (call_api(PATH, plain), post(ROTATE, plain), end(plain)):
        assert answer.json["code"] in ("account.closed", "token.not_valid")


def test_what_is_taken_where_is_said(alice: Client) -> None:
    _, plain = make_token(alice)
    for path, method, allowed in [
        (ROTATE, "GET", "POST"),
        (PATH, "POST", "GET, HEAD, DELETE"),
        (PATH, "PATCH", "GET, HEAD, DELETE"),
    ]:
        answer = call_api(path, plain, method=method)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)


def test_a_token_that_ended_is_refused_by_what_is_for_all_clients_too(alice: Client) -> None:
    """PostgreSQL found rows that are no client's, and nobody who asked: 500."""
    make_product()
    _, plain = make_token(alice)
    end(plain)
    for resource in RESOURCES:
        assert (resource.path, call_api(resource.path, plain).status) == (resource.path, 401)
