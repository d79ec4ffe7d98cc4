"""The daily run as a machine: each row alone, one failure stops nobody, twice is once, a dry run changes nothing."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import mark_overdue
from commerce.catalog.models import Currency
from commerce.catalog.queries import currencies_by_code
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.runs import lock, rows, runner
from commerce.runs.dry_run import preview_run
from commerce.runs.lock import RunInProgress
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.report import StepReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay, SingleStep
from tests.make.people import make_client
from tests.make.records import make_invoice
from tests.make.service_lists import make_many_services

TODAY = RunDay(date(2030, 1, 31), datetime(2030, 1, 31, 0, 5, tzinfo=UTC))


def late(day: RunDay) -> Any:
    return Invoice.objects.filter(status="unpaid", due_date__lt=day.date)


def mark(pk: int, day: RunDay) -> Mapping[str, int]:
    mark_overdue(invoice=Invoice.objects.get(pk=pk), ctx=Context(day.at, SYSTEM))
    return {"invoices": 1}


OVERDUE = RowStep("overdue", "marks late invoices", late, mark)


@pytest.mark.django_db
def test_the_proof_cried_wolf_after_more_than_a_thousand_errors() -> None:
    """S6 asks the row of the step whom it could not bill: it holds all of them."""
    make_many_services(make_client(), 1_001)

    def fails(pk: int, day: RunDay) -> Mapping[str, int]:
        raise ValueError("strange data")

    def rows(day: RunDay) -> Any:
        return Service.objects.all()

    run_daily([RowStep("renew", "invoices services", rows, fails)], day=TODAY, started_by="test")
    step = DailyRunStep.objects.get()
    assert {error["id"] for error in step.errors} == set(rows(TODAY).values_list("pk", flat=True))


@pytest.mark.django_db
def test_each_row_is_done_and_counted() -> None:
    invoices = [make_invoice() for _ in range(3)]
    report = run_daily([OVERDUE], day=TODAY, started_by="test")
    assert report.steps[0].counts == {"invoices": 3}
    assert not report.failed
    for invoice in invoices:
        invoice.refresh_from_db()
        assert invoice.status == "overdue"
    step = DailyRunStep.objects.get()
    assert (step.status, step.counts) == ("done", {"invoices": 3})
    assert step.run.ended_at is not None


@pytest.mark.django_db
def test_a_second_run_changes_nothing_but_its_own_rows() -> None:
    make_invoice()
    run_daily([OVERDUE], day=TODAY, started_by="test")
    before = AuditEntry.objects.count()
    report = run_daily([OVERDUE], day=TODAY, started_by="test")
    assert report.steps[0].rows == 0
    assert AuditEntry.objects.count() == before
    assert DailyRun.objects.count() == 2


@pytest.mark.django_db
def test_300_runs_on_one_day_are_one() -> None:  # R10; of one step, so that it takes no minutes
    invoice = make_invoice()
    reports = [run_daily([OVERDUE], day=TODAY, started_by="test") for _ in range(300)]
    assert [report.steps[0].rows for report in reports] == [1, *[0] * 299]
    assert AuditEntry.objects.filter(action="invoice.overdue").count() == 1
    assert DailyRun.objects.count() == 300
    [finished] = DailyRunStep.objects.filter(finishes=TODAY.date)
    assert finished == DailyRunStep.objects.earliest("pk")
    invoice.refresh_from_db()
    assert invoice.status == "overdue"


@pytest.mark.django_db
def test_a_failure_that_has_a_code_is_told_with_it() -> None:
    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        raise StateConflict("invoice.not_open")

    invoice = make_invoice()
    [step] = run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test").steps
    assert step.errors == [
        {
            "kind": "overdue",
            "id": invoice.pk,
            "error": "StateConflict: The invoice isn't open.",
            "code": "invoice.not_open",
        }
    ]


@pytest.mark.django_db
def test_one_failure_is_told_and_stops_nobody_else() -> None:  # R28
    bad, good = make_invoice(), make_invoice()

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        mark(pk, day)
        if pk == bad.pk:
            raise ValueError("strange data")
        return {"invoices": 1}

    report = run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test")
    first = report.steps[0]
    assert first.counts == {"invoices": 1}
    assert first.errors == [{"kind": "overdue", "id": bad.pk, "error": "ValueError: strange data"}]
    good.refresh_from_db()
    assert good.status == "overdue"
    assert DailyRunStep.objects.earliest("pk").status == "failed"
    assert "strange data" in report.as_text()


@pytest.mark.django_db
def test_what_staff_change_while_a_step_lasts_counts_for_its_next_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("commerce.runs.rows.MEMO_SECONDS", -1)
    for _ in range(2):
        make_invoice()
    seen = []

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        seen.append(currencies_by_code()["EUR"].rate)
        Currency.objects.filter(pk="EUR").update(rate=f"1.{pk}")  # as another process does
        return mark(pk, day)

    run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test")
    assert len(set(seen)) == 2


@pytest.mark.django_db
def test_what_failed_half_way_is_rolled_back() -> None:
    bad = make_invoice()

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        mark(pk, day)
        raise ValueError

    run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test")
    bad.refresh_from_db()
    assert bad.status == "unpaid"


@pytest.mark.django_db
def test_rows_that_share_a_transaction_are_done_one_by_one_if_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "_group_size", lambda _step: 3)
    invoices = [make_invoice().pk for _ in range(8)]
    alone, bad = [], invoices[4]

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        alone.append(pk)
        if pk == bad:
            raise ValueError("strange data")
        return mark(pk, day)

    @transaction.atomic
    def do_together(pks: Sequence[int], day: RunDay) -> Mapping[int, Mapping[str, int]]:
        done = {pk: mark(pk, day) for pk in pks if pk != invoices[0]}  # that one needs to be alone
        if bad in pks:
            raise ValueError("strange data")
        return done

    step = RowStep("overdue", "", late, do, do_together=do_together)
    [report] = run_daily([step], day=TODAY, started_by="test").steps
    assert alone == [invoices[0], *invoices[3:6]]
    assert (report.rows, report.counts) == (8, {"invoices": 7})
    assert [error["id"] for error in report.errors] == [bad]


@pytest.mark.django_db
def test_a_step_that_finds_nothing_by_an_error_lets_the_others_run() -> None:
    make_invoice()

    def broken(day: RunDay) -> Any:
        raise ValueError("no such thing")

    report = run_daily([RowStep("first", "", broken, mark), OVERDUE], day=TODAY, started_by="test")
    assert [step.failed for step in report.steps] == [True, False]
    assert report.steps[1].counts == {"invoices": 1}


@pytest.mark.django_db
def test_a_deadlock_is_tried_again() -> None:
    make_invoice()
    tries = []

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        tries.append(pk)
        if len(tries) < 3:
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return mark(pk, day)

    report = run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test")
    assert report.steps[0].counts == {"invoices": 1}
    assert not report.failed


@pytest.mark.django_db
def test_a_slow_step_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_invoice()
    monkeypatch.setattr(runner, "MAX_STEP_SECONDS", -1)
    report = run_daily([OVERDUE], day=TODAY, started_by="test")
    assert report.steps[0].rows == 1
    assert "next run" in report.steps[0].stopped
    assert report.failed


@pytest.mark.django_db
def test_only_one_step() -> None:
    make_invoice()
    other = RowStep("other", "", late, mark)
    report = run_daily([other, OVERDUE], day=TODAY, started_by="test", only_step="overdue")
    assert [step.name for step in report.steps] == ["overdue"]
    with pytest.raises(BusinessError, match="Step rob not found"):
        run_daily([OVERDUE], day=TODAY, started_by="test", only_step="rob")


@pytest.mark.django_db
def test_a_dry_run_says_what_the_real_one_then_does_and_changes_nothing() -> None:  # O2
    client = make_client()
    make_invoice(client)
    make_invoice()
    entries = AuditEntry.objects.count()
    told = preview_run([OVERDUE], day=TODAY)
    assert AuditEntry.objects.count() == entries
    assert not DailyRun.objects.exists()
    assert Invoice.objects.filter(status="overdue").count() == 0
    assert [act["action"] for act in told.acts] == ["invoice.overdue"] * 2
    assert "dry" in told.as_text()
    done = run_daily([OVERDUE], day=TODAY, started_by="test")
    assert told.steps[0].counts == done.steps[0].counts
    assert told.as_json()["acts"][0]["client"] == client.pk


@pytest.mark.django_db(transaction=True)
def test_a_second_run_at_once_leaves_or_waits() -> None:  # R10
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.run_lock():
            inside.set()
            leave.wait(10)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(10)
    try:
        with pytest.raises(RunInProgress, match="Another daily run"):
            run_daily([OVERDUE], day=TODAY, started_by="test")
    finally:
        leave.set()
    run_daily([OVERDUE], day=TODAY, started_by="test", wait_seconds=10)
    holder.join()
    assert DailyRun.objects.count() == 1


def look(day: RunDay, report: StepReport) -> None:
    report.outcome = "all is well"


def find_fault(day: RunDay, report: StepReport) -> None:
    report.errors.append({"kind": "M5", "id": 7, "error": "Invoice INV-0007 does not add up."})


@pytest.mark.django_db
def test_a_step_that_is_one_act_says_what_came_of_it() -> None:
    make_invoice()
    report = run_daily(
        [OVERDUE, SingleStep("look", "looks", look, "would look")], day=TODAY, started_by="test"
    )
    assert [step.name for step in report.steps] == ["overdue", "look"]
    assert "all is well" in report.as_text()
    assert report.as_json()["steps"][1]["said"] == "all is well"
    assert DailyRunStep.objects.get(name="look").status == "done"


@pytest.mark.django_db
def test_a_dry_run_does_not_do_an_act() -> None:  # O2
    make_invoice()
    told = preview_run([OVERDUE, SingleStep("look", "looks", find_fault, "would look")], day=TODAY)
    assert not told.failed
    assert "would look" in told.as_text()


@pytest.mark.django_db
def test_a_check_that_crashes_is_told_to_staff() -> None:
    """O3: the proof itself failed, and nobody heard: an act tells of what it finds, not of its own end."""

    def crash(day: RunDay, report: StepReport) -> None:
        raise ValueError("strange statement")

    report = run_daily(
        [SingleStep("prove", "proves", crash, "would prove")], day=TODAY, started_by="test"
    )
    assert report.failed
    [mail] = OutgoingMail.objects.filter(event="run_failed")
    assert (mail.values["step"], mail.values["count"]) == ("prove", 1)


@pytest.mark.django_db
def test_what_an_act_finds_it_tells_itself() -> None:
    run_daily([SingleStep("look", "looks", find_fault, "would look")], day=TODAY, started_by="test")
    assert not OutgoingMail.objects.filter(event="run_failed").exists()


@pytest.mark.django_db
def test_staff_hear_once_a_day_of_a_step_with_errors() -> None:  # O5
    make_invoice()

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        raise ValueError("strange data")

    for _ in range(2):
        run_daily([RowStep("overdue", "", late, do)], day=TODAY, started_by="test")
    [mail] = OutgoingMail.objects.filter(event="run_failed")
    assert (mail.values["step"], mail.values["count"]) == ("overdue", 1)
