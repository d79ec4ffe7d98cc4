"""``GET /events`` of the staff API: all clients' events, once each, by what the token may read."""

from datetime import timedelta

import msgspec
import pytest
from django.core import signing

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.backoffice.api import event_feed
from commerce.backoffice.api.event_feed import StaffFeed
from commerce.backoffice.api.kinds import kind_of_model
from commerce.backoffice.people.client_panels import SAVED_CARDS, TOKENS
from commerce.backoffice.site import staff_site
from commerce.events import company_feed
from commerce.events.client_event_types import CLIENT_EVENT_KINDS
from commerce.events.models import ClientEvent
from commerce.kit import clock
from commerce.record_events import EVENT_SOURCES
from tests import make
from tests.backoffice.api.calls import get
from tests.make.cards import CTX
from tests.make.one_of_each import make_one_of_each
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token() -> str:
    return make_staff_token(make_staff())[1]


def test_it_is_followed_by_cursors(token: str) -> None:
    service = make.make_service(make.make_client())
    make.make_invoice(make.make_client(owner="charlie@example.com"), status="paid")
    change_metadata(record=service, values={"": "shop 4711"}, ctx=CTX)
    read, cursor, has_more = [], "", True
    while has_more:
        feed = get(f"events?limit=2{cursor and '&cursor='}{cursor}", token).json
        assert msgspec.to_builtins(msgspec.convert(feed, StaffFeed)) == feed
        read += feed["data"]
        cursor, has_more = feed["meta"]["next_cursor"], feed["meta"]["has_more"]
    wanted = [one.public_id for one in ClientEvent.objects.order_by("pk")]
    assert [one["id"] for one in read] == wanted
    last = read[-1]
    assert last["data"]["resource"]["reference"] == "shop 4711"
    where = last["data"]["resource"]["url"].partition("/api/staff/v1/")[2]
    assert get(where, token).json["data"]["id"] == service.pk
    assert get(f"events?cursor={cursor}", token).json["data"] == []
    make.make_service(service.client)
    [event] = get(f"events?cursor={cursor}&types=service.created", token).json["data"]
    assert event["client_id"] == service.client_id


def test_it_begins_with_the_latest_and_is_narrowed(token: str) -> None:
    first, other = make.make_client(), make.make_client(owner="charlie@example.com")
    make.make_service(first)
    cursor = get("events?cursor=latest", token).json["meta"]["next_cursor"]
    for client in (first, other):
        make.make_service(client)
    make.make_invoice(other)
    found = get(f"events?cursor={cursor}&client_id={other.pk}", token).json["data"]
    assert {one["type"] for one in found} >= {"service.created", "invoice.issued"}
    assert {one["client_id"] for one in found} == {other.pk}


def test_a_reply_looks_at_so_many_events_and_the_next_goes_on(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make.make_client()
    for _ in range(9):
        make.make_service(client)
    make.make_invoice(client, status="paid")
    [wanted] = get("events?types=invoice.paid", token).json["data"]
    monkeypatch.setattr(company_feed, "LOOKED_AT", 4)
    found, cursor, replies, has_more = [], "", 0, True
    while has_more:
        feed = get(f"events?types=invoice.paid{cursor and '&cursor='}{cursor}", token).json
        found += feed["data"]
        cursor, has_more = feed["meta"]["next_cursor"], feed["meta"]["has_more"]
        replies += 1
    assert (found, replies) == ([wanted], 1 + ClientEvent.objects.count() // 4)


def test_what_it_refuses(token: str) -> None:
    for wrong in ("cursor=x", "types=invoice.gone", "client_id=x", "limit=0", "sort=id"):
        assert get(f"events?{wrong}", token).status == 400, wrong
    elsewhere = signing.dumps(["another", 0, 1, 2**40], salt="staff api events")
    ahead = signing.dumps(["sqlite", 0, 10**9, 2**40], salt="staff api events")
    for gone in (elsewhere, ahead):
        answer = get(f"events?cursor={gone}", token)
        assert (answer.status, answer.json["code"]) == (410, "events.too_old")


def test_a_cursor_is_too_old_when_the_events_behind_it_may_be_gone(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make.make_service(make.make_client())
    ClientEvent.objects.update(at=clock.now() - timedelta(days=401))
    among = get("events?limit=1", token).json["meta"]["next_cursor"]
    end = get("events", token).json["meta"]["next_cursor"]
    assert get(f"events?cursor={among}", token).status == 200  # it is being walked through
    monkeypatch.setattr(event_feed, "_WALK_SECONDS", -1)
    assert get(f"events?cursor={among}", token).json["code"] == "events.too_old"
    assert get(f"events?cursor={end}", token).status == 200


def test_events_are_told_to_those_who_may_read_what_changed(token: str) -> None:
    make_one_of_each()
    listed = {kind: kind_of_model(staff_site, one.model) for kind, one in EVENT_SOURCES.items()}
    panels = {"payment_method": SAVED_CARDS, "operation": TOKENS}
    needed = {kind: one.permission for kind, one in CLIENT_EVENT_KINDS.items()}
    assert needed == {
        kind: panels[kind].permission if record is None else record.needed
        for kind, record in listed.items()
    }
    for permission in ("invoices.view", "services.view"):
        narrow = make_staff_token(make_staff(), permissions=[permission])[1]
        kinds = {kind for kind, one in needed.items() if one == permission}
        seen = get("events?limit=100", narrow).json["data"]
        assert {one["data"]["resource"]["kind"] for one in seen} <= kinds
        assert seen
    without = make_staff_token(make_staff(), permissions=["content.view"])[1]
    assert get("events", without).status == 403
    for one in get("events?limit=100", token).json["data"]:
        where = one["data"]["resource"]["url"].partition("/api/staff/v1/")[2]
        assert get(where, token).status == 200, where
