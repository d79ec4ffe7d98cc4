"""Background jobs on pages: retried, done by hand, discarded, by whom may."""

import re

import pytest

from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
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
    assert "Job queued" in web.get(f"/admin/jobs/{job.pk}").text


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
    path = f"/admin/jobs/{job.pk}/discard"
    assert send(web, path).status_code == 422  # type: ignore[attr-defined]
    send(web, path, reason="Not wanted")
    job.refresh_from_db()
    assert job.status == JobStatus.DROPPED


@pytest.mark.parametrize(
    ("kind", "action", "permission"),
    [
        ("service", "service.create", "services.provision"),
        ("domain", "domain.register", "domains.manage"),
        ("refund", "refund.send", "invoices.refund"),
        ("payment", "payment.unrecovered", "payments.manage"),
        ("dispute", "dispute.lost_after_refund", "payments.manage"),
        ("attempt", "attempt.charge", "payments.manage"),
    ],
)
def test_a_job_is_decided_by_whoever_manages_what_it_is_about(
    kind: str, action: str, permission: str
) -> None:
    job = parked(subject_kind=kind, action=action)
    at = f"/admin/jobs/{job.pk}"
    everything = {"services.provision", "domains.manage", "invoices.refund", "payments.manage"}
    others = ["services.view", *sorted(everything - {permission})]
    other = staff_browser(make_staff("support", permissions=others))
    page = other.get(at).text
    for name in ("retry", "done", "discard"):
        assert f"{at}/{name}" not in page
        assert other.get(f"{at}/{name}").status_code == 403
        assert other.post(f"{at}/{name}", {}).status_code == 403
    own = staff_browser(make_staff("support", permissions=["services.view", permission]))
    assert f"{at}/retry" in own.get(at).text
    send(own, f"{at}/retry")
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED


def test_failed_jobs_are_retried_together_once_their_number_was_seen(web: HttpsTestClient) -> None:
    """Not what a person does by hand, nor what another filter finds, nor what hardly anybody may decide about."""
    found = [parked(idempotency_key=str(n)) for n in range(3)]
    parked(idempotency_key="other", error="Refused.")
    parked(action="service.suspend")
    parked(idempotency_key="by hand", is_to_do=True)
    parked(subject_kind="dataexport")
    path, typed = (
        "/admin/jobs/retry-failed",
        {"action": "service.create", "error": "did not ANSWER"},
    )

    def asked_of(page: str, number: int) -> dict[str, str]:
        assert f"{number} failed jobs match: service.create ({number})" in page
        [answer] = re.findall(r'"(job\.many_found:[^"]+)"', page)
        return form_values(page) | {"confirmed": answer}

    answer = asked_of(send(web, path, **typed).content.decode(), 3)
    found.append(parked(idempotency_key="failed meanwhile"))
    answer = asked_of(web.post(path, answer).content.decode(), 4)
    assert not Job.objects.exclude(status=JobStatus.PARKED).exists()
    web.post(path, answer)
    assert set(Job.objects.exclude(status=JobStatus.PARKED)) == set(found)
    assert (
        web.get("/admin/jobs/activity").text.count("service.create") == 2
    )  # its parked ones are a link


def test_nobody_decides_about_many_who_may_not_about_each() -> None:
    few = staff_browser(make_staff("support", permissions=["services.view", "services.provision"]))
    assert "retry-failed" not in few.get("/admin/jobs").text
    assert few.post("/admin/jobs/retry-failed", {}).status_code == 403


def test_support_sees_jobs_and_finds_no_button() -> None:
    job = parked()
    page = staff_browser(make_staff("support")).get(f"/admin/jobs/{job.pk}").text
    assert "The panel did not answer." in page
    assert "Discard" not in page
