"""Ten overdue invoices are reminded of at once: one mail for each client, and all of it can be undone for a while."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from commerce.accounts.bulk_actions.rules import UNDO_TIME
from commerce.accounts.models import BulkAction, Client
from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from tests.make import AT, make_client, make_invoice
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.staff import make_staff, staff_browser, take_permissions
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db

LATE = AT + timedelta(days=30)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.freeze_time(LATE):
        yield


@pytest.fixture
def web() -> HttpsTestClient:
    return staff_browser(make_staff("billing"))


@pytest.fixture
def clients() -> list[Client]:
    """Two clients with five late invoices each, and a draft."""
    clients = [make_client(company=name, email=f"{name}@example.com") for name in ("acme", "beta")]
    for client in clients:
        for _number in range(5):
            make_invoice(client, "overdue", at=AT)
    make_invoice(clients[0], "draft", at=AT)
    Job.objects.all().delete()  # documents and mails of invoices are no part of this
    OutgoingMail.objects.all().delete()
    return clients


def chosen(web: HttpsTestClient, act: str, **typed: object) -> BulkAction:
    answer = web.post("/admin/bulk-actions/choose", {"list": "invoices", "act": act, **typed})
    bulk = BulkAction.objects.latest("pk")
    assert answer["Location"] == f"/admin/bulk-actions/{bulk.pk}/start"
    return bulk


def started(web: HttpsTestClient, act: str, **typed: object) -> BulkAction:
    bulk = chosen(web, act, **typed)
    assert send(web, f"/admin/bulk-actions/{bulk.pk}/start").status_code == 303
    run_all_jobs(LATE, failing=True)
    bulk.refresh_from_db()
    return bulk


def waiting(at: datetime) -> None:
    with clock.freeze_time(at):
        run_all_jobs(at, failing=True)


def test_all_that_the_filter_finds_is_previewed_with_what_is_left_out(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    bulk = chosen(web, "invoice.remind", all="yes", query="q=acme")
    page = text_of(web.get(f"/admin/bulk-actions/{bulk.pk}/start"))
    assert "done to 5 records" in page
    assert "1 client" in page
    assert "1 × " in page
    assert "Draft" in page
    assert "60.00" in page
    assert bulk.query == "q=acme"
    assert not OutgoingMail.objects.exists()


def test_each_client_gets_one_mail_once_it_cannot_be_undone(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    bulk = started(web, "invoice.remind", all="yes", query="status__exact=overdue")
    assert AuditEntry.objects.filter(action="invoice.reminded").count() == 10
    assert {*OutgoingMail.objects.values_list("status", flat=True)} == {"held"}
    waiting(LATE + UNDO_TIME)
    told = OutgoingMail.objects.exclude(status="skipped")
    assert sorted(told.values_list("event", "recipient", "status")) == [
        ("open_invoices", "acme@example.com", "sent"),
        ("open_invoices", "beta@example.com", "sent"),
    ]
    for invoice in Invoice.objects.for_client(clients[0]).exclude(number=""):
        assert invoice.number in told.get(client_id=clients[0].pk).text
    assert bulk.items.filter(outcome="done").count() == 10


def test_it_is_undone_and_nobody_is_told(web: HttpsTestClient, clients: list[Client]) -> None:
    bulk = started(web, "invoice.remind", all="yes", query="status=overdue")
    assert "Undo" in text_of(web.get(f"/admin/bulk-actions/{bulk.pk}"))
    send(web, f"/admin/bulk-actions/{bulk.pk}/undo")
    run_all_jobs(LATE, failing=True)
    waiting(LATE + UNDO_TIME)
    bulk.refresh_from_db()
    assert bulk.status == "undone"
    assert {*bulk.items.values_list("outcome", flat=True)} == {"undone"}
    assert {*OutgoingMail.objects.values_list("status", flat=True)} == {"skipped"}
    assert AuditEntry.objects.filter(action="invoice.email_withdrawn").count() == 10


def test_it_is_not_undone_when_its_time_is_over(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    bulk = started(web, "invoice.remind", all="yes", query="status=overdue")
    with clock.freeze_time(LATE + UNDO_TIME):
        assert "Undo" not in text_of(web.get(f"/admin/bulk-actions/{bulk.pk}"))
        run_all_jobs(clock.now(), failing=True)
    bulk.refresh_from_db()
    assert bulk.status == "done"


def test_an_invoice_that_is_paid_meanwhile_is_not_asked_for(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    started(web, "invoice.remind", all="yes", query="q=acme")
    Invoice.objects.for_client(clients[0]).exclude(status="draft").update(
        status="cancelled", amount_due=0
    )
    waiting(LATE + UNDO_TIME)
    assert {*OutgoingMail.objects.values_list("status", flat=True)} == {"skipped"}


def test_ticked_rows_alone_are_done_and_only_by_its_person(
    web: HttpsTestClient, clients: list[Client]
) -> None:
    two = [one.pk for one in Invoice.objects.for_client(clients[1])[:2]]
    bulk = chosen(web, "invoice.remind", row=[*two, "x", 10**30])
    other = staff_browser(make_staff("admin", email="other@example.com"))
    assert other.get(f"/admin/bulk-actions/{bulk.pk}").status_code == 200  # they read the audit log
    page = text_of(other.get(f"/admin/bulk-actions/{bulk.pk}/start"))
    assert "Only the person who prepared this" in page
    send(web, f"/admin/bulk-actions/{bulk.pk}/start")
    run_all_jobs(LATE, failing=True)
    done = bulk.items.filter(outcome="done").values_list("record_id", flat=True)
    assert sorted(done) == sorted(two)


def test_who_lost_the_permission_meanwhile_does_nothing(clients: list[Client]) -> None:
    staff = make_staff("billing", email="leaving@example.com")
    web = staff_browser(staff)
    bulk = chosen(web, "invoice.remind", all="yes", query="status=overdue")
    send(web, f"/admin/bulk-actions/{bulk.pk}/start")
    take_permissions(staff)
    run_all_jobs(LATE, failing=True)
    assert {*bulk.items.values_list("outcome", "code")} == {("left_out", "right.missing")}


def test_the_report_names_each_record(web: HttpsTestClient, clients: list[Client]) -> None:
    bulk = started(web, "invoice.remind", all="yes", query="q=acme")
    lines = web.get(f"/admin/bulk-actions/{bulk.pk}.csv").getvalue().decode("utf-8-sig")
    assert lines.count("\r\n") == 7
    assert lines.count("invoice.not_issued") == 1
    assert "Remind" not in text_of(web.get("/admin/bulk-actions"))
