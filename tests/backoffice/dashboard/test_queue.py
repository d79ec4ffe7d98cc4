"""The queue of the dashboard: its order and sums, who has a line, what is put off, and the night (backoffice.md 3)."""

from datetime import datetime, timedelta

import pytest

from commerce.accounts.models import OpenWorkMark
from commerce.accounts.open_work.actions import delete_old_marks, take_work
from commerce.audit.models import AuditEntry
from commerce.daily_steps import COUNTED_RECORDS, DAILY_STEPS
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions.lifecycle import approve_order, hold_order
from commerce.runs.forecasts import summarize_runs
from commerce.runs.models import DailyRun, DailyRunStep, RunSummary
from commerce.site_settings.current import business_date
from tests import make
from tests.make.payments import dispute_payment
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def held_order() -> None:
    order = make.make_order()
    hold_order(order=order, reason="new", ctx=CTX)
    make.make_payment(order.invoice)


def test_money_and_time_come_first_each_line_with_its_sum_and_one_button() -> None:
    dispute_payment(payment=make.make_payment(), reason="unknown", ctx=CTX)
    held_order()
    page = staff_browser().get("/admin/dashboard")
    groups = [str(label) for label, _lines in page.context["queue"]]
    assert groups[0] == "Paid, not delivered"
    assert groups.index("Paid, not delivered") < groups.index("Money to match")
    line = page.context["queue"][0][1][0]
    assert (line.work.text, line.work.button) == ("1 paid order to approve", "Approve")
    assert line.work.url.startswith("/admin/orders/")  # the order itself, for there is one
    assert any("€" in note for note in line.notes)
    unpaid = staff_browser(make_staff("support", permissions=("orders.manage", "orders.view")))
    notes = unpaid.get("/admin/dashboard").context["queue"][0][1][0].notes
    assert not any("€" in note for note in notes)


def test_an_active_order_that_waits_for_its_setup_is_told_after_a_quarter_of_an_hour() -> None:
    order = make.make_order()
    make.make_payment(order.invoice)
    approve_order(order=order, ctx=CTX)
    service = order.items.get().units.get().service
    Job.objects.all().delete()
    enqueue(("service", service.pk), "service.create", "once", clock.now() - timedelta(minutes=16))
    shown = staff_browser().get("/admin/dashboard").text
    assert "1 order not delivered" in shown
    Job.objects.update(created_at=clock.now())
    assert "not delivered</div>" not in staff_browser().get("/admin/dashboard").text


def test_a_line_is_taken_snoozed_and_put_back() -> None:
    held_order()
    staff = make_staff()
    web = staff_browser(staff)
    form = {"work": "orders to approve", "act": "take"}
    web.post("/admin/open-work/mark", form)
    other = staff_browser(make_staff())
    assert f"{staff.full_name} has it" in other.get("/admin/dashboard").text
    other.post("/admin/open-work/mark", form)
    assert OpenWorkMark.objects.get().staff == staff
    web.post("/admin/open-work/mark", {**form, "act": ["snooze", "snooze"], "days": "3"})
    page = other.get("/admin/dashboard")
    assert "1 paid order to approve" not in [
        line.work.text for _label, lines in page.context["queue"] for line in lines
    ]
    assert [line.work.key for line in page.context["snoozed"]] == ["orders to approve"]
    held_order()  # there is more of it now
    assert not other.get("/admin/dashboard").context["snoozed"]
    web.post("/admin/open-work/mark", {**form, "act": "release"})
    assert not OpenWorkMark.objects.exists()
    verbs = AuditEntry.objects.filter(action__startswith="open_work.").order_by("pk")
    assert [entry.action.split(".")[1] for entry in verbs] == ["taken", "snoozed", "released"]


def test_what_one_does_not_see_one_does_not_take() -> None:
    held_order()
    web = staff_browser(make_staff("billing", permissions=("clients.view",)))
    web.post("/admin/open-work/mark", {"work": "orders to approve", "act": "take"})
    assert not OpenWorkMark.objects.exists()
    for odd in ({"act": "keep"}, {"act": "snooze", "days": "2"}, {"act": "snooze", "days": "²"}):
        form = {"work": "orders to approve", **odd}
        assert staff_browser().post("/admin/open-work/mark", form).status_code == 404


def test_who_forgets_a_line_keeps_nobody_from_it() -> None:
    staff, other = make_staff(), make_staff()
    take_work(work="jobs", count=1, staff=staff, ctx=CTX)
    with pytest.raises(StateConflict):
        take_work(work="jobs", count=1, staff=other, ctx=CTX)
    later = Context(make.AT + timedelta(days=1), SYSTEM)
    take_work(work="jobs", count=1, staff=other, ctx=later)
    assert OpenWorkMark.objects.get().staff == other
    delete_old_marks(at=later.at + timedelta(days=1))
    assert not OpenWorkMark.objects.exists()


def ended_run(at: datetime) -> DailyRun:
    run = DailyRun.objects.create(date=business_date(at), started_at=at, ended_at=at)
    DailyRunStep.objects.create(
        run=run, name="suspend", status="done", started_at=at, ended_at=at, counts={"services": 2}
    )
    return run


def test_last_night_and_tomorrow_are_told_in_sentences_with_sums() -> None:
    at = clock.now()
    today = business_date(at)
    make.make_service(at=at - timedelta(days=25))
    ended_run(at)
    make.make_invoice(
        kind="renewal", at=at, currency_code="EUR", due_date=today + timedelta(days=14)
    )
    summarize_runs(DAILY_STEPS, numbered=(), counted=COUNTED_RECORDS, at=at)
    forecast = RunSummary.objects.get(is_forecast=True)
    assert forecast.date == today + timedelta(days=1)
    web = staff_browser(make_staff("billing", permissions=("runs.view", "reports.money")))
    page = web.get("/admin/dashboard")
    night, tomorrow = page.context["last_night"], page.context["tomorrow"]
    assert [one.text for one in night.sentences] == [
        "1 renewal invoice was issued.",
        "2 services were suspended for unpaid invoices.",
    ]
    assert night.sentences[0].amounts == "€12.00"
    assert [(one.text, one.amounts) for one in tomorrow.sentences] == [
        ("1 renewal invoice is issued.", "€5.00")
    ]
    assert web.get(tomorrow.url).status_code == 200
    without_money = staff_browser(make_staff("support", permissions=("runs.view",)))
    assert not without_money.get("/admin/dashboard").context["tomorrow"].sentences[0].amounts
    others = staff_browser(make_staff("support", permissions=("clients.view",)))
    assert others.get("/admin/dashboard").context["tomorrow"] is None


def test_a_summary_is_made_again_only_when_something_may_have_changed() -> None:
    at = clock.now()
    summarize_runs(DAILY_STEPS, numbered=(), counted=COUNTED_RECORDS, at=at)
    assert not RunSummary.objects.exists()  # before the first run
    ended_run(at - timedelta(hours=13))
    for later in (at, at + timedelta(minutes=15)):
        summarize_runs(DAILY_STEPS, numbered=(), counted=COUNTED_RECORDS, at=later)
        assert set(RunSummary.objects.values_list("made_at", flat=True)) == {at}
