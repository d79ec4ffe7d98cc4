"""``GET /events``: what changed, in one sequence (client-api-v2.md 7)."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.api.read.fields import field_sources
from commerce.api.v2.docs.schemas import is_derived
from commerce.api.v2.resources import event_feed
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.api.v2.resources.event_feed import EventFeed
from commerce.events.client_event_types import CLIENT_EVENT_KINDS, CLIENT_EVENT_TYPES
from commerce.events.retention import delete_old_client_events
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.record_events import EVENT_SOURCES, UNVERSIONED
from commerce.record_versions import VERSIONED
from tests.make import AT, make_client, make_domain, make_invoice, make_service, make_token
from tests.make.api import ApiAnswer, call_api
from tests.make.cards import CTX
from tests.make.records import make_operation

pytestmark = pytest.mark.django_db(transaction=True)


def read(token: str, query: str = "", **headers: str) -> ApiAnswer:
    return call_api(f"/api/v2/events{query}", token, headers=headers)


def told(token: str, query: str = "") -> list[tuple[int, str]]:
    return [(one["sequence"], one["type"]) for one in read(token, query).json["data"]]


def rename(service: Service, label: str) -> None:
    with transaction.atomic():
        bump_revision(service.client_id, CTX)
        Service.objects.filter(pk=service.pk).update(label=label)


def test_it_tells_what_changed_and_where_it_stands(alice: Client, token: str) -> None:
    service, invoice = make_service(alice), make_invoice(alice, status="paid")
    make_service(make_client(owner="charlie@example.com"))
    change_metadata(record=service, values={"": "shop 4711"}, ctx=CTX)
    answer = read(token, "?limit=100")
    feed = msgspec.convert(answer.json, EventFeed)
    assert msgspec.to_builtins(feed) == answer.json
    assert [one.sequence for one in feed.data] == list(range(1, len(feed.data) + 1))
    assert {one.client_id for one in feed.data} == {alice.pk}
    assert (feed.meta.position, feed.meta.has_more) == (len(feed.data), False)
    last = feed.data[-1]
    assert (last.type, last.data.changed) == ("service.changed", ["metadata", "reference"])
    assert last.data.resource.reference == "shop 4711"
    assert last.data.resource.url.endswith(f"/api/v2/services/{service.pk}")
    paid = next(one for one in feed.data if one.type == "invoice.paid")
    assert paid.data.facts["invoice_number"] == invoice.number
    assert {one.type for one in feed.data} <= CLIENT_EVENT_TYPES.keys()
    lists = call_api("/api/v2/services", token).json["meta"]
    assert lists["position"] == feed.meta.position
    etag = answer.headers["etag"]
    assert read(token, "?limit=100", **{"If-None-Match": etag}).status == 304


def test_one_goes_on_after_the_position(alice: Client, token: str) -> None:
    service = make_service(alice)
    begun = read(token).json["meta"]["position"]
    for label in ("One", "Two", "Three"):
        rename(service, label)
    first = read(token, f"?after={begun}&limit=2").json
    assert first["meta"] | {"shared_revision": 0} == {
        "position": begun + 2,
        "has_more": True,
        "shared_revision": 0,
    }
    assert told(token, f"?after={begun + 2}") == [(begun + 3, "service.changed")]
    other = read(token, f"?after={begun}&types=invoice.paid,invoice.issued").json
    assert (other["data"], other["meta"]["position"]) == ([], begun + 3)


def test_a_reply_looks_at_so_many_events_and_the_next_goes_on(
    alice: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service(alice)
    for number in range(9):
        rename(service, f"Name {number}")
    make_invoice(alice, status="paid")
    wanted = told(token, "?types=invoice.paid")
    monkeypatch.setattr(event_feed, "LOOKED_AT", 4)
    found, places, has_more = [], [0], True
    while has_more:
        answer = read(token, f"?types=invoice.paid&after={places[-1]}").json
        found += [(one["sequence"], one["type"]) for one in answer["data"]]
        places.append(answer["meta"]["position"])
        has_more = answer["meta"]["has_more"]
    assert found == wanted != []
    assert all(0 < later - one <= 4 for one, later in pairwise(places))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?after=-1", 400),
        ("?after=x", 400),
        ("?types=invoice.gone", 400),
        ("?limit=101", 400),
        ("?sort=id", 400),
        ("?after=9000", 410),
    ],
)
def test_what_it_refuses(alice: Client, token: str, query: str, status: int) -> None:
    assert read(token, query).status == status


def test_what_is_kept_no_longer_is_said(alice: Client, token: str) -> None:
    service = make_service(alice)
    for label in ("One", "Two"):
        rename(service, label)
    newest = read(token).json["meta"]["position"]
    late = AT + timedelta(days=500)
    assert delete_old_client_events(before=late) == newest - 1
    assert delete_old_client_events(before=late) == 0
    gone = read(token, "?after=0")
    assert (gone.status, gone.json["code"]) == (410, "events.too_old")
    assert told(token, f"?after={newest - 1}") == [(newest, "service.changed")]
    rename(service, "Three")
    assert told(token, f"?after={newest}") == [(newest + 1, "service.changed")]


def test_a_token_is_told_of_what_it_may_read(alice: Client) -> None:
    services = [make_service(alice) for _ in range(2)]
    make_invoice(alice)
    narrow = make_token(alice, scopes=["events:read", "invoices:read"])[1]
    bound = make_token(
        alice,
        scopes=["events:read", "services:read"],
        bound_to=[("service", services[1].pk)],
    )[1]
    newest = Client.objects.get(pk=alice.pk).event_sequence
    assert {kind.partition(".")[0] for _, kind in told(narrow)} == {"invoice"}
    seen = read(bound).json
    ids = {one["data"]["resource"]["id"] for one in seen["data"]}
    assert (ids, seen["meta"]["position"]) == ({services[1].pk}, newest)
    assert read(make_token(alice, scopes=["services:read"])[1]).status == 403


def test_a_token_is_told_of_the_end_of_what_it_began(alice: Client) -> None:
    scopes = ["events:read", "domains:read"]
    mine, other = make_token(alice, scopes=scopes), make_token(alice, scopes=scopes)
    bound = make_token(alice, scopes=scopes, bound_to=[("domain", make_domain(alice).pk)])
    made = {}
    for row, _ in (mine, other, bound):
        enqueue(("service", row.pk), "thing.do", "once", AT)
        made[row.pk] = make_operation(alice, row.pk, Job.objects.latest("pk"))
    types = "?types=operation.finished"
    assert told(mine[1], types) == []
    Job.objects.update(status="succeeded")
    Job.objects.update(status="succeeded", ended_at=AT)
    for row, plain in (mine, other, bound):
        [event] = read(plain, types).json["data"]
        resource, facts = event["data"]["resource"], event["data"]["facts"]
        assert resource["id"] == made[row.pk].key
        assert resource["url"].endswith(f"/api/v2/operations/{made[row.pk].key}")
        assert facts == {"previous_status": None, "status": "succeeded"}
        assert call_api(resource["url"].partition("8443")[2], plain).status == 200


def test_it_costs_as_many_statements_however_much_there_is(alice: Client, token: str) -> None:
    service = make_service(alice)
    for number in range(8):
        rename(service, f"Name {number}")
    read(token)
    counts = set[int]()
    for limit in (1, 8):
        with CaptureQueriesContext(connection) as seen:
            read(token, f"?after=0&limit={limit}")
        counts.add(len(seen))
    assert counts == {3}


def test_each_kind_has_a_scope_that_exists() -> None:
    from commerce.accounts.models import SCOPES

    scopes = {one.scope for one in CLIENT_EVENT_KINDS.values()}
    assert scopes - SCOPES.keys() == {""}


@pytest.mark.parametrize("kind", CLIENT_EVENT_KINDS)
def test_what_changed_is_named_as_this_api_has_it_and_nothing_is_derived(kind: str) -> None:
    source, shown = EVENT_SOURCES[kind], set[str]()
    columns = (VERSIONED.get(source.model) or UNVERSIONED.get(kind, "")).split()
    told = {name for one in columns for name in source.fields.get(one, one).split()}
    for resource in RESOURCES:
        if resource.path == f"/api/v2/{CLIENT_EVENT_KINDS[kind].path}":
            for struct in (resource.list_struct, resource.row_struct):
                fields = field_sources(struct) if struct else {}
                shown |= {name for name, one in fields.items() if not is_derived(one)}
    assert told | set(source.below.split()) <= shown
