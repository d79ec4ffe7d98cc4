"""Background jobs on pages: retried, done by hand, discarded, by whom may."""

import pytest

from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def parked(**over: object) -> Job:
    values = {
        "subject_kind": "service",
        "subject_id": 1,
        "action": "service.create",
        "idempotency_key": "paid",
        "status": JobStatus.PARKED,
        "error": "The panel did not answer.",
        "created_at": make.AT,
    }
    return Job.objects.create(**values | over)


def send(web: HttpsTestClient, path: str, **typed: str) -> object:
    """Open the form of an action and send it."""
    form = web.get(path).context["form"]
    hidden = {field.html_name: field.value() for field in form.hidden_fields()}
    return web.post(path, {**hidden, **typed}, follow=True)


def test_what_needs_attention_is_found_and_retried(web: HttpsTestClient) -> None:
    job = parked()
    parked(idempotency_key="other", status=JobStatus.SUCCEEDED, ended_at=make.AT, error="Long ago.")
    page = web.get("/admin/jobs", {"status": "parked"}).text
    assert "The panel did not answer." in page
    assert "Long ago." not in page
    send(web, f"/admin/jobs/{job.pk}/retry")
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    assert "job.queued" in web.get(f"/admin/jobs/{job.pk}").text


def test_an_account_made_by_hand_is_told_with_its_name(web: HttpsTestClient) -> None:
    service = make.make_service(status="pending")
    job = parked(subject_id=service.pk)
    server = make.make_server()
    path = f"/admin/jobs/{job.pk}/done"
    assert "nameservers" not in web.get(path).context["form"].fields
    missing = send(web, path, reason="Made in the panel")
    assert "username" in missing.context["form"].errors  # type: ignore[attr-defined]
    send(web, path, reason="Made in the panel", username="acme", server=server.name)
    job.refresh_from_db()
    service = Service.objects.get(pk=service.pk)
    assert (job.status, service.status, service.username) == ("succeeded", "active", "acme")


def test_a_discarded_job_needs_a_reason(web: HttpsTestClient) -> None:
    job = parked()
    path = f"/admin/jobs/{job.pk}/drop"
    assert send(web, path).status_code == 422  # type: ignore[attr-defined]
    send(web, path, reason="Not wanted")
    job.refresh_from_db()
    assert job.status == JobStatus.DROPPED
    assert "This job has ended." in web.get(path).text


def test_work_on_a_domain_needs_the_permission_for_domains() -> None:
    job = parked(subject_kind="domain", action="domain.register")
    staff = make_staff("support", permissions=["services.view", "services.provision"])
    refused = send(staff_browser(staff), f"/admin/jobs/{job.pk}/retry")
    assert refused.status_code == 403  # type: ignore[attr-defined]
    job.refresh_from_db()
    assert job.status == JobStatus.PARKED


def test_support_sees_jobs_and_finds_no_button() -> None:
    job = parked()
    page = staff_browser(make_staff("support")).get(f"/admin/jobs/{job.pk}").text
    assert "The panel did not answer." in page
    assert "Discard" not in page
