"""Tags and notes of many clients at once: undo leaves each client as it was."""

from collections.abc import Iterator

import pytest

from commerce.accounts.actions.annotations.tags import create_tag, set_client_tags
from commerce.accounts.models import BulkAction, Client, ClientNote, ClientTag
from commerce.backoffice.bulk import choosing, engine
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make import AT, make_client
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.freeze_time(AT):
        yield


@pytest.fixture
def web() -> HttpsTestClient:
    return staff_browser(make_staff("support"))


@pytest.fixture
def clients() -> list[Client]:
    return [make_client(company=name) for name in ("Acme", "Beta", "Gamma")]


def started(web: HttpsTestClient, act: str, **typed: object) -> BulkAction:
    web.post("/admin/bulk-actions/choose", {"list": "clients", "act": act, "all": "yes"})
    bulk = BulkAction.objects.latest("pk")
    assert send(web, f"/admin/bulk-actions/{bulk.pk}/start", **typed).status_code == 303
    run_all_jobs(AT, failing=True)
    return bulk


def undo(web: HttpsTestClient, bulk: BulkAction) -> None:
    send(web, f"/admin/bulk-actions/{bulk.pk}/undo")
    run_all_jobs(AT, failing=True)


def test_who_had_the_tag_before_keeps_it(web: HttpsTestClient, clients: list[Client]) -> None:
    tag = create_tag(name="VIP", ctx=CTX)
    set_client_tags(client=clients[0], tags=[tag], ctx=CTX)
    bulk = started(web, "client.add_tag", tag="VIP")
    assert all(ClientTag.objects.for_client(one).get() == tag for one in clients)
    undo(web, bulk)
    tagged = [one for one in clients if ClientTag.objects.for_client(one).exists()]
    assert tagged == [clients[0]]


def test_a_note_that_somebody_changed_stays(web: HttpsTestClient, clients: list[Client]) -> None:
    bulk = started(web, "client.note", body="Called.")
    note = ClientNote.objects.for_client(clients[1]).get()
    ClientNote.objects.filter(pk=note.pk).update(changed_at=AT.replace(hour=23))
    undo(web, bulk)
    assert ClientNote.objects.get() == note
    assert "Not undone" in text_of(web.get(f"/admin/bulk-actions/{bulk.pk}"))


def test_more_than_a_person_waits_for_is_checked_and_done_by_jobs(
    web: HttpsTestClient, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "CHECKED_AT_ONCE", 1)
    monkeypatch.setattr(engine, "RUN_SECONDS", -1)  # each run ends after its first
    monkeypatch.setattr(engine, "AT_ONCE", 2)
    answer = web.post(
        "/admin/bulk-actions/choose", {"list": "clients", "act": "client.note", "all": "yes"}
    )
    page = web.get(answer["Location"])
    assert page["Refresh"]
    assert "0 of 3 records are done" in text_of(page)
    run_all_jobs(AT, failing=True)
    send(web, f"{answer['Location']}/start", body="Called.")
    run_all_jobs(AT, failing=True)
    assert ClientNote.objects.count() == 3


def test_what_goes_wrong_with_one_stops_no_other(
    web: HttpsTestClient, clients: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk_call = engine.BulkRun._record

    def record(self: engine.BulkRun, item: object) -> object:
        found = bulk_call(self, item)  # type: ignore[arg-type]
        if isinstance(found, Client) and found.pk == clients[2].pk:
            raise ZeroDivisionError
        return found

    monkeypatch.setattr(engine.BulkRun, "_record", record)
    bulk = started(web, "client.note", body="Called.")
    assert ClientNote.objects.count() == 2
    assert bulk.items.get(outcome="failed").record_id == clients[2].pk


def test_what_was_not_done_yet_can_be_stopped(web: HttpsTestClient, clients: list[Client]) -> None:
    web.post("/admin/bulk-actions/choose", {"list": "clients", "act": "client.note", "all": "yes"})
    bulk = BulkAction.objects.get()
    send(web, f"/admin/bulk-actions/{bulk.pk}/start", body="Called.")
    send(web, f"/admin/bulk-actions/{bulk.pk}/stop")
    run_all_jobs(AT, failing=True)
    assert not ClientNote.objects.exists()
    assert {*bulk.items.values_list("outcome", "code")} == {("left_out", "bulk_action.stopped")}


def test_nothing_is_chosen_and_other_acts_are_refused(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    path = "/admin/bulk-actions/choose"
    answer = web.post(path, {"list": "clients", "act": "client.note", "query": "q=acme"})
    assert answer["Location"] == "/admin/clients?q=acme"
    assert web.post(path, {"list": "clients", "act": "client.edit", "all": "y"}).status_code == 404
    assert web.post(path, {"list": "staff", "act": "client.note", "all": "y"}).status_code == 404
    late = {"list": "invoices", "act": "invoice.remind", "all": "y"}
    assert web.post(path, late).status_code == 403
    assert not BulkAction.objects.exists()


def test_a_list_has_ticks_without_scripts(web: HttpsTestClient, clients: list[Client]) -> None:
    page = web.get("/admin/clients").content.decode()
    assert page.count('name="row"') == 3
    assert 'value="client.add_tag"' in page
    assert 'name="row"' not in web.get("/admin/announcements").content.decode()
