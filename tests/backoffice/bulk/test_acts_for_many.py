"""What each list offers for many of its records: a form for all of them, and what comes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.accounts.models import BulkAction, Staff
from commerce.backoffice.base.actions import actions_for_many
from commerce.backoffice.site import staff_site
from commerce.hosting.job_names import SUSPEND_ACCOUNT
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.acts.shown import Seen
from commerce.mail.models import OutgoingMail
from tests.make import AT, make_client, make_invoice, make_service
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.people import PASSWORD
from tests.make.records import make_domain
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.freeze_time(AT):
        yield


@pytest.fixture
def staff() -> Staff:
    return make_staff("super_admin")


@pytest.fixture
def web(staff: Staff) -> HttpsTestClient:
    return staff_browser(staff)


OFFERED = [
    (admin, action) for admin in staff_site.record_admins for action in actions_for_many(admin)
]


def test_no_form_needs_a_record(staff: Staff, web: HttpsTestClient) -> None:
    for admin, action in OFFERED:
        act: Any = action.act
        assert act.is_atomic
        assert not any(isinstance(one.input, Seen) for one in act.parameters.values())
        about = {"staff": staff, "list_name": admin.slug, "act": act.key, "status": "ready"}
        bulk = BulkAction.objects.create(**about, created_at=AT, expires_at=AT)
        bulk.items.create(record_id=1, outcome="ready")
        page = web.get(f"/admin/bulk-actions/{bulk.pk}/start")
        assert page.status_code == 200, act.key
        assert str(act.label) in text_of(page)


def done(web: HttpsTestClient, slug: str, act: str, **typed: str) -> BulkAction:
    web.post("/admin/bulk-actions/choose", {"list": slug, "act": act, "all": "yes"})
    bulk = BulkAction.objects.latest("pk")
    answer = send(web, f"/admin/bulk-actions/{bulk.pk}/start", **typed)
    assert answer.status_code == 303, text_of(answer)
    (job,) = Job.objects.filter(subject_kind="bulkaction", status="queued")
    Job.objects.exclude(pk=job.pk).delete()
    run_all_jobs(AT, failing=True)
    return bulk


def test_services_of_which_one_has_ended_are_suspended(web: HttpsTestClient) -> None:
    make_service(status="active")
    make_service(status="cancelled")
    bulk = done(web, "services", "service.suspend", suspension_reason="abuse")
    assert Job.objects.filter(action=SUSPEND_ACCOUNT).count() == 1
    assert sorted(bulk.items.values_list("outcome", flat=True)) == ["done", "left_out"]


def test_domains_have_auto_renew_off(web: HttpsTestClient) -> None:
    domains = [make_domain(domain_name=f"{name}.com", auto_renew=True) for name in ("a1", "b1")]
    done(web, "domains", "domain.auto_renew", enabled="no")
    for domain in domains:
        domain.refresh_from_db()
        assert not domain.auto_renew


def test_invoices_are_paid_with_what_is_due_on_one_date(web: HttpsTestClient) -> None:
    client = make_client()
    invoices = [make_invoice(client), make_invoice(client), make_invoice(client, "paid")]
    day = AT.date().isoformat()
    bulk = done(web, "invoices", "invoice.mark_paid", received_on=day, method="cash")
    for invoice in invoices:
        invoice.refresh_from_db()
        assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert bulk.items.get(outcome="left_out").code == "invoice.already_paid"


def test_what_ends_for_good_asks_for_the_password_once(web: HttpsTestClient) -> None:
    make_invoice(make_client(), "draft")
    web.post(
        "/admin/bulk-actions/choose", {"list": "invoices", "act": "invoice.delete", "all": "y"}
    )
    path = f"/admin/bulk-actions/{BulkAction.objects.get().pk}/start"
    assert send(web, path, own_password="").status_code == 422


def test_mails_that_wait_are_discarded(web: HttpsTestClient) -> None:
    make_invoice(make_client())
    run_all_jobs(AT)
    OutgoingMail.objects.filter(event="invoice_created").update(status="queued", sent_at=None)
    typed = {"reason": "Wrong text", "own_password": PASSWORD}
    bulk = done(web, "mails", "mail.discard", **typed)
    assert bulk.items.filter(outcome="done").count() == 1
    assert OutgoingMail.objects.get(event="invoice_created").status == "skipped"
