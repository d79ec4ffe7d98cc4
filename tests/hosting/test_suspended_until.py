"""Suspensions with an end, by those who help, and their way into a panel (backoffice.md 2, `services.help`)."""

from datetime import date, timedelta

import pytest
from django.core import mail

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.daily_steps import DAILY_STEPS
from commerce.hosting.actions.suspensions import (
    MOST_DAYS_OFF,
    resume_service_for_staff,
    suspend_service_for_staff,
    suspend_service_until,
)
from commerce.hosting.models import Service
from commerce.hosting.steps import find_services_to_resume, resume_service_daily
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.proof.check import CheckFindings, ProofTime
from commerce.proof.checks.said_values import CHECKS
from commerce.runs.step import RunDay
from tests import make
from tests.backoffice.api.calls import post
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.browser import make_browser
from tests.make.jobs import run_all_jobs
from tests.make.renewals import RENEWED_AT, make_renewal
from tests.make.staff import make_staff, make_staff_token

pytestmark = pytest.mark.django_db

CTX = Context(make.AT, SYSTEM)
UNTIL = make.AT.date() + timedelta(days=7)


def suspended(service: Service | None = None, until: date = UNTIL) -> Service:
    service = service or make.make_service()
    suspend_service_until(
        service=service, suspension_reason="abuse", until=until, reason="Spam run", ctx=CTX
    )
    return service


def run_step(day: date) -> int:
    """The step of the daily run; how many were switched on."""
    run = RunDay(day, make.AT + (day - make.AT.date()), SYSTEM)
    found = list(find_services_to_resume(run).values_list("pk", flat=True))
    return sum(resume_service_daily(pk, run).get("services", 0) for pk in found)


def assert_books_agree() -> None:
    (check,) = [one for one in CHECKS if one.name == "S2-services"]
    assert check.run(check, ProofTime(make.AT, make.AT.date()), 10) == CheckFindings()


def test_it_ends_on_its_day_and_not_before() -> None:
    service = suspended()
    service.refresh_from_db()
    assert (service.status, service.suspended_until) == ("suspended", UNTIL)
    assert_books_agree()
    assert run_step(UNTIL - timedelta(days=1)) == 0
    assert (run_step(UNTIL), run_step(UNTIL)) == (1, 0)
    service.refresh_from_db()
    assert (service.status, service.suspended_until) == ("active", None)
    entry = AuditEntry.objects.filter(action="service.active").latest("pk")
    assert entry.reason == "Its suspension has ended."
    assert_books_agree()


def test_a_panel_is_asked_and_a_day_that_was_missed_is_made_up_for() -> None:
    panel = FakePanel()
    panel.install()
    service = make.make_service()
    put_on_panel(service)
    suspended(service)
    run_all_jobs(make.AT)
    service.refresh_from_db()
    assert service.suspended_until == UNTIL
    late = UNTIL + timedelta(days=2)
    assert (run_step(late), run_step(late)) == (1, 1)  # the same job, once
    run_all_jobs(make.AT + timedelta(days=9))
    service.refresh_from_db()
    assert service.status == "active"
    assert [one for one in panel.calls if one in ("suspend", "resume")] == ["suspend", "resume"]


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS_OFF + 1])
def test_a_day_that_is_past_or_far_is_refused(days: int) -> None:
    with pytest.raises(BusinessError, match="at most 90 days"):
        suspended(until=make.AT.date() + timedelta(days=days))


def test_whoever_suspends_for_good_or_resumes_takes_the_end_away() -> None:
    service = suspended()
    with pytest.raises(StateConflict):
        suspended(service)
    resume_service_for_staff(service=service, ctx=CTX)
    suspend_service_for_staff(service=service, suspension_reason="staff", ctx=CTX)
    assert run_step(UNTIL) == 0


def test_it_comes_before_the_suspension_of_what_is_overdue() -> None:
    names = [step.name for step in DAILY_STEPS]
    assert names.index("resume") < names.index("suspend")


@pytest.mark.parametrize("owes", [False, True])
def test_a_day_is_promised_to_whom_owes_nothing_for_it(*, owes: bool) -> None:
    FakePanel().install()
    client = make.make_client(owner="alice@example.com")
    invoice = make_renewal(client)
    assert invoice.due_date is not None
    at = RENEWED_AT + timedelta(days=(invoice.due_date - RENEWED_AT.date()).days + 1)
    if owes:
        mark_overdue(invoice=invoice, ctx=Context(at, SYSTEM))
    service = Service.objects.get()
    put_on_panel(service)
    suspend_service_until(
        service=service,
        suspension_reason="abuse",
        until=at.date() + timedelta(days=7),
        reason="Spam run",
        ctx=Context(at, SYSTEM),
    )
    run_all_jobs(at)
    [member] = client.memberships.all()
    browser = make_browser(member.user, acting=client, begun=True)
    with clock.freeze_time(at):
        page = browser.get(f"/client/services/{service.pk}").content.decode()
    assert "It resumes on" in page
    assert (f"unless invoice {invoice.number} is still overdue then." in page) == owes
    [sent] = [one for one in mail.outbox if "is suspended" in one.subject]
    assert ("It resumes on" in sent.body) != owes


def test_support_does_it_by_token_and_may_not_suspend_for_good() -> None:
    support = make_staff("support")
    assert StaffPermission.SERVICES_MANAGE not in support.all_permissions
    token = make_staff_token(support)[1]
    client = make.make_client(owner="alice@example.com")
    service = make.make_service(client)
    body = {"suspension_reason": "abuse", "reason": "Spam run"}
    assert post(f"services/{service.pk}/suspend", token, body).status == 403
    until = (clock.now().date() + timedelta(days=3)).isoformat()
    done = post(f"services/{service.pk}/suspend-until", token, body | {"until": until})
    assert (done.status, done.json["data"]["status"]) == (202, "suspended"), done.body
    assert done.json["data"]["suspended_until"] == until


def test_support_gets_a_link_into_the_panel() -> None:
    FakePanel().install()
    service = make.make_service()
    put_on_panel(service)
    support = make_staff("support")
    token = make_staff_token(support)[1]
    given = post(f"services/{service.pk}/open-panel", token)
    assert given.status == 200, given.body
    assert given.json["meta"]["secret"].startswith("https://")
    entry = AuditEntry.objects.get(action="service.panel_opened")
    assert (entry.actor_kind, entry.actor_id) == ("staff", support.pk)
    billing = make_staff_token(make_staff("billing"))[1]
    assert post(f"services/{service.pk}/open-panel", billing).status == 403
