"""The daily run as a machine: each row alone, one failure stops nobody, twice is once, a dry run changes nothing."""

import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from commerce.audit.models import Entry
from commerce.billing import actions as billing
from commerce.billing.daily import (
    Act,
    Busy,
    Day,
    Step,
    StepReport,
    lock,
    preview,
    run,
    runner,
)
from commerce.billing.models import Invoice, Run, RunStep
from commerce.hosting.models import Service
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.mail.models import OutgoingMail
from tests.make.many import many_services
from tests.make.people import make_client
from tests.make.trade import make_invoice

TODAY = Day(date(2030, 1, 31), datetime(2030, 1, 31, 0, 5, tzinfo=UTC))


def late(day: Day) -> Any:
    return Invoice.objects.filter(status="unpaid", due_date__lt=day.date)


def mark(pk: int, day: Day) -> Mapping[str, int]:
    billing.mark_overdue(invoice=Invoice.objects.get(pk=pk), at=day.at, actor=SYSTEM)
    return {"invoices": 1}


OVERDUE = Step("overdue", "marks late invoices", late, mark)


@pytest.mark.django_db
def test_the_proof_cried_wolf_after_more_than_a_thousand_errors() -> None:
    """S6 asks the row of the step whom it could not bill: it holds all of them."""
    many_services(make_client(), 1_001)

    def fails(pk: int, day: Day) -> Mapping[str, int]:
        raise ValueError("strange data")

    def rows(day: Day) -> Any:
        return Service.objects.all()

    run([Step("renew", "invoices services", rows, fails)], day=TODAY, by="test")
    step = RunStep.objects.get()
    assert {error["id"] for error in step.errors} == set(rows(TODAY).values_list("pk", flat=True))


@pytest.mark.django_db
def test_each_row_is_done_and_counted() -> None:
    invoices = [make_invoice() for _ in range(3)]
    report = run([OVERDUE], day=TODAY, by="test")
    assert report.steps[0].counts == {"invoices": 3}
    assert not report.failed
    for invoice in invoices:
        invoice.refresh_from_db()
        assert invoice.status == "overdue"
    step = RunStep.objects.get()
    assert (step.status, step.counts) == ("done", {"invoices": 3})
    assert step.run.ended_at is not None


@pytest.mark.django_db
def test_a_second_run_changes_nothing_but_its_own_rows() -> None:
    make_invoice()
    run([OVERDUE], day=TODAY, by="test")
    before = Entry.objects.count()
    report = run([OVERDUE], day=TODAY, by="test")
    assert report.steps[0].rows == 0
    assert Entry.objects.count() == before
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_300_runs_on_one_day_are_one() -> None:  # R10; of one step, so that it takes no minutes
    invoice = make_invoice()
    reports = [run([OVERDUE], day=TODAY, by="test") for _ in range(300)]
    assert [report.steps[0].rows for report in reports] == [1, *[0] * 299]
    assert Entry.objects.filter(action="invoice.overdue").count() == 1
    assert Run.objects.count() == 300
    [finished] = RunStep.objects.filter(finishes=TODAY.date)
    assert finished == RunStep.objects.earliest("pk")
    invoice.refresh_from_db()
    assert invoice.status == "overdue"


@pytest.mark.django_db
def test_one_failure_is_told_and_stops_nobody_else() -> None:  # R28
    bad, good = make_invoice(), make_invoice()

    def do(pk: int, day: Day) -> Mapping[str, int]:
        mark(pk, day)
        if pk == bad.pk:
            raise ValueError("strange data")
        return {"invoices": 1}

    report = run([Step("overdue", "", late, do)], day=TODAY, by="test")
    first = report.steps[0]
    assert first.counts == {"invoices": 1}
    assert first.errors == [{"kind": "overdue", "id": bad.pk, "error": "ValueError: strange data"}]
    good.refresh_from_db()
    assert good.status == "overdue"
    assert RunStep.objects.earliest("pk").status == "failed"
    assert "strange data" in report.as_text()


@pytest.mark.django_db
def test_what_failed_half_way_is_rolled_back() -> None:
    bad = make_invoice()

    def do(pk: int, day: Day) -> Mapping[str, int]:
        mark(pk, day)
        raise ValueError

    run([Step("overdue", "", late, do)], day=TODAY, by="test")
    bad.refresh_from_db()
    assert bad.status == "unpaid"


@pytest.mark.django_db
def test_a_step_that_finds_nothing_by_an_error_lets_the_others_run() -> None:
    make_invoice()

    def broken(day: Day) -> Any:
        raise ValueError("no such thing")

    report = run([Step("first", "", broken, mark), OVERDUE], day=TODAY, by="test")
    assert [step.failed for step in report.steps] == [True, False]
    assert report.steps[1].counts == {"invoices": 1}


@pytest.mark.django_db
def test_a_deadlock_is_tried_again() -> None:
    make_invoice()
    tries = []

    def do(pk: int, day: Day) -> Mapping[str, int]:
        tries.append(pk)
        if len(tries) < 3:
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return mark(pk, day)

    report = run([Step("overdue", "", late, do)], day=TODAY, by="test")
    assert report.steps[0].counts == {"invoices": 1}
    assert not report.failed


@pytest.mark.django_db
def test_a_slow_step_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_invoice()
    monkeypatch.setattr(runner, "STEP_SECONDS", -1)
    report = run([OVERDUE], day=TODAY, by="test")
    assert report.steps[0].rows == 1
    assert "next run" in report.steps[0].stopped
    assert report.failed


@pytest.mark.django_db
def test_only_one_step() -> None:
    make_invoice()
    other = Step("other", "", late, mark)
    report = run([other, OVERDUE], day=TODAY, by="test", only="overdue")
    assert [step.name for step in report.steps] == ["overdue"]
    with pytest.raises(Refused, match="There is no step rob"):
        run([OVERDUE], day=TODAY, by="test", only="rob")


@pytest.mark.django_db
def test_a_dry_run_says_what_the_real_one_then_does_and_changes_nothing() -> None:  # O2
    client = make_client()
    make_invoice(client)
    make_invoice()
    entries = Entry.objects.count()
    told = preview([OVERDUE], day=TODAY)
    assert Entry.objects.count() == entries
    assert not Run.objects.exists()
    assert Invoice.objects.filter(status="overdue").count() == 0
    assert [act["action"] for act in told.acts] == ["invoice.overdue"] * 2
    assert "dry" in told.as_text()
    done = run([OVERDUE], day=TODAY, by="test")
    assert told.steps[0].counts == done.steps[0].counts
    assert told.as_json()["acts"][0]["client"] == client.pk


@pytest.mark.django_db(transaction=True)
def test_a_second_run_at_once_leaves_or_waits() -> None:  # R10
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.alone():
            inside.set()
            leave.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(10)
    try:
        with pytest.raises(Busy, match="Another daily run"):
            run([OVERDUE], day=TODAY, by="test")
    finally:
        leave.set()
    run([OVERDUE], day=TODAY, by="test", wait_seconds=10)
    holder.join()
    assert Run.objects.count() == 1


def look(day: Day, report: StepReport) -> None:
    report.said = "all is well"


def find_fault(day: Day, report: StepReport) -> None:
    report.errors.append({"kind": "M5", "id": 7, "error": "Invoice INV-0007 does not add up."})


@pytest.mark.django_db
def test_a_step_that_is_one_act_says_what_came_of_it() -> None:
    make_invoice()
    report = run([OVERDUE, Act("look", "looks", look, "would look")], day=TODAY, by="test")
    assert [step.name for step in report.steps] == ["overdue", "look"]
    assert "all is well" in report.as_text()
    assert report.as_json()["steps"][1]["said"] == "all is well"
    assert RunStep.objects.get(name="look").status == "done"


@pytest.mark.django_db
def test_a_dry_run_does_not_do_an_act() -> None:  # O2
    make_invoice()
    told = preview([OVERDUE, Act("look", "looks", find_fault, "would look")], day=TODAY)
    assert not told.failed
    assert "would look" in told.as_text()


@pytest.mark.django_db
def test_a_check_that_crashes_is_told_to_staff() -> None:
    """O3: the proof itself failed, and nobody heard: an act tells of what it finds, not of its own end."""

    def crash(day: Day, report: StepReport) -> None:
        raise ValueError("strange statement")

    report = run([Act("prove", "proves", crash, "would prove")], day=TODAY, by="test")
    assert report.failed
    [mail] = OutgoingMail.objects.filter(event="run_failed")
    assert (mail.values["step"], mail.values["count"]) == ("prove", 1)


@pytest.mark.django_db
def test_what_an_act_finds_it_tells_itself() -> None:
    run([Act("look", "looks", find_fault, "would look")], day=TODAY, by="test")
    assert not OutgoingMail.objects.filter(event="run_failed").exists()


@pytest.mark.django_db
def test_staff_hear_once_a_day_of_a_step_with_errors() -> None:  # O5
    make_invoice()

    def do(pk: int, day: Day) -> Mapping[str, int]:
        raise ValueError("strange data")

    for _ in range(2):
        run([Step("overdue", "", late, do)], day=TODAY, by="test")
    [mail] = OutgoingMail.objects.filter(event="run_failed")
    assert (mail.values["step"], mail.values["count"]) == ("overdue", 1)
