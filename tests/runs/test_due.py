"""The timetable looks every 5 minutes: one run a day, what was cut off goes on, what failed is tried again (U17)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from commerce.accounts.models import Client
from commerce.runs import runner
from commerce.runs.due import run_when_due
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.report import RunReport, StepReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay, SingleStep
from tests.make.people import make_client

pytestmark = pytest.mark.django_db

TODAY = date(2030, 1, 31)


def looks(day: date = TODAY, hours: int = 24) -> Iterator[datetime]:
    start = datetime.combine(day, time(), UTC)
    return (start + timedelta(minutes=5 * n) for n in range(12 * hours))


class FailingWork:
    """Three steps and a proof; clients whose id is in ``broken`` fail in the second. ``done`` counts what was begun."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.broken: set[int] = set()
        self.killed_in = ""
        rows = [RowStep(name, "", self.find, self.doing(name), "pk") for name in ("a", "b", "c")]
        self.steps = [*rows, SingleStep("prove", "", self.prove, "")]

    def find(self, day: RunDay) -> Any:
        return Client.objects.all()

    def doing(self, name: str) -> Any:
        def do(pk: int, day: RunDay) -> Mapping[str, int]:
            self.done[name] += 1
            if name == self.killed_in:
                raise KeyboardInterrupt
            if name == "b" and pk in self.broken:
                raise ValueError("strange data")
            return {"rows": 1}

        return do

    def prove(self, day: RunDay, report: StepReport) -> None:
        self.done["prove"] += 1
        report.errors.append({"kind": "M5", "id": 1, "error": "does not add up"})

    def look(self, at: datetime) -> RunReport | None:
        return run_when_due(self.steps, at=at)

    def day(self, day: date = TODAY) -> list[RunReport]:
        return [report for at in looks(day) if (report := self.look(at)) is not None]


def test_u17_a_row_that_fails_for_good_repeats_its_own_step_a_few_times_a_day() -> None:
    """It had all steps and the proof run every 5 minutes, 288 times a day."""
    clients = [make_client() for _ in range(3)]
    work = FailingWork()
    work.broken = {clients[1].pk}
    assert (
        len(work.day()) == 6
    )  # at 0:05, and 5, 15, 45, 135, 405 minutes later; the next is on another day
    assert work.done == {"a": 3, "b": 18, "c": 3, "prove": 1}
    step = DailyRunStep.objects.get(name="b")
    assert (step.status, step.tries, step.finishes) == ("failed", 6, None)
    assert DailyRun.objects.count() == 1
    work.broken = set()
    assert len(work.day(TODAY + timedelta(days=1))) == 1
    assert DailyRunStep.objects.get(name="b", finishes=TODAY + timedelta(days=1)).status == "done"


def test_u17_each_date_and_step_is_finished_once() -> None:
    """The second run of a day is done as well, but finishes nothing; the database would refuse it."""
    make_client()
    work = FailingWork()
    for _ in range(3):
        run_daily(work.steps, day=RunDay(TODAY, next(looks())), started_by="test")
    rows = DailyRunStep.objects.filter(name="a").order_by("pk")
    assert list(rows.values_list("status", "finishes")) == [
        ("done", TODAY),
        ("done", None),
        ("done", None),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyRunStep.objects.filter(pk=rows[2].pk).update(finishes=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyRunStep.objects.filter(name="prove").update(finishes=TODAY)  # it found fault


def test_a_step_that_succeeds_when_it_is_tried_again_has_finished_the_day() -> None:
    client = make_client()
    work = FailingWork()
    work.broken = {client.pk}
    at = datetime.combine(TODAY, time(0, 5), UTC)
    assert work.look(at) is not None
    work.broken = set()
    assert work.look(at + timedelta(minutes=4)) is None
    report = work.look(at + timedelta(minutes=5))
    assert report is not None
    assert [step.name for step in report.steps] == ["b"]
    step = DailyRunStep.objects.get(name="b")
    assert (step.status, step.tries, step.errors) == ("done", 2, [])
    assert step.finishes == TODAY
    assert work.look(at + timedelta(minutes=30)) is None


def test_what_staff_finished_by_hand_is_not_tried_again() -> None:
    client = make_client()
    work = FailingWork()
    work.broken = {client.pk}
    at = datetime.combine(TODAY, time(0, 5), UTC)
    work.look(at)
    work.broken = set()
    run_daily(work.steps, day=RunDay(TODAY, at), started_by="Grace", only_step="b")
    assert work.look(at + timedelta(hours=1)) is None


def test_a_step_that_staff_ran_alone_does_not_stand_for_the_day_s_run() -> None:
    make_client()
    work = FailingWork()
    at = datetime.combine(TODAY, time(0, 2), UTC)
    run_daily(work.steps, day=RunDay(TODAY, at), started_by="Grace", only_step="b")
    report = work.look(at + timedelta(minutes=5))
    assert report is not None
    assert [step.name for step in report.steps] == ["a", "b", "c", "prove"]


def test_a_run_that_was_killed_goes_on_with_the_steps_that_are_left() -> None:
    make_client()
    work = FailingWork()
    work.killed_in = "b"
    at = datetime.combine(TODAY, time(0, 5), UTC)
    with pytest.raises(KeyboardInterrupt):
        work.look(at)
    work.killed_in = ""
    report = work.look(at + timedelta(minutes=5))
    assert report is not None
    assert [step.name for step in report.steps] == ["b", "c", "prove"]
    assert work.look(at + timedelta(minutes=10)) is None
    states = DailyRunStep.objects.order_by("pk").values_list("name", "status")
    expected = [("a", "done"), ("b", "running"), ("b", "done"), ("c", "done"), ("prove", "failed")]
    assert list(states) == expected


def test_a_step_that_ran_out_of_time_goes_on_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(2):
        make_client()
    work = FailingWork()
    monkeypatch.setattr(runner, "MAX_STEP_SECONDS", -1)
    at = datetime.combine(TODAY, time(0, 5), UTC)
    for n in range(4):
        assert work.look(at + timedelta(minutes=5 * n)) is not None
    step = DailyRunStep.objects.get(name="a")
    assert (step.status, step.tries, step.counts) == ("failed", 4, {"rows": 4})


def test_looks_without_anything_to_do_cost_little(django_assert_num_queries: Any) -> None:
    make_client()
    work = FailingWork()
    work.look(datetime.combine(TODAY, time(0, 5), UTC))
    # The zone, the run's time and the zone again; which steps have ended, and which have failed.
    lock_and_back = 2 * (connection.vendor == "postgresql")
    with django_assert_num_queries(5 + lock_and_back):
        work.look(datetime.combine(TODAY, time(12), UTC))
