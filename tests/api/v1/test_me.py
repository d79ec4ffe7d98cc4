"""``GET /me`` (client-api.md 8)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commerce.accounts.actions.clients import (
    change_client,
    close_client,
    reopen_client,
    suspend_client,
)
from commerce.accounts.models import Client
from commerce.kit.context import SYSTEM, Context
from tests.api.v1.exact_replies import assert_row
from tests.make import AT, make_client, make_token
from tests.make.api import call_api

pytestmark = pytest.mark.django_db

RICH = {
    "company": "Acme Hosting Ltd",
    "email": "billing@acme.example",
    "phone": "+44 20 7946 0000",
    "address1": "1 Harbour Street",
    "address2": "Floor 2",
    "city": "Bristol",
    "state": "Avon",
    "postcode": "BS1 4DJ",
    "country": "GB",
    "currency_code": "GBP",
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"; DROP TABLE accounts_client; --',
    "Zoë \u202egnirts\u202c 東京 😀 �",
    "back\\slash / \\u0041 \u2028",
]


def client_of(**over: Any) -> tuple[Client, str]:
    client = make_client(**over)
    return client, make_token(client)[1]


def test_everything_of_a_client() -> None:
    client, plain = client_of(**RICH)
    assert_row(
        call_api("/me", plain),
        {
            "id": client.pk,
            "name": "Jane Smith",
            "email": "billing@acme.example",
            "company": "Acme Hosting Ltd",
            "phone": "+44 20 7946 0000",
            "address1": "1 Harbour Street",
            "address2": "Floor 2",
            "city": "Bristol",
            "state": "Avon",
            "postcode": "BS1 4DJ",
            "country": "GB",
            "currency_code": "GBP",
            "status": "active",
            "created_at": "2026-04-08T14:33:10Z",
        },
    )


def test_what_is_not_known_is_null_and_stays_a_key() -> None:
    client, plain = client_of(address1="", postcode="", city="")
    assert_row(
        call_api("/me", plain),
        {
            "id": client.pk,
            "name": "Jane Smith",
            "email": "billing@example.com",
            "company": None,
            "phone": None,
            "address1": None,
            "address2": None,
            "city": None,
            "state": None,
            "postcode": None,
            "country": "DE",
            "currency_code": "EUR",
            "status": "active",
            "created_at": "2026-04-08T14:33:10Z",
        },
    )


def test_each_status_in_which_a_client_may_read() -> None:
    client, plain = client_of()
    ctx = Context(AT, SYSTEM)
    assert call_api("/me", plain).json["data"]["status"] == "active"
    suspend_client(client=client, reason="as asked", ctx=ctx)
    assert call_api("/me", plain).json["data"]["status"] == "suspended"
    close_client(client=client, reason="as asked", ctx=ctx)
    assert call_api("/me", plain).json == {"message": "This account is closed."}
    reopen_client(client=client, reason="as asked", ctx=ctx)
    assert call_api("/me", plain).json["data"]["status"] == "active"


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_comes_back_as_it_was_stored(text: str) -> None:
    client, plain = client_of()
    Client.objects.filter(pk=client.pk).update(
        first_name=text, last_name="Ödegård", company=text, address1=text, postcode=text[:20]
    )
    answer = call_api("/me", plain)
    data = answer.json["data"]
    assert data["name"] == f"{text} Ödegård"
    assert (data["company"], data["address1"], data["postcode"]) == (text, text, text[:20])
    assert "Ödegård".encode() in answer.body


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (datetime(2026, 4, 8, 14, 33, 10, 999_999, tzinfo=UTC), "2026-04-08T14:33:10Z"),
        (datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC), "2024-02-29T23:59:59Z"),
        (datetime(1999, 12, 31, tzinfo=UTC), "1999-12-31T00:00:00Z"),
    ],
)
def test_instants_are_whole_seconds_cut_not_rounded(made: datetime, shown: str) -> None:
    client, plain = client_of()
    Client.objects.filter(pk=client.pk).update(created_at=made)
    assert call_api("/me", plain).json["data"]["created_at"] == shown


def test_each_change_shows_moves_the_tag_and_the_time_of_change() -> None:
    client, plain = client_of()
    before = call_api("/me", plain).headers
    for n, change in enumerate(({"company": "Acme"}, {"first_name": "Ann"}, {"city": "Bath"}), 1):
        change_client(client=client, ctx=Context(AT + timedelta(minutes=n), SYSTEM), **change)
        answer = call_api("/me", plain)
        assert answer.headers["etag"] != before["etag"]
        assert answer.headers["last-modified"] == f"Wed, 08 Apr 2026 14:{33 + n}:10 GMT"
        before = answer.headers
    data = answer.json["data"]
    assert (data["company"], data["name"], data["city"]) == ("Acme", "Ann Smith", "Bath")


def test_a_change_of_status_is_a_change() -> None:
    client, plain = client_of()
    suspend_client(client=client, ctx=Context(AT + timedelta(days=1), SYSTEM), reason="abuse")
    since = {"If-Modified-Since": "Wed, 08 Apr 2026 14:33:10 GMT"}
    answer = call_api("/me", plain, headers=since)
    assert (answer.status, answer.json["data"]["status"]) == (200, "suspended")


def test_the_clients_own_record_has_no_row_paths() -> None:
    client, plain = client_of()
    for target in (f"/me/{client.pk}", f"/clients/{client.pk}", "/me/", "/clients"):
        assert call_api(target, plain).status == 404
