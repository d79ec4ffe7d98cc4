"""Lists of version 2: walks with cursors, filters, orders, and what is refused."""

import random
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.accounts.models import Client
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.hosting.models import Service
from commerce.kit import clock
from tests.make import (
    AT,
    make_client,
    make_domain,
    make_invoice,
    make_order,
    make_service,
    make_token,
)
from tests.make.api import call_api
from tests.make.cards import CTX
from tests.make.zones import make_stored_zone

LISTS = [one.path for one in RESOURCES if one.list_struct is not None and one.is_versioned]


def walk(path: str, token: str, query: str, after: str = "") -> list[int]:
    """The ids of all pages, or of those after a cursor."""
    found: list[int] = []
    cursor = f"&cursor={after}" if after else ""
    while True:
        page = call_api(f"{path}?{query}{cursor}", token)
        assert page.status == 200, page.body
        found += page.ids
        meta = page.json["meta"]
        assert meta["has_more"] is (meta["next_cursor"] is not None)
        if not meta["has_more"]:
            assert "link" not in page.headers
            return found
        cursor = f"&cursor={meta['next_cursor']}"
        assert page.headers["link"].endswith(f'cursor={meta["next_cursor"]}>; rel="next"')


def services_at_few_instants(client: Client, number: int) -> dict[int, Any]:
    """Services of which many were made at the same instant: their ids with it."""
    draw = random.Random(5)  # noqa: S311 - the same each time
    made = {}
    for _ in range(number):
        service = make_service(client)
        at = AT + timedelta(microseconds=draw.randrange(4))
        Service.objects.filter(pk=service.pk).update(created_at=at, changed_at=at)
        made[service.pk] = at
    return made


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "updated_at"])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_a_walk_has_each_row_once_and_in_order(
    alice: Client, token: str, sort: str, limit: int
) -> None:
    made = services_at_few_instants(alice, 14)
    expected = sorted(made, key=lambda pk: (made[pk], pk), reverse=sort.startswith("-"))
    assert walk("/api/v2/services", token, f"sort={sort}&limit={limit}") == expected


def test_what_is_made_during_a_walk_neither_moves_nor_repeats_it(alice: Client, token: str) -> None:
    made = services_at_few_instants(alice, 5)
    first = call_api("/api/v2/services?limit=2", token)
    later = make_service(alice)
    Service.objects.filter(pk=later.pk).update(created_at=AT + timedelta(hours=1))
    rest = walk("/api/v2/services", token, "limit=2", after=first.json["meta"]["next_cursor"])
    assert sorted([*first.ids, *rest]) == sorted(made)


def test_names_without_an_expiry_date_are_sorted_to_the_end(alice: Client, token: str) -> None:
    late = make_domain(alice, domain_name="late.example")
    early = make_domain(alice, domain_name="early.example")
    waiting = make_domain(alice, "pending_transfer", domain_name="waiting.example")
    type(late).objects.filter(pk=late.pk).update(
        expiry_date="2031-01-01", next_due_date="2031-01-01"
    )
    assert walk("/api/v2/domains", token, "sort=expiry_date&limit=1") == [
        early.pk,
        late.pk,
        waiting.pk,
    ]


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_belongs_to_its_list_client_and_parameters(
    alice: Client, token: str, path: str
) -> None:
    for n in range(3):
        make_service(alice)
        make_domain(alice)
        make_invoice(alice)
        make_order(alice)
        make_stored_zone(alice, f"zone{n}.example")
    cursor = call_api(f"{path}?limit=1", token).json["meta"]["next_cursor"]
    assert call_api(f"{path}?limit=2&cursor={cursor}", token).status == 200
    foreign = make_token(make_client(owner="charlie@example.com"))[1]
    other = next(one for one in LISTS if one != path)
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    for target, who in [
        (f"{path}?cursor={cursor}", foreign),
        (f"{other}?cursor={cursor}", token),
        (f"{path}?cursor={cursor}&sort=created_at", token),
        (f"{path}?cursor={cursor}&created_after=2020-01-01T00:00:00Z", token),
        (f"{path}?cursor={flipped}", token),
        (f"{path}?cursor=", token),
        (f"{path}?cursor=%F0%9F%92%A9", token),
        (f"{path}?cursor={cursor[:20]}", token),
    ]:
        answer = call_api(target, who)
        assert (answer.status, answer.json["code"]) == (400, "cursor.not_valid"), target


@pytest.mark.parametrize(
    "key",
    [
        *["", "2026-99-99", "0000-01-01", "2026-04-08 25:00:00", "2026-04-08; x", "\x00", "9" * 99],
        "2026-04-08 10:00:00+23:59",
        "2026-04-08 10:00:00+00:00:00.5",
        "2026-04-08 100000.0",
    ],
)
def test_a_cursor_that_somebody_made_up_reaches_no_database(
    alice: Client, token: str, key: str
) -> None:
    for row_id in (1, 0, -1, 2**63):
        body = msgspec.json.encode([key, row_id, int(clock.now().timestamp())])
        made = urlsafe_b64encode(b"x" * 16 + body).decode().rstrip("=")
        answer = call_api(f"/api/v2/services?cursor={made}", token)
        assert (answer.status, answer.json["code"]) == (400, "cursor.not_valid")


def test_the_link_to_the_next_page_leads_there(alice: Client, token: str) -> None:
    for name in ("é", "ü", "é"):
        change_metadata(record=make_service(alice), values={"": name}, ctx=CTX)
    raw = "é".encode().decode("latin-1")  # as a server hands on what was not escaped
    first = call_api(f"/api/v2/services?limit=1&reference={raw}&%63ursor=", token)
    assert first.status == 400
    first = call_api(f"/api/v2/services?limit=1&reference={raw}", token)
    link = first.headers["link"].partition("8443")[2].partition(">")[0]
    second = call_api(link.replace("cursor=", "%63ursor="), token)
    assert [second.status, second.json["meta"]["has_more"]] == [200, False]
    for again in ("&cursor=x", "&%63ursor=x"):
        twice = call_api(link + again, token)
        assert (twice.status, twice.json["errors"][0]["code"]) == (400, "repeated")
    long = ",".join([raw, *[f"{n}{chr(34) * 200}" for n in range(30)]])
    longer = call_api(f"/api/v2/services?limit=1&reference={long}", token)
    assert "link" not in longer.headers
    assert longer.json["meta"]["next_cursor"]


def test_pairs_of_metadata_are_not_taken_for_each_other(alice: Client, token: str) -> None:
    """Neither by tags nor by cursors."""
    for n in range(3):
        service = make_service(alice)
        change_metadata(record=service, values={"a": "1", "b": "1" if n else "2"}, ctx=CTX)
    first = call_api("/api/v2/services?metadata[a]=1&limit=2", token)
    cursor = first.json["meta"]["next_cursor"]
    other = "/api/v2/services?metadata[b]=1&limit=2"
    assert call_api(f"{other}&cursor={cursor}", token).status == 400
    tag = {"If-None-Match": first.headers["etag"]}
    assert call_api(other, token, headers=tag).status == 200
    # A value that looks like more parameters.
    tag = {
        "If-None-Match": call_api("/api/v2/services?reference=x&metadata[a]=1", token).headers[
            "etag"
        ]
    }
    assert (
        call_api("/api/v2/services?metadata[a]=1%26reference%3Dx", token, headers=tag).status == 200
    )


def test_a_cursor_is_good_for_seven_days(
    alice: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    services_at_few_instants(alice, 3)
    cursor = call_api("/api/v2/services?limit=1", token).json["meta"]["next_cursor"]
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=6, hours=23))
    assert call_api(f"/api/v2/services?cursor={cursor}", token).status == 200
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7, seconds=2))
    assert call_api(f"/api/v2/services?cursor={cursor}", token).json["code"] == "cursor.not_valid"


def test_filters_of_services(alice: Client, token: str) -> None:
    one, two = make_service(alice, "active"), make_service(alice, "suspended")
    three = make_service(alice, "terminated")
    Service.objects.filter(pk=one.pk).update(domain="one.example", next_due_date="2026-05-01")
    Service.objects.filter(pk=two.pk).update(domain="two.example", next_due_date="2026-06-01")
    foreign = make_service(make_client())

    def found(query: str) -> set[int]:
        return set(walk("/api/v2/services", token, query))

    assert found("status=active,terminated") == {one.pk, three.pk}
    assert found("status=suspended") == {two.pk}
    assert found(f"ids={one.pk},{three.pk},{foreign.pk},999999") == {one.pk, three.pk}
    assert found("domain=TWO.example,none.example") == {two.pk}
    assert found("due_after=2026-05-02") == {two.pk}
    assert found("due_before=2026-06-01") == {one.pk}
    assert found("due_after=2026-06-01") == {two.pk}
    assert found(f"product_id={one.product_id}&status=active") == {one.pk}
    assert found("updated_since=2999-01-01T00:00:00Z") == set()
    assert found("created_after=2000-01-01T00:00:00Z&created_before=2999-01-01T00:00:00Z") == {
        one.pk,
        two.pk,
        three.pk,
    }


def test_filters_of_domains(alice: Client, token: str) -> None:
    kept = make_domain(alice, domain_name="kept.example")
    left = make_domain(alice, "fraud", domain_name="left.example")
    type(kept).objects.filter(pk=left.pk).update(auto_renew=False)

    def found(query: str) -> set[int]:
        return set(call_api(f"/api/v2/domains?{query}", token).ids)

    assert found("status=under_review") == {left.pk}
    assert found("auto_renew=false") == {left.pk}
    assert found("auto_renew=true&tld=example") == {kept.pk}
    assert found("domain_name=KEPT.example") == {kept.pk}


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("statsu=active", "statsu", "unknown"),
        ("page=2", "page", "unknown"),
        ("limit=1&limit=1", "limit", "repeated"),
        ("limit=0", "limit", "not_valid"),
        ("limit=101", "limit", "not_valid"),
        ("limit=abc", "limit", "not_valid"),
        ("sort=name", "sort", "not_valid"),
        ("sort=-updated_at", "sort", "not_valid"),
        ("status=gone", "status", "not_valid"),
        ("status=", "status", "not_valid"),
        ("status=active,", "status", "not_valid"),
        ("ids=", "ids", "not_valid"),
        ("ids=0", "ids", "not_valid"),
        ("ids=1,-2", "ids", "not_valid"),
        ("ids=99999999999999999999", "ids", "not_valid"),
        ("ids=" + ",".join(map(str, range(1, 102))), "ids", "not_valid"),
        ("due_after=2026-13-01", "due_after", "not_valid"),
        ("due_after=2026-W15-3", "due_after", "not_valid"),
        ("created_after=2026-04-08", "created_after", "not_valid"),
        ("domain=%00", "domain", "not_valid"),
        ("metadata[a]=%00", "metadata[a]", "not_valid"),
        ("metadata[a%00]=1", "metadata[a\0]", "not_valid"),
        ("metadata[a]=1&metadata[b]=1", "metadata[b]", "repeated"),
        ("reference=r,,s", "reference", "not_valid"),
        ("include=invoices", "include", "not_valid"),
        ("fields=id,secret", "fields", "unknown"),
        ("fields=client.email", "fields", "unknown"),
        ("fields=username", "fields", "unknown"),
        ("fields=", "fields", "unknown"),
    ],
)
def test_each_wrong_parameter_is_named(
    alice: Client, token: str, query: str, parameter: str, code: str
) -> None:
    answer = call_api(f"/api/v2/services?{query}", token)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["code"] == "request.not_valid"
    assert answer.json["detail"] == answer.json["message"] == answer.json["errors"][0]["detail"]
    assert [(one["parameter"], one["code"]) for one in answer.json["errors"]] == [(parameter, code)]


def test_all_that_is_wrong_is_told_at_once(alice: Client, token: str) -> None:
    answer = call_api("/api/v2/services?limit=0&statsu=x&sort=y", token)
    assert {one["parameter"] for one in answer.json["errors"]} == {"limit", "statsu", "sort"}
    assert answer.json["detail"] == "Several query parameters are not valid."


def test_no_more_is_told_than_anybody_reads(alice: Client, token: str) -> None:
    query = "&".join(f"x{n}=" for n in range(1000))
    assert len(call_api(f"/api/v2/services?{query}", token).json["errors"]) == 100
