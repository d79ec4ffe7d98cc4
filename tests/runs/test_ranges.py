"""A step on many workers: ranges of clients, each a job; whoever takes part or is killed, the books are the same."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from commerce.billing.models import Invoice
from commerce.jobs import handlers
from commerce.jobs.job_states import claim_job
from commerce.jobs.models import Job
from commerce.jobs.runner import JobFeed
from commerce.jobs.words import words_of_job
from commerce.kit import clock
from commerce.kit.context import Actor
from commerce.runs import ranges, runner
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.runs.ranges import RANGE_ACTION, cut_into_ranges, do_range, drop_old_ranges
from commerce.runs.runner import run_daily
from commerce.runs.step import RowStep, RunDay
from tests.make.people import make_client
from tests.make.records import make_invoice
from tests.runs.test_runner import OVERDUE, late, mark

ON_POSTGRES = connection.vendor == "postgresql"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has one writer at a time"),
]
TODAY = RunDay(
    date(2030, 1, 31), datetime(2030, 1, 31, 0, 5, tzinfo=UTC), Actor("staff", 7, "Grace")
)

type Use = Callable[..., RowStep]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Have workers know a step, which is ``OVERDUE`` with these things different; in ranges of two rows."""
    monkeypatch.setattr(ranges, "ROWS_OF_RANGE", 2)
    monkeypatch.setattr(ranges, "LOOK_SECONDS", 0.01)

    def register(do: Callable[[int, RunDay], Mapping[str, int]] = mark, **over: Any) -> RowStep:
        step = RowStep("overdue", "", late, do, **over)
        handler = partial(do_range, steps=[step])
        monkeypatch.setitem(handlers._types, RANGE_ACTION, handlers.JobType(handler, pauses=()))
        return step

    return register


def run(step: RowStep) -> Any:
    [report] = run_daily([step], day=TODAY, started_by="test").steps
    return report


def jobs() -> QuerySet[Job]:
    return Job.objects.filter(action=RANGE_ACTION).order_by("pk")


def results() -> list[tuple[str, int]]:
    return [(job.status, job.args["result"]["rows"]) for job in jobs()]


def test_each_row_is_done_once_for_the_day_and_the_actor_of_the_run(use: Use) -> None:
    clients = [make_client() for _ in range(3)]
    for client in [clients[2], *clients, clients[0], make_client()]:
        make_invoice(client)
    days = []

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        days.append((day.date, day.actor, day.at - TODAY.at < timedelta(minutes=5)))
        return mark(pk, day)

    report = run(use(do))
    assert str(words_of_job(jobs()[0]).what) == "Daily run of Jan 31, 2030: overdue"
    assert (report.rows, report.counts, report.errors) == (6, {"invoices": 6}, [])
    assert results() == [("succeeded", 2), ("succeeded", 1), ("succeeded", 3)]
    assert set(days) == {(TODAY.date, TODAY.actor, True)}
    assert set(Invoice.objects.values_list("status", flat=True)) == {"overdue"}
    step = DailyRunStep.objects.get()
    assert (step.status, step.counts) == ("done", {"invoices": 6})


def test_an_error_of_a_row_is_one_of_the_step(use: Use) -> None:
    bad, *_rest = [make_invoice() for _ in range(5)]

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        if pk == bad.pk:
            raise ValueError("strange data")
        return mark(pk, day)

    report = run(use(do))
    assert report.errors == [{"kind": "overdue", "id": bad.pk, "error": "ValueError: strange data"}]
    assert (report.rows, report.counts) == (5, {"invoices": 4})


def test_a_range_that_fails_is_an_error_of_the_step_and_waits_for_nobody(use: Use) -> None:
    for _ in range(3):
        make_invoice()

    def finds_once(day: RunDay, found: list[int] = []) -> Any:  # noqa: B006 - it is to be kept
        found.append(1)
        if len(found) == 2:
            raise ValueError("no such thing")
        return late(day)

    step = use()
    object.__setattr__(step, "find", finds_once)
    report = run(step)
    assert [error["id"] for error in report.errors] == [None]
    assert "no such thing" in report.errors[0]["error"]
    assert sorted(jobs().values_list("status", flat=True)) == [
        "dropped",
        "succeeded",
    ]


def test_when_the_time_is_over_the_rest_is_dropped(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_invoice()
    monkeypatch.setattr(runner, "MAX_STEP_SECONDS", -1)
    report = run(use())
    assert (report.rows, report.errors) == (1, [])  # the last range has one
    assert "next run" in report.stopped
    assert jobs().filter(status="dropped").count() == 2


def test_a_range_that_takes_long_goes_on_in_another_job(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    for each in (client, client, client, make_client()):
        make_invoice(each)
    monkeypatch.setattr(ranges, "RANGE_SECONDS", -1)
    monkeypatch.setattr(ranges, "ROWS_OF_RANGE", 3)
    report = run(use())
    assert (report.rows, report.counts, report.errors) == (4, {"invoices": 4}, [])
    assert (
        len(results()) == 2 + 3 + 1
    )  # each row has one after it, which finds that nothing is left


def under_way(step: RowStep) -> Job:
    """A range whose worker has claimed it, of a step that is running; nobody holds its lock."""
    run = DailyRun.objects.create(date=TODAY.date, started_at=TODAY.at, started_by="test")
    row = DailyRunStep.objects.create(run=run, name=step.name, started_at=TODAY.at)
    turn = ranges.RunClock(TODAY, clock.now())
    job = ranges._make_jobs(row, [ranges.ClientRange()], turn).get()
    assert claim_job(job=job, at=clock.now())
    return job


def test_a_range_of_a_killed_worker_is_done_by_another(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting until its lease ends, in ten minutes."""
    for _ in range(3):
        make_invoice()
    monkeypatch.setattr(ranges, "DEAD_SECONDS", 0.05)
    killed = []

    def is_killed(job: Job, *, at: datetime) -> bool:
        if killed:
            return run_job(job, at=at)
        killed.append(job)
        return claim_job(job=job, at=at)

    run_job = ranges.run_job
    monkeypatch.setattr(ranges, "run_job", is_killed)
    report = run(use())
    assert (report.rows, report.counts) == (3, {"invoices": 3})
    assert [job.lost_runs for job in jobs()] == [0, 1]


def test_what_a_killed_run_left_is_dropped_before_the_next_one(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = use()
    job = under_way(step)
    monkeypatch.setattr(ranges, "DEAD_SECONDS", 0.05)
    drop_old_ranges()
    job.refresh_from_db()
    assert (job.status, job.lost_runs) == ("dropped", 1)


def test_what_is_tried_after_its_step_has_ended_is_dropped(use: Use) -> None:
    job = under_way(use())
    DailyRunStep.objects.update(status="done")
    with pytest.raises(handlers.Obsolete):
        do_range(handlers.JobRun.of(job, TODAY.at), [OVERDUE])


@pytest.mark.django_db(transaction=True)
def test_workers_take_part(use: Use) -> None:
    for _ in range(4):
        make_invoice()
    both, done = threading.Barrier(2), threading.Event()

    def do(pk: int, day: RunDay) -> Mapping[str, int]:
        if not done.is_set():
            both.wait(30)  # two are in it at the same time
            done.set()
        return mark(pk, day)

    def work() -> None:
        feed = JobFeed()
        while not done.is_set():
            feed.run_next(clock.now())
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    report = run(use(do))
    worker.join(30)
    assert (report.rows, report.counts, report.errors) == (4, {"invoices": 4}, [])
    assert results() == [("succeeded", 2), ("succeeded", 2)]


@pytest.mark.parametrize(
    ("over", "number"),
    [
        ({}, 2),
        ({"client": ""}, 0),
        ({"uses_network": True}, 0),
    ],
)
def test_what_is_cut(use: Use, over: Mapping[str, Any], number: int) -> None:
    for _ in range(3):
        make_invoice()
    step = use(**over)
    assert len(cut_into_ranges(step, TODAY)) == number
    with clock.freeze_time(TODAY.at):
        assert cut_into_ranges(step, TODAY) == []


def test_few_rows_and_those_of_one_client_are_not_cut(use: Use) -> None:
    client = make_client()
    for _ in range(5):
        make_invoice(client)
    found: Sequence[Any] = cut_into_ranges(use(), TODAY)
    assert found == []
