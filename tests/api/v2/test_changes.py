"""PATCH: who may, strict bodies, versions, one effect for each key, dry runs."""

import io
import json
from typing import Any

import pytest

from commerce.accounts.models import ApiToken, Client, IdempotentReply, RecordMetadata
from commerce.api.core.errors import ApiProblem
from commerce.api.core.request import ApiRequest
from commerce.api.v2.writing import serve as writes
from commerce.api.v2.writing.bodies import read_body
from commerce.audit.models import AuditEntry
from commerce.hosting.models import Service
from tests.make import (
    make_client,
    make_domain,
    make_invoice,
    make_order,
    make_service,
    make_token,
)
from tests.make.api import ApiAnswer, call_api
from tests.make.browser import make_browser
from tests.make.people import make_user

WRITING = ["services:read", "services:write", "orders:read", "orders:write"]
WRITING += ["domains:read", "domains:write", "invoices:read", "invoices:write"]


@pytest.fixture
def writer(alice: Client) -> str:
    return make_token(alice, scopes=WRITING)[1]


@pytest.fixture
def service(alice: Client) -> Service:
    return make_service(alice)


def patch(target: str, token: str, body: Any, **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return call_api(f"/api/v2{target}", token, method="PATCH", body=body, headers=named)


def test_a_service_is_renamed_and_gets_ones_own_words(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    before = call_api(f"/api/v2{path}", writer).json["data"]
    body = {"name": " Company  site ", "reference": "shop-1", "metadata": {"b": "2", "a": "1"}}
    answer = patch(path, writer, body)
    assert answer.status == 200, answer.body
    assert answer.headers["cache-control"] == "no-store"
    after = answer.json["data"]
    assert after == before | {
        "name": "Company site",
        "reference": "shop-1",
        "metadata": {"a": "1", "b": "2"},
        "updated_at": after["updated_at"],
        "version": after["version"],
    }
    assert after["version"] > before["version"]
    read = call_api(f"/api/v2{path}", writer)
    assert read.json["data"] == after
    assert read.headers["etag"] == answer.headers["etag"]
    renamed = AuditEntry.objects.get(action="service.renamed")
    assert (renamed.actor_kind, renamed.actor_name) == ("token", ApiToken.objects.get().name)
    words = AuditEntry.objects.get(action="service.metadata_changed")
    assert words.after == {"keys": ["a", "b", "reference"]}


@pytest.mark.parametrize("kind", ["services", "orders", "domains", "invoices"])
def test_words_are_merged_filtered_by_and_taken_away(alice: Client, writer: str, kind: str) -> None:
    makers: dict[str, Any] = {
        "services": make_service,
        "orders": make_order,
        "domains": make_domain,
        "invoices": make_invoice,
    }
    row, other = makers[kind](alice), makers[kind](alice)
    path = f"/{kind}/{row.pk}"
    patch(path, writer, {"reference": "r,1", "metadata": {"a": "1", "b": "2"}})
    patch(f"/{kind}/{other.pk}", writer, {"reference": "r2", "metadata": {"a": "2"}})
    changed = patch(path, writer, {"reference": "r1", "metadata": {"a": None, "c": "3"}})
    assert changed.json["data"]["metadata"] == {"b": "2", "c": "3"}

    def found(query: str) -> set[int]:
        answer = call_api(f"/api/v2/{kind}?{query}", writer)
        assert answer.status == 200, answer.body
        return set(answer.ids)

    assert found("reference=r1") == {row.pk}
    assert found("reference=r1,r2") == {row.pk, other.pk}
    assert found("metadata[c]=3") == found("metadata%5Bc%5D=3") == {row.pk}
    assert found("metadata[a]=1") == set()
    assert found("metadata[a]=2&reference=r2") == {other.pk}
    assert found("metadata[c]=%203%00") == {row.pk}  # as it would be kept
    assert found("reference=%20r1,r%00x") == {row.pk}
    gone = patch(path, writer, {"reference": None, "metadata": {"b": None, "c": None}})
    assert (gone.json["data"]["reference"], gone.json["data"]["metadata"]) == (None, {})
    assert not RecordMetadata.objects.filter(record_id=row.pk, kind=kind.removesuffix("s")).exists()


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"nam": "x"}, {"/nam": "unknown"}),
        ({"name": 5}, {"/name": "input.not_text"}),
        ({"name": None}, {"/name": "input.not_text"}),
        ({"name": ""}, {"/name": "input.missing"}),
        ({"name": "x" * 101}, {"/name": "input.too_long"}),
        ({"reference": 5}, {"/reference": "not_valid"}),
        ({"reference": ""}, {"/reference": "metadata.value_not_valid"}),
        ({"reference": "x" * 256}, {"/reference": "metadata.value_not_valid"}),
        ({"metadata": []}, {"/metadata": "not_valid"}),
        ({"metadata": None}, {"/metadata": "not_valid"}),
        ({"metadata": {"a/b": 5}}, {"/metadata/a~1b": "not_valid"}),
        ({"metadata": {"": "x"}}, {"/metadata/": "not_valid"}),
        ({"metadata": {"k" * 41: "x"}}, {"/metadata": "metadata.key_not_valid"}),
        ({"metadata": {"k": "x" * 501}}, {"/metadata": "metadata.value_not_valid"}),
        ({"metadata": {f"k{i}": "x" for i in range(21)}}, {"/metadata": "metadata.too_many"}),
        ({"name": 5, "nam": 1}, {"/name": "input.not_text", "/nam": "unknown"}),
    ],
)
def test_what_is_wrong_with_a_body_is_named_and_nothing_is_done(
    service: Service, writer: str, body: Any, places: dict[str, str]
) -> None:
    answer = patch(f"/services/{service.pk}", writer, {"reference": "kept"} | body)
    assert answer.status == 422
    assert {one["pointer"]: one["code"] for one in answer.json["errors"]} == places
    assert not RecordMetadata.objects.exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b'{"name": "a", "name": "b"}', 400),
        (b'{"metadata": {"a": "1", "a": "2"}}', 400),
        (b'{"name": 9007199254740993}', 400),
        (b'{"name": NaN}', 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": ' + b"[" * 30 + b"]" * 30 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"name": ' + b"1" * 100_000 + b"}", 400),
        (b'{"name": "a"} x', 400),
        (b'{"\\ud800": 1}', 400),
        (b'{"metadata": {"\\ud800": 1}}', 400),
        (b'{"reference": "\\udc00 after \\ud800"}', 400),
        (b'{"metadata": {"a\\u0000b": 1}}', 400),
        (b'{"reference": "\\\\\\u0000"}', 400),
        (b" " * (256 * 1024 + 1), 413),
    ],
)
def test_what_is_no_json_object_is_refused(
    service: Service, writer: str, raw: bytes, status: int
) -> None:
    answer = patch(f"/services/{service.pk}", writer, raw)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_text_may_be_about_null_characters(service: Service, writer: str) -> None:
    answer = patch(f"/services/{service.pk}", writer, b'{"reference": "\\\\u0000"}')
    assert (answer.status, answer.json["data"]["reference"]) == (200, r"\u0000")


def test_a_body_that_the_server_did_not_take_is_too_large() -> None:
    environ = {
        "PATH_INFO": "/api/v2/services/1",
        "wsgi.url_scheme": "https",
        "REMOTE_ADDR": "203.0.113.9",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "99000000",
        "wsgi.input": io.BytesIO(),
    }
    with pytest.raises(ApiProblem) as refused:
        read_body(ApiRequest(environ), may_be_empty=True)
    assert refused.value.status == 413


def test_other_media_types_are_refused(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    for kind in ("text/plain", "application/json; charset=latin-1", "application/merge-patch+json"):
        assert patch(path, writer, b"{}", content_type=kind).status == 415
    assert patch(path, writer, b"{}", Content_Encoding="gzip").status == 415
    assert patch(path, writer, b"{}", content_type="application/json; charset=UTF-8").status == 200


def test_reading_scopes_change_nothing(alice: Client, service: Service, token: str) -> None:
    answer = patch(f"/services/{service.pk}", token, {"name": "x"})
    assert (answer.status, answer.json["code"]) == (403, "token.scope_missing")
    assert "services:write" in answer.json["detail"]
    blind = make_token(alice, scopes=["services:write"], name="blind")[1]
    assert patch(f"/services/{service.pk}", blind, {"name": "x"}).status == 403
    service.refresh_from_db()
    assert service.label != "x"


def test_others_records_are_as_none(service: Service, writer: str) -> None:
    foreign = make_service(make_client(owner="charlie@example.com"))
    for row_id in (foreign.pk, 999_999):
        assert patch(f"/services/{row_id}", writer, {"name": "x"}).status == 404
    foreign.refresh_from_db()
    assert foreign.label != "x"


def test_a_suspended_account_is_read_and_not_changed(
    alice: Client, service: Service, writer: str
) -> None:
    Client.objects.filter(pk=alice.pk).update(status="suspended")
    answer = patch(f"/services/{service.pk}", writer, {"name": "x"})
    assert (answer.status, answer.json["code"]) == (403, "account.suspended")


def test_an_account_that_is_suspended_meanwhile_is_not_changed(
    alice: Client, service: Service, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def suspend(**_: str) -> None:
        Client.objects.filter(pk=alice.pk).update(status="suspended")

    monkeypatch.setattr(writes, "claim_idempotency_key", suspend)
    answer = patch(f"/services/{service.pk}", writer, {"name": "x"}, idempotency_key="k")
    assert (answer.status, answer.json["code"]) == (403, "account.suspended")
    service.refresh_from_db()
    assert service.label != "x"


def test_an_ended_service_keeps_its_name(alice: Client, writer: str) -> None:
    ended = make_service(alice, "terminated")
    answer = patch(f"/services/{ended.pk}", writer, {"name": "x", "reference": "kept out"})
    assert (answer.status, answer.json["code"]) == (409, "service.has_ended")
    assert not RecordMetadata.objects.exists()
    assert patch(f"/services/{ended.pk}", writer, {"reference": "r"}).status == 200


def test_a_change_of_what_was_read_before_is_refused(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    tag = call_api(f"/api/v2{path}", writer).headers["etag"]
    assert patch(path, writer, {"name": "one"}, if_match=tag).status == 200
    late = patch(path, writer, {"name": "two"}, if_match=tag)
    assert (late.status, late.json["code"]) == (412, "precondition.failed")
    other_shape = call_api(f"/api/v2{path}?fields=id", writer).headers["etag"]
    assert patch(path, writer, {"name": "two"}, if_match=f'"x", {other_shape}').status == 200
    assert patch(path, writer, {"name": "three"}, if_match="*").status == 200
    now = call_api(f"/api/v2{path}", writer).headers["etag"]
    for matches_nothing in ("nonsense", f"W/{now}"):
        assert patch(path, writer, {"name": "four"}, if_match=matches_nothing).status == 412


def test_a_key_is_done_once_and_answered_again(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    first = patch(path, writer, {"name": "one"}, idempotency_key="k-1")
    patch(path, writer, {"name": "two"})
    again = patch(path, writer, b'{ "name":\t"one" }', idempotency_key='"k-1"', if_match='"0-0"')
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    service.refresh_from_db()
    assert service.label == "two"
    other = patch(path, writer, {"name": "three"}, idempotency_key="k-1")
    assert (other.status, other.json["code"]) == (422, "idempotency.key_reused")
    assert AuditEntry.objects.filter(action="service.renamed").count() == 2


def test_a_key_belongs_to_its_client_and_path(alice: Client, service: Service, writer: str) -> None:
    second = make_service(alice)
    patch(f"/services/{service.pk}", writer, {"name": "one"}, idempotency_key="k")
    assert (
        patch(f"/services/{second.pk}", writer, {"name": "one"}, idempotency_key="k").headers.get(
            "idempotent-replayed"
        )
        is None
    )
    charlie = make_client(owner="charlie@example.com")
    theirs = make_token(charlie, scopes=WRITING)[1]
    assert (
        patch(f"/services/{service.pk}", theirs, {"name": "one"}, idempotency_key="k").status == 404
    )


def test_a_key_gives_nothing_that_the_token_may_not_have_included(
    alice: Client, service: Service, writer: str
) -> None:
    path = f"/services/{service.pk}"
    body = {"name": "one"}
    more = make_token(alice, scopes=[*WRITING, "profile:read"], name="more")[1]
    assert patch(f"{path}?include=client", more, body, idempotency_key="k").status == 200
    for query, status, code in [
        ("", 422, "idempotency.key_reused"),
        ("?fields=id", 422, "idempotency.key_reused"),
        ("?include=client", 403, "token.scope_missing"),
    ]:
        answer = patch(f"{path}{query}", writer, body, idempotency_key="k")
        assert (answer.status, answer.json["code"]) == (status, code)
    again = patch(f"{path}?include=client", more, body, idempotency_key="k")
    assert again.headers["idempotent-replayed"] == "true"


def test_a_refusal_is_not_stored(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    assert patch(path, writer, {"name": ""}, idempotency_key="k").status == 422
    assert not IdempotentReply.objects.exists()
    assert patch(path, writer, {"name": "x"}, idempotency_key="k").status == 200


@pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(service: Service, writer: str, key: str) -> None:
    answer = patch(f"/services/{service.pk}", writer, {"name": "x"}, idempotency_key=key)
    assert (answer.status, answer.json["code"]) == (400, "idempotency.key_not_valid")


def test_a_dry_run_says_what_would_be_and_keeps_nothing(service: Service, writer: str) -> None:
    path = f"/services/{service.pk}"
    before = call_api(f"/api/v2{path}", writer)
    body = {"name": "Tried", "metadata": {"a": "1"}}
    tried = patch(f"{path}?dry_run=true", writer, body, idempotency_key="k")
    assert tried.headers["dry-run"] == "true"
    assert "etag" not in tried.headers
    assert call_api(f"/api/v2{path}", writer).body == before.body
    assert not RecordMetadata.objects.exists()
    assert not IdempotentReply.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="service.metadata").exists()
    done = patch(path, writer, body, idempotency_key="k").json["data"]
    shown = tried.json["data"]
    assert done | {"updated_at": ""} == shown | {"updated_at": ""}
    refused = patch(f"{path}?dry_run=true", writer, {"name": ""})
    assert refused.status == 422


def test_writes_have_a_limit_of_their_own(service: Service, writer: str, settings: Any) -> None:
    settings.COMMERCE_API_WRITE_RATE = (2, 60)
    path = f"/services/{service.pk}"
    first = patch(path, writer, {"name": "a"})
    assert first.headers["ratelimit-policy"].endswith('"writes";q=2;w=60')
    assert '"writes";r=1;' in first.headers["ratelimit"]
    patch(path, writer, {"name": "b"})
    third = patch(path, writer, {"name": "c"})
    assert (third.status, third.json["code"]) == (429, "rate_limit.exceeded")
    assert call_api(f"/api/v2{path}", writer).json["data"]["name"] == "b"
    Client.objects.filter(pk=service.client_id).update(api_write_rate=9)
    fourth = patch(path, writer, {"name": "d"})
    assert fourth.status == 200
    assert fourth.headers["ratelimit-policy"].endswith('"writes";q=9;w=60')


def test_what_takes_no_change_says_so(alice: Client, writer: str) -> None:
    for path, allowed in [
        ("/api/v2/services", "GET, HEAD"),
        ("/api/v2/token", "GET, HEAD, DELETE"),
        ("/api/v2/payments/1", "GET, HEAD"),
        ("/api/v1/services/1", "GET, HEAD"),
    ]:
        answer = call_api(path, writer, method="PATCH", body={})
        assert (answer.status, answer.headers["allow"]) == (405, allowed)
    posted = call_api("/api/v2/services/1", writer, method="POST", body={})
    assert (posted.status, posted.headers["allow"]) == (405, "GET, HEAD, PATCH")


def test_a_stored_key_tells_nothing(service: Service, writer: str) -> None:
    patch(f"/services/{service.pk}", writer, {"name": "x"}, idempotency_key="secret-of-mine")
    stored = IdempotentReply.objects.get()
    assert "secret-of-mine" not in json.dumps([stored.key_hash, stored.headers, str(stored.body)])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["services", "domains", "orders"])
def test_the_portal_shows_the_reference(kind: str) -> None:
    owner = make_user("alice@example.com")
    client = make_client(owner=owner)
    token = make_token(client, scopes=WRITING)[1]
    makers: dict[str, Any] = {
        "services": make_service,
        "orders": make_order,
        "domains": make_domain,
    }
    row = makers[kind](client)
    patch(f"/{kind}/{row.pk}", token, {"reference": "<shop-7731>"})
    page = make_browser(owner, acting=client).get(f"/client/{kind}/{row.pk}")
    assert "&lt;shop-7731&gt;" in page.content.decode()
