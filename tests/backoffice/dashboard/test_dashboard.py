"""`/admin/dashboard`: what waits, what there is, and what a person may not see (backoffice.md 3)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from commerce.backoffice.dashboard import installation_trouble
from commerce.jobs.models import Job, ScheduleState
from commerce.jobs.queue import enqueue
from commerce.kit import clock, files
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import hold_order
from commerce.runs.backups import record_backup
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.site_settings.current import business_date
from tests import make
from tests.make.payments import dispute_payment
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def page(*permissions: str) -> str:
    """What a person with these permissions sees; a super admin without any."""
    staff = make_staff("billing", permissions=permissions) if permissions else make_staff()
    return staff_browser(staff).get("/admin/dashboard").content.decode()


def test_an_empty_installation_needs_nobody() -> None:
    shown = page()
    assert "Nothing needs your attention right now." in shown
    assert "There was no daily run yet." in shown


def test_what_a_new_company_lacks_is_told_to_whoever_may_set_it_up() -> None:
    shown = page()
    assert "Finish setting up" in shown
    assert "A product with a price" in shown
    assert "Finish setting up" not in page("clients.view")


def test_work_that_waits_is_told_with_its_number() -> None:
    ctx = Context(make.AT, SYSTEM)
    for _ in range(2):
        order = make.make_order()
        hold_order(order=order, reason="new", ctx=ctx)
        make.make_payment(order.invoice)
    make.make_order()  # unpaid: its client's turn
    dispute_payment(payment=make.make_payment(), reason="unknown", ctx=ctx)
    web = staff_browser()
    lines = sum(len(found) for _label, found in web.get("/admin/dashboard").context["queue"])
    assert web.get("/admin/open-work").json() == {"count": str(lines)}
    shown = page()
    assert "2 paid orders to approve" in shown
    assert "1 open dispute" in shown
    shown = page("payments.manage")
    assert "1 open dispute" in shown
    assert "to approve" not in shown


def test_everyone_is_told_of_the_tasks_that_they_may_decide_about() -> None:
    """Only who may act on services was told, and a refund that failed waited for them."""
    for kind, number in (("refund", 1), ("refund", 2), ("domain", 3), ("service", 4)):
        enqueue((kind, number), "thing.do", "once", make.AT)
    Job.objects.update(status="parked")
    assert "4 tasks that need attention" in page()
    shown = page("services.view", "invoices.refund")
    assert "2 tasks that need attention" in shown
    assert "/admin/jobs?status=parked&amp;subject_kind__in=refund" in shown
    assert "1 task that needs attention" in page("services.view", "services.provision")
    assert "need attention" not in page("services.view", "payments.manage")
    web = staff_browser(make_staff("billing"))
    listed = web.get("/admin/jobs?status=parked&subject_kind__in=refund").context["cl"].result_list
    assert {job.subject_id for job in listed} == {1, 2}


def test_what_is_overdue_is_counted_by_currency() -> None:
    today = business_date(clock.now())
    at = datetime.combine(today - timedelta(days=20), datetime.min.time(), UTC)
    for code in ("EUR", "EUR", "USD"):
        make.make_invoice(due_date=today - timedelta(days=3), at=at, currency_code=code)
    make.make_invoice(due_date=today, at=at)
    shown = page()
    assert "Overdue, EUR" in shown
    assert "€24.00" in shown
    assert "$12.00" in shown
    assert "2 invoices" in shown
    alone = page("clients.view")
    assert "Active clients" in alone
    assert "Overdue" not in alone


def test_a_run_that_failed_says_which_steps_and_checks() -> None:
    at = clock.now()
    run = DailyRun.objects.create(date=business_date(at), started_at=at, ended_at=at)
    for name, errors in (
        ("renew", [{"kind": "client", "id": 7, "error": "x"}]),
        ("prove", [{"kind": "M8", "id": 1, "error": "x"}, {"kind": "M8", "id": 2, "error": "x"}]),
    ):
        DailyRunStep.objects.create(
            run=run, name=name, status="failed", started_at=at, ended_at=at, errors=errors
        )
    shown = page()
    assert "Steps that failed: renew" in shown
    assert "Checks that failed: M8<" in shown


def test_its_queries_don_t_grow(django_assert_num_queries: object) -> None:
    web = staff_browser()
    web.get("/admin/dashboard")
    for code in ("EUR", "USD"):
        make.make_payment(make.make_invoice(currency_code=code))
    with django_assert_num_queries(38):  # type: ignore[operator]
        web.get("/admin/dashboard")


def test_what_is_wrong_with_the_installation_is_told_to_whoever_sets_it_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = clock.now()
    ScheduleState.objects.create(name="daily", next_at=now, ran_at=now - timedelta(minutes=6))
    record_backup(at=now - timedelta(hours=27), size=1)
    disk = SimpleNamespace(total=1000, free=49)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _folder: disk)
    monkeypatch.setattr(installation_trouble, "database_clock_offset", lambda: 31)
    shown = page("settings.manage")
    for text in ("Background work has stopped since", "No backup since", "nearly full", "clock of"):
        assert text in shown
    assert "nearly full" not in page("orders.manage")
