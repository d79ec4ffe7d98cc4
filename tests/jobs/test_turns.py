"""Which job comes next, and what it costs to find it when 100,000 mails wait."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from commerce.jobs import registry, running
from commerce.jobs.actions import queue
from commerce.jobs.models import Job
from commerce.jobs.registry import Later, NoRoom, Work, handles
from commerce.jobs.rules import Priority
from commerce.mail.actions import Recipient, announce
from commerce.mail.send import link_after_commit
from tests.make.jobs import run_all
from tests.make.people import AT

pytestmark = pytest.mark.django_db
MANY = 100_000
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    kinds = dict(registry._kinds)
    yield
    registry._kinds.clear()
    registry._kinds.update(kinds)


def mails(status: str, number: int, first: int = 0) -> None:
    """So many jobs of mails, written by one statement; those that wait do so for more than an hour."""
    lite = connection.vendor == "sqlite"
    next_try = "strftime('%%Y-%%m-%%d %%H:%%M:%%S', %s, '+' || i || ' seconds')"
    next_try = next_try if lite else "%s + i * interval '1 second'"
    columns = (
        "subject_kind, subject_id, action, cause, args, status, in_order, priority, tries, losses,"
        " claim, error, made_at, woken_at, next_try_at"
    )
    values = (
        f"'bulk', i, 'bulk.send', 'announced', '{{}}', '{status}', {0 if lite else False},"
        f" {Priority.MAIL}, 0, 0, '', '', %s, %s, {'NULL' if status == 'queued' else next_try}"
    )
    rows = f"SELECT {first + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {first + number}"
    statement = (
        f"WITH RECURSIVE n(i) AS ({rows}) INSERT INTO jobs_job ({columns}) SELECT {values} FROM n"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [AT, AT] + ([] if status == "queued" else [AT + HOUR]))
        cursor.execute("ANALYZE jobs_job")


def ran() -> list[str]:
    return [job.action for job in running.run_due(at=AT, limit=1)]


def plan(jobs: QuerySet[Job]) -> str:
    return jobs.explain() if connection.vendor == "sqlite" else jobs.explain(analyze=True)


def test_a_queue_of_100_000_mails_is_overtaken_and_not_walked_over() -> None:
    """Each look for the next job read all that waited: a second for each."""
    handles("thing.do")(lambda _work: None)
    mails("queued", MANY)
    mails("waiting", MANY // 5, first=MANY)
    queue(("thing", 1), "thing.do", "order 1", AT)
    security = announce(
        event="email_changed", once="1", to=[Recipient("ann@example.org")], values={}, at=AT
    )
    values = {"verify_url": "https://localhost/x", "expires_minutes": 60}
    link_after_commit(event="verify_email", to=Recipient("ann@example.org"), values=values)
    urgent = [job.subject for job in running.run_due(at=AT, limit=2)]
    assert urgent == [("mail", security[0].pk), ("mail", security[0].pk + 1)]
    assert ran() == ["thing.do"]
    for priority in (Priority.NORMAL, Priority.MAIL):
        for jobs, index in (
            (Job.objects.in_turn().queued(priority), "job_queued"),
            (Job.objects.in_turn().waited(priority, AT), "job_waiting"),
        ):
            found = plan(jobs[:1])
            assert index in found
            assert "TEMP B-TREE" not in found
            assert "Sort" not in found
            assert "Rows Removed by Filter" not in found


def test_mails_for_which_a_minute_has_no_room_keep_their_place_and_hold_up_nothing() -> None:
    sent: list[int] = []

    def send(work: Work) -> None:
        if len(sent) == 2:
            raise NoRoom(40)
        sent.append(work.subject_id)

    handles("bulk.send", priority=Priority.MAIL)(send)
    handles("thing.do")(lambda _work: None)
    for number in range(5):
        queue(("bulk", number), "bulk.send", "announced", AT)
    rests: running.Rests = {}
    assert len(running.run_due(at=AT, rests=rests)) == 2
    left = Job.objects.filter(action="bulk.send", status="queued")
    assert (left.count(), set(left.values_list("tries", "claim", "next_try_at"))) == (
        3, {(0, "", None)},
    )  # fmt: skip
    sent.clear()
    queue(("thing", 1), "thing.do", "order 1", AT)
    soon = AT + timedelta(seconds=39)
    assert [job.action for job in running.run_due(at=soon, rests=rests)] == ["thing.do"]
    assert len(running.run_due(at=AT + timedelta(seconds=40), rests=rests)) == 2
    assert sent == [2, 3]


def test_what_has_waited_comes_before_what_was_queued_after_it() -> None:
    order: list[int] = []

    def do(work: Work) -> None:
        if work.subject_id == 1 and work.at == AT:
            raise Later(60, "not yet")
        order.append(work.subject_id)

    handles("thing.do")(do)
    queue(("thing", 1), "thing.do", "order 1", AT)
    run_all(AT, failing=True)
    queue(("thing", 2), "thing.do", "order 1", AT)
    run_all(AT + timedelta(minutes=1))
    assert order == [1, 2]


def test_a_job_behind_another_of_its_subject_is_not_looked_at_again_and_again() -> None:
    def fail(work: Work) -> None:
        raise ValueError("no answer")

    handles("thing.create", in_order=True)(fail)
    handles("thing.suspend", in_order=True)(lambda _work: None)
    queue(("thing", 1), "thing.create", "order 1", AT)
    queue(("thing", 1), "thing.suspend", "invoice 2", AT)
    run_all(AT, failing=True)
    assert not Job.objects.in_turn().queued(Priority.NORMAL).exists()
