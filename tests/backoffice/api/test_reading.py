"""Reading over the staff API: what the lists of the staff area have, in the order of programs."""

import pytest

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.accounts.models.metadata import REFERENCE
from commerce.backoffice.api.kinds import kinds_of
from commerce.backoffice.site import staff_site
from tests import make
from tests.backoffice.api.calls import get
from tests.make.one_of_each import CTX, make_one_of_each
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    return make_staff_token(make_staff())[1]


def test_a_list_is_walked_by_cursors(token: str) -> None:
    client = make.make_client()
    services = [make.make_service(client).pk for _ in range(5)]
    first = get("services?limit=2", token)
    assert first.ids == services[:2:-1]
    second = get(f"services?limit=2&cursor={first.json['meta']['next_cursor']}", token)
    last = get(f"services?limit=2&cursor={second.json['meta']['next_cursor']}", token)
    assert second.ids + last.ids == services[2::-1]
    assert last.json["meta"] == {"next_cursor": None, "has_more": False}
    others = get(f"domains?cursor={first.json['meta']['next_cursor']}", token)
    assert (others.status, others.json["code"]) == (400, "cursor.not_valid")


def test_a_list_is_sorted_as_by_its_heads(token: str) -> None:
    made = [make.make_client().pk for _ in range(3)]
    first = get("clients?sort=created_at&limit=1", token)
    rest = get(f"clients?sort=created_at&cursor={first.json['meta']['next_cursor']}", token)
    assert first.ids + rest.ids == made
    assert get("clients?sort=-created_at", token).ids == made[::-1]


def test_a_list_is_narrowed_by_the_filters_of_the_staff_area(token: str) -> None:
    alice, charlie = (
        make.make_client(owner="alice@example.com"),
        make.make_client(owner="charlie@example.com"),
    )
    active = make.make_service(alice, domain="shop.example.org")
    make.make_service(charlie)
    ended = make.make_service(alice, status="terminated")
    assert get(f"services?client={alice.pk}", token).ids == [ended.pk, active.pk]
    assert get(f"services?client={alice.pk}&status=active", token).ids == [active.pk]
    assert get(f"services?ids={ended.pk},{active.pk}&sort=id", token).ids == [active.pk, ended.pk]
    assert get(f"services?q={active.domain}", token).ids == [active.pk]
    assert get("services?next_due_date_from=2999-01-01", token).ids == []
    for wrong in ("status=gone", "client=x", "next_due_date_from=soon", "nothing=1", "sort=label"):
        refused = get(f"services?{wrong}", token)
        [part] = refused.json["errors"]
        assert (refused.status, part["parameter"]) == (400, wrong.partition("=")[0])


def test_a_record_has_amounts_in_minor_units_and_a_tag(token: str) -> None:
    invoice = make.make_invoice(make.make_client())
    answer = get(f"invoices/{invoice.pk}?fields=total,status", token)
    wanted = {"id": invoice.pk, "status": "unpaid", "total": invoice.total}
    assert answer.json["data"] == wanted | {"currency_code": invoice.currency_id}
    tag = answer.headers["etag"]
    same = get(f"invoices/{invoice.pk}?fields=total,status", token, If_None_Match=tag)
    assert (same.status, same.body) == (304, b"")
    assert get("invoices/999999", token).status == 404
    assert get("invoices/x", token).status == 404


def test_each_kind_has_its_list_and_records_as_they_are_described(token: str) -> None:
    rows = {type(row): row for row in make_one_of_each()}
    for kind in kinds_of(staff_site).values():
        answer = get(f"{kind.name}?limit=5", token)
        assert answer.status == 200, (kind.name, answer.body)
        for row in answer.json["data"]:
            assert row.keys() - {"currency_code"} == kind.fields.keys(), kind.name
        row = rows.get(kind.admin.model)
        if row is not None and kind.admin.has_record_page:
            shown = get(f"{kind.name}/{row.pk}", token)
            assert shown.json["data"]["id"] == row.pk, kind.name


def test_the_search_finds_all_kinds_that_the_person_may_see() -> None:
    client = make.make_client(owner="alice@example.com", email="alice@example.com")
    make.make_invoice(client)
    everything = make_staff_token(make_staff())[1]
    clients = make_staff_token(make_staff("support"), permissions=["clients.view"])[1]
    found = {one["kind"] for one in get("search?q=alice@example.com", everything).json["data"]}
    assert {"clients", "invoices", "members"} <= found
    assert "invoices" not in {
        one["kind"] for one in get("search?q=alice@example.com", clients).json["data"]
    }
    assert get("search?q=", everything).status == 400


def test_reports_are_json_or_csv(token: str) -> None:
    assert "revenue" in {one["name"] for one in get("reports", token).json["data"]}
    data = get("reports/tax?first=2026-01-01&last=2026-03-31", token).json["data"]
    assert data["tables"][0]["columns"]
    file = get("reports/tax?format=csv", token)
    assert file.headers["content-type"].startswith("text/csv")
    assert get("reports/tax?first=2026-02-30", token).status == 400
    assert get("reports/nothing", token).status == 404


def test_what_clients_say_of_their_records_is_read_and_found(token: str) -> None:
    client = make.make_client()
    plain, named = make.make_service(client), make.make_service(client)
    words = {REFERENCE: "shop-7731", "customer": "c-118"}
    change_metadata(record=named, values=words, ctx=CTX)
    listed = {row["id"]: row for row in get("services", token).json["data"]}
    assert (listed[plain.pk]["reference"], listed[plain.pk]["metadata"]) == (None, {})
    assert listed[named.pk]["reference"] == "shop-7731"
    assert listed[named.pk]["metadata"] == {"customer": "c-118"}
    shown = get(f"services/{named.pk}?fields=reference", token).json["data"]
    assert shown == {"id": named.pk, "reference": "shop-7731"}
    assert get("services?reference=shop-7731", token).ids == [named.pk]
    assert get("services?metadata[customer]=c-118", token).ids == [named.pk]
    assert get("services?metadata[customer]=c-118&metadata[other]=1", token).ids == []
    for wrong in ("metadata[]=1", "reference=", "metadata[a]=1&metadata[a]=2", "metadata=1"):
        assert get(f"services?{wrong}", token).status == 400, wrong
    assert get("tags?reference=1", token).status == 400


def test_related_records_are_embedded_for_those_who_may_see_them(token: str) -> None:
    server = make.make_server()
    service = make.make_service(make.make_client(), server=server)
    path = "services?include=client,server"
    [row] = get(path, token).json["data"]
    assert row["included"]["client"]["id"] == service.client_id
    assert row["included"]["server"]["name"] == server.name
    shown = get(f"services/{service.pk}?include=server&fields=label", token).json["data"]
    assert shown.keys() == {"id", "label", "included"}
    support = make_staff_token(make_staff("support"))[1]
    refused = get(path, support)
    assert (refused.status, refused.json["code"]) == (403, "right.missing")
    assert get("services?include=client", support).status == 200
    for wrong in ("include=", "include=notes", "include=client,"):
        assert get(f"services?{wrong}", token).status == 400, wrong
