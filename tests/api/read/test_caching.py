"""Validators: what a tag is made from, and what a caller that has a copy gets (client-api.md 6)."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from commerce.accounts.actions.clients import change_client
from commerce.catalog.actions.products import rename_product
from commerce.hosting.actions.editing import rename_service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_client, make_invoice, make_payment, make_service, make_token
from tests.make.api import ApiAnswer, call_api

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)


def tag(target: str, token: str, **headers: str) -> str:
    answer = call_api(target, token, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert answer.status == 200, answer
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, Accept-Encoding"
    return answer.headers["etag"]


def conditional(target: str, token: str, value: str) -> ApiAnswer:
    return call_api(target, token, headers={"If-None-Match": value})


def test_the_tag_is_strong_and_the_same_for_every_token_of_the_client() -> None:
    client = make_client()
    (_, one), (_, two) = make_token(client, name="one"), make_token(client, name="two")
    assert tag("/services", one) == tag("/services", one) == tag("/services", two)
    assert tag("/services", one).startswith('"')


def test_the_tag_differs_where_the_body_may() -> None:
    client, other = make_client(), make_client(owner="charlie@example.com")
    _, plain = make_token(client)
    _, theirs = make_token(other)
    tags = {
        tag("/services", plain),
        tag("/services", theirs),
        tag("/orders", plain),
        tag("/services?page=2", plain),
        tag("/services?per_page=16", plain),
        tag("/services?status=active", plain),
        tag("/services?updated_since=2026-01-01T00:00:00Z", plain),
        tag("/services", plain, Accept_Encoding="gzip"),
    }
    assert len(tags) == 8


def test_spellings_of_the_same_question_have_the_same_tag() -> None:
    _, plain = make_token()
    same = [
        "/services",
        "/services?page=1",
        "/services?per_page=015&page=01&other=x",
        "/services?other=1",
    ]
    assert len({tag(target, plain) for target in same}) == 1


def test_a_304_has_the_validators_and_the_limit_and_nothing_else() -> None:
    _, plain = make_token()
    answer = conditional("/services", plain, tag("/services", plain))
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers.keys() == {
        "etag",
        "cache-control",
        "vary",
        "ratelimit-policy",
        "ratelimit",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-request-id",
        "x-content-type-options",
        "strict-transport-security",
    }


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"other", {}', 304),
        ('W/"other" , W/{} , "third"', 304),
        ('"a,b", {}', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ("nonsense", 200),
        ("", 200),
    ],
)
def test_lists_of_tags(form: str, status: int) -> None:
    _, plain = make_token()
    value = form.replace("{}", tag("/services", plain))
    assert conditional("/services", plain, value).status == status


def test_a_star_matches_only_what_is_there() -> None:
    _, plain = make_token()
    assert conditional("/services/9", plain, "*").status == 404
    assert conditional("/me", plain, "*").status == 304
    for page in ("/services", "/services?page=9"):  # a page without rows is there, too
        assert call_api(page, plain).json["data"] == []
        assert conditional(page, plain, "*").status == 304


def test_checks_go_before_validators() -> None:
    _, plain = make_token(scopes=["profile:read"])
    assert conditional("/services", plain, "*").status == 403
    _, plain = make_token()
    assert conditional("/services?page=x", plain, "*").status == 400


def test_a_write_to_something_shown_changes_the_tag_and_a_use_of_the_token_does_not() -> None:
    client = make_client()
    service = make_service(client=client)
    _, plain = make_token(client)
    before = tag("/services", plain)
    assert tag("/services", plain) == before
    rename_service(service=service, label="Shop", ctx=Context(LATER, SYSTEM))
    renamed = tag("/services", plain)
    rename_product(product=service.product, name="Starter 2", ctx=Context(LATER, SYSTEM))
    shared = tag("/services", plain)
    change_client(client=client, ctx=Context(LATER, SYSTEM), city="Bristol")
    assert len({before, renamed, shared, tag("/services", plain)}) == 4


def test_last_modified_of_single_resources() -> None:
    client = make_client()
    service = make_service(client=client)
    _, plain = make_token(client)
    for target in ("/me", f"/services/{service.pk}"):
        answer = call_api(target, plain)
        assert parsedate_to_datetime(answer.headers["last-modified"]) >= AT
        since = {"If-Modified-Since": answer.headers["last-modified"]}
        assert call_api(target, plain, headers=since).status == 304
        both = since | {"If-None-Match": '"other"'}
        assert call_api(target, plain, headers=both).status == 200
        earlier = {"If-Modified-Since": "Tue, 07 Apr 2026 00:00:00 GMT"}
        assert call_api(target, plain, headers=earlier).status == 200
        for unreadable in (
            "",
            "yesterday",
            "2026-04-08",
            "Tue, 99 Apr 2026 00:00:00 GMT",
            "Fri, 01 Jan 2027 00:00:00 +0200",
        ):
            answer = call_api(target, plain, headers={"If-Modified-Since": unreadable})
            assert answer.status == 200
    assert "last-modified" not in call_api("/services", plain).headers


def test_a_copy_read_in_the_second_of_a_change_is_not_taken_for_fresh() -> None:
    client = make_client()
    _, plain = make_token(client)
    with clock.freeze_time(LATER.replace(microsecond=400_000)):
        change_client(client=client, ctx=Context(clock.now(), SYSTEM), city="Bath")
        seen = call_api("/me", plain).headers["last-modified"]
    with clock.freeze_time(LATER.replace(microsecond=900_000)):
        change_client(client=client, ctx=Context(clock.now(), SYSTEM), city="Bristol")
    with clock.freeze_time(LATER + timedelta(minutes=1)):
        assert call_api("/me", plain, headers={"If-Modified-Since": seen}).status == 200
        settled = call_api("/me", plain).headers["last-modified"]
        assert call_api("/me", plain, headers={"If-Modified-Since": settled}).status == 304


def test_the_time_of_change_moves_with_what_is_shown() -> None:
    client = make_client()
    service, untouched = make_service(client=client), make_service(client=client)
    invoice = make_invoice(client)
    _, plain = make_token(client)
    since = "updated_since=" + (AT + timedelta(minutes=30)).isoformat().replace("+", "%2B")
    assert call_api(f"/services?{since}", plain).ids == []
    rename_product(product=service.product, name="Starter 2", ctx=Context(LATER, SYSTEM))
    assert call_api(f"/services?{since}", plain).ids == [service.pk]
    assert untouched.pk not in call_api(f"/services?{since}", plain).ids
    assert call_api(f"/invoices?{since}", plain).ids == []
    make_payment(invoice, amount=100, at=LATER)
    assert call_api(f"/invoices?{since}", plain).ids == [invoice.pk]
