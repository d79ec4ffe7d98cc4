"""Which job comes next, and what it costs to find it when 100,000 mails wait."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from commerce.jobs import handlers, runner
from commerce.jobs.handlers import JobRun, RateLimitReached, RetryLater, job_handler
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobPriority
from commerce.mail.actions.announcing import Recipient, announce
from commerce.mail.link_mail import announce_link_mail
from tests.make.jobs import run_all_jobs
from tests.make.people import AT

pytestmark = pytest.mark.django_db
MANY = 100_000
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    kinds = dict(handlers._types)
    yield
    handlers._types.clear()
    handlers._types.update(kinds)


def mails(status: str, number: int, first: int = 0) -> None:
    """So many jobs of mails, written by one statement; those that wait do so for more than an hour."""
    lite = connection.vendor == "sqlite"
    next_try = "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %s, '+' || i || ' seconds')"
    next_try = next_try if lite else "%s + i * interval '1 second'"
    columns = (
        "subject_kind, subject_id, action, idempotency_key, args, status, one_at_a_time, priority, tries,"
        " lost_runs, claim, error, created_at, next_try_at"
    )
    values = (
        f"'bulk', i, 'bulk.send', 'announced', '{{}}', '{status}', {0 if lite else False},"
        f" {JobPriority.MAIL}, 0, 0, '', '', %s, {'NULL' if status == 'queued' else next_try}"
    )
    rows = f"SELECT {first + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {first + number}"
    statement = (
        f"WITH RECURSIVE n(i) AS ({rows}) INSERT INTO jobs_job ({columns}) SELECT {values} FROM n"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [AT] + ([] if status == "queued" else [AT + HOUR]))
        cursor.execute("ANALYZE jobs_job")


def ran() -> list[str]:
    return [job.action for job in runner.run_due_jobs(at=AT, limit=1)]


def plan(jobs: QuerySet[Job]) -> str:
    return jobs.explain() if connection.vendor == "sqlite" else jobs.explain(analyze=True)


def test_a_queue_of_100_000_mails_is_overtaken_and_not_walked_over() -> None:
    """Each look for the next job read all that waited: a second for each."""
    job_handler("thing.do")(lambda _work: None)
    mails("queued", MANY)
    mails("waiting", MANY // 5, first=MANY)
    enqueue(("thing", 1), "thing.do", "order 1", AT)
    security = announce(
        event="email_changed",
        idempotency_key="1",
        to=[Recipient("ann@example.org")],
        values={},
        at=AT,
    )
    values = {"verify_url": "https://localhost/x", "expires_minutes": 60}
    announce_link_mail(event="verify_email", to=Recipient("ann@example.org"), values=values)
    urgent = [job.subject for job in runner.run_due_jobs(at=AT, limit=2)]
    assert urgent == [("mail", security[0].pk), ("mail", security[0].pk + 1)]
    assert ran() == ["thing.do"]
    turn = Job.objects.in_turn()
    for priority in (JobPriority.NORMAL, JobPriority.MAIL):
        for jobs, index in (
            (turn.queued(priority, asks_remote=False), "job_queued_by_kind"),
            (turn.retries_due(priority, AT, asks_remote=False), "job_waiting_by_kind"),
        ):
            found = plan(jobs[:1])
            assert index in found
            assert "TEMP B-TREE" not in found
            assert "Sort" not in found
            assert "Rows Removed by Filter" not in found


def test_mails_for_which_a_minute_has_no_room_keep_their_place_and_hold_up_nothing() -> None:
    sent: list[int] = []

    def send(run: JobRun) -> None:
        if len(sent) == 2:
            raise RateLimitReached(40)
        sent.append(run.subject_id)

    job_handler("bulk.send", priority=JobPriority.MAIL)(send)
    job_handler("thing.do")(lambda _work: None)
    for number in range(5):
        enqueue(("bulk", number), "bulk.send", "announced", AT)
    paused: runner.PausedPriorities = {}
    assert len(runner.run_due_jobs(at=AT, paused=paused)) == 2
    left = Job.objects.filter(action="bulk.send", status="queued")
    assert (left.count(), set(left.values_list("tries", "claim", "next_try_at"))) == (
        3, {(0, "", None)},
    )  # fmt: skip
    sent.clear()
    enqueue(("thing", 1), "thing.do", "order 1", AT)
    soon = AT + timedelta(seconds=39)
    assert [job.action for job in runner.run_due_jobs(at=soon, paused=paused)] == ["thing.do"]
    assert len(runner.run_due_jobs(at=AT + timedelta(seconds=40), paused=paused)) == 2
    assert sent == [2, 3]


def test_threads_of_a_process_share_a_look_and_what_is_urgent_waits_a_second_at_most() -> None:
    """Each look read a hundred rows for one job: half of what PostgreSQL did for it."""
    order: list[str] = []
    job_handler("thing.do")(lambda run: order.append(f"{run.subject_id}"))
    job_handler("thing.haste", priority=JobPriority.URGENT)(lambda _run: order.append("urgent"))
    for number in range(3):
        enqueue(("thing", number), "thing.do", "order 1", AT)
    feed = runner.JobFeed()
    assert feed.run_next(AT)
    enqueue(("thing", 9), "thing.haste", "order 1", AT)
    later = AT + timedelta(milliseconds=500)
    with CaptureQueriesContext(connection) as asked:
        given = feed.next_job(later)
    assert (given and given.subject_id, len(asked)) == (1, 0)
    assert given is not None
    runner.run_job(given, at=later)
    while feed.run_next(AT + timedelta(seconds=1)):
        pass
    assert order == ["0", "1", "urgent", "2"]


def test_a_look_that_led_to_nothing_is_not_repeated_at_once() -> None:
    feed = runner.JobFeed()
    assert not feed.run_next(AT)
    with CaptureQueriesContext(connection) as asked:
        assert not feed.run_next(AT + timedelta(milliseconds=999))
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        assert not feed.run_next(AT + timedelta(seconds=1))
    assert len(asked) == 2 * len(JobPriority)


def test_a_minute_without_room_is_known_to_all_threads_of_the_process() -> None:
    def send(run: JobRun) -> None:
        raise RateLimitReached(40)

    job_handler("bulk.send", priority=JobPriority.MAIL)(send)
    for number in range(3):
        enqueue(("bulk", number), "bulk.send", "announced", AT)
    feed = runner.JobFeed()
    assert feed.run_next(AT)
    assert not feed.run_next(AT + timedelta(seconds=39))
    assert feed.run_next(AT + timedelta(seconds=40))


def test_what_has_waited_comes_before_what_was_queued_after_it() -> None:
    order: list[int] = []

    def do(run: JobRun) -> None:
        if run.subject_id == 1 and run.at == AT:
            raise RetryLater(60, "not yet")
        order.append(run.subject_id)

    job_handler("thing.do")(do)
    enqueue(("thing", 1), "thing.do", "order 1", AT)
    run_all_jobs(AT, failing=True)
    enqueue(("thing", 2), "thing.do", "order 1", AT)
    run_all_jobs(AT + timedelta(minutes=1))
    assert order == [1, 2]


def test_a_job_behind_another_of_its_subject_is_not_looked_at_again_and_again() -> None:
    def fail(run: JobRun) -> None:
        raise ValueError("no answer")

    job_handler("thing.create", one_at_a_time=True)(fail)
    job_handler("thing.suspend", one_at_a_time=True)(lambda _work: None)
    enqueue(("thing", 1), "thing.create", "order 1", AT)
    enqueue(("thing", 1), "thing.suspend", "invoice 2", AT)
    run_all_jobs(AT, failing=True)
    assert not Job.objects.in_turn().queued(JobPriority.NORMAL, asks_remote=False).exists()
