"""Servers that jobs ask: two jobs at a time for each, rest for one that is silent, and nobody else waits for it."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from commerce.jobs import handlers, runner, worker
from commerce.jobs.handlers import (
    CredentialsRefused,
    JobRun,
    RemoteSilent,
    RetryLater,
    job_handler,
)
from commerce.jobs.job_states import claim_job, park_jobs_of_silent_remotes
from commerce.jobs.manual import retry_job, retry_parked_jobs
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.queue import enqueue
from commerce.jobs.remotes import wake_remote
from commerce.kit.context import Actor, Context
from commerce.kit.remote.pauses import note_pause
from commerce.mail.models import OutgoingMail
from tests.make.people import AT
from tests.make.staff import make_staff

SAM = Actor("staff", 1, "Sam")
pytestmark = pytest.mark.django_db
SERVERS = 10


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    kinds = dict(handlers._types)
    yield
    handlers._types.clear()
    handlers._types.update(kinds)


def server_of(subject_id: int) -> str:
    """Of ten: jobs 10, 20, 30 … are those of server 0."""
    return f"server web{subject_id % SERVERS}"


def asked(dead: set[int]) -> list[int]:
    """Has `thing.ask` answered by all servers but the dead ones; which subjects were asked about, in this order."""
    calls: list[int] = []

    def ask(run: JobRun) -> None:
        calls.append(run.subject_id)
        if run.subject_id % SERVERS in dead:
            raise RemoteSilent("no answer")

    job_handler("thing.ask", remote=server_of)(ask)
    return calls


def queue(*subjects: int) -> None:
    for subject in subjects:
        enqueue(("thing", subject), "thing.ask", "order 1", AT)


def work(**delta: float) -> int:
    return len(runner.run_due_jobs(at=after(**delta)))


def after(**delta: float) -> datetime:
    return AT + timedelta(**delta)


def statuses() -> Counter[str]:
    return Counter(Job.objects.filter(action="thing.ask").values_list("status", flat=True))


def test_two_jobs_at_a_time_ask_one_server() -> None:
    asked(set())
    queue(10, 20, 30, 11)
    jobs = list(Job.objects.order_by("id"))
    assert [claim_job(job=job, at=AT) for job in jobs] == [True, True, False, True]
    assert {job.remote for job in jobs[:2]} == {"server web0"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=jobs[1].pk).update(remote_place=jobs[0].remote_place)
    runner.run_claimed_job(jobs[0], at=AT)
    assert claim_job(job=jobs[2], at=AT)


def test_a_server_that_is_silent_five_times_rests_for_five_minutes_and_is_told_of_once() -> None:
    make_staff()
    calls = asked({0})
    queue(*range(10, 210, 10))
    work()
    assert len(calls) == 5
    assert statuses() == {"waiting": 5, "queued": 15}
    work(minutes=4)
    assert len(calls) == 5
    work(minutes=6)
    assert len(calls) == 6  # one probe
    work(minutes=7)
    assert len(calls) == 6
    assert Job.objects.filter(tries__gt=0).count() == 0
    work(minutes=12)
    assert OutgoingMail.objects.filter(event="remote_silent").count() == 1


def test_one_answer_ends_the_rest() -> None:
    dead = {0}
    calls = asked(dead)
    queue(*range(10, 210, 10))
    work()
    dead.clear()
    work(minutes=11)
    assert statuses() == {"succeeded": 20}
    assert len(calls) == 25
    assert not RemoteState.objects.exists()


def test_while_a_server_is_probed_one_job_asks_it() -> None:
    asked({0})
    queue(*range(10, 210, 10))
    work()
    waiting = Job.objects.filter(status="queued").order_by("id")
    first, second = waiting[:2]
    assert claim_job(job=first, at=after(minutes=6))
    assert not claim_job(job=second, at=after(minutes=6))


def test_jobs_of_a_server_that_is_silent_for_six_hours_park_and_staff_can_have_them_tried() -> None:
    calls = asked({0})
    queue(*range(10, 130, 10), 11)
    for minutes in range(0, 6 * 60 + 20, 5):
        work(minutes=minutes, seconds=1)
        park_jobs_of_silent_remotes(at=after(minutes=minutes, seconds=2))
        if minutes < 6 * 60:
            assert statuses()["parked"] == 0
    assert statuses() == {"parked": 12, "succeeded": 1}
    asked(set())
    parked = Job.objects.filter(status="parked").order_by("id").last()
    assert parked is not None
    retry_job(job=parked, ctx=Context(after(hours=7), SAM))
    assert work(hours=7) == 1
    assert len(calls) < 100


def test_jobs_of_a_server_that_refuses_our_key_wait_however_long_and_go_on_once_it_is_set() -> None:
    """A key that expired on a Friday parked each job of the weekend, one by one and for good."""
    make_staff()
    refuses = [True]

    def ask(run: JobRun) -> None:
        if refuses[0]:
            raise CredentialsRefused("The key is not accepted.")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(*range(10, 130, 10))
    for minutes in range(0, 3 * 24 * 60, 3 * 60):
        work(minutes=minutes, seconds=1)
        park_jobs_of_silent_remotes(at=after(minutes=minutes, seconds=2))
    assert statuses()["parked"] == 0
    assert Job.objects.filter(tries__gt=0).count() == 0
    told = OutgoingMail.objects.values_list("event", flat=True)
    assert [one for one in told if one.startswith(("remote", "job"))] == ["remote_refuses"]
    refuses[0] = False
    wake_remote(remote="server web0", at=after(days=3))
    assert work(days=3) == 12
    assert statuses() == {"succeeded": 12}


def test_a_server_that_is_silent_and_then_refuses_our_key_is_told_of_as_both() -> None:
    """Nobody would set a key right that is not known to be refused."""
    make_staff()
    outcome: list[type[RemoteSilent]] = [RemoteSilent]

    def ask(run: JobRun) -> None:
        raise outcome[0]("no")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(*range(10, 130, 10))
    for minutes in range(0, 60, 10):
        work(minutes=minutes)
    outcome[0] = CredentialsRefused
    for minutes in range(60, 10 * 60, 60):
        work(minutes=minutes, seconds=1)
        park_jobs_of_silent_remotes(at=after(minutes=minutes, seconds=2))
    told = OutgoingMail.objects.filter(event__startswith="remote").order_by("pk")
    assert list(told.values_list("event", flat=True)) == ["remote_silent", "remote_refuses"]
    assert statuses()["parked"] == 0


def test_a_server_that_asks_for_a_pause_gets_it_from_all_jobs() -> None:
    """Each repeated on its own times, and so asked for another."""
    busy, calls = [True], 0

    def ask(run: JobRun) -> None:
        nonlocal calls
        calls += 1
        if busy[0]:
            note_pause(429, {"Retry-After": "600"})
            raise ValueError("too many requests")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(10, 20, 30, 40)
    work()
    for minutes in range(1, 10):
        work(minutes=minutes)
    assert calls == 1
    assert Job.objects.filter(tries__gt=0).count() == 0
    work(minutes=11)
    assert calls == 2  # one that looks whether it is over
    busy[0] = False
    work(minutes=22)
    assert statuses() == {"succeeded": 4}
    assert not OutgoingMail.objects.exists()


def test_a_server_that_asks_for_pauses_for_ever_holds_no_job_for_ever() -> None:
    def ask(run: JobRun) -> None:
        note_pause(503, {"Retry-After": "86400"})
        raise RetryLater(1, "later")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(10, 20)
    for minutes in range(0, 8 * 60, 20):
        work(minutes=minutes)
        park_jobs_of_silent_remotes(at=after(minutes=minutes, seconds=2))
    assert statuses() == {"parked": 2}


def test_one_job_that_is_refused_among_others_that_are_not_parks_in_the_end() -> None:
    """What it asks for is not ours to do: nobody would hear of it otherwise."""

    def ask(run: JobRun) -> None:
        if run.subject_id == 10:
            raise CredentialsRefused("Not allowed.")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(10)
    for minutes in range(0, 6 * 60 + 15, 15):
        queue(1000 + minutes * SERVERS)
        work(minutes=minutes)
    assert Job.objects.get(subject_id=10).status == "parked"
    assert not OutgoingMail.objects.filter(event="remote_refuses").exists()


def test_a_silence_after_a_refusal_has_its_own_six_hours() -> None:
    outcome: list[type[RemoteSilent]] = [CredentialsRefused]

    def ask(run: JobRun) -> None:
        raise outcome[0]("no")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(10)
    for minutes in range(0, 24 * 60, 60):
        work(minutes=minutes)
    outcome[0] = RemoteSilent
    wake_remote(remote="server web0", at=after(days=1))
    work(days=1)
    assert statuses() == {"waiting": 1}


def test_all_that_parked_at_a_server_since_a_day_is_tried_again() -> None:
    asked({0, 1})
    queue(10, 20, 11)
    for minutes in range(0, 6 * 60 + 20, 20):
        work(minutes=minutes, seconds=1)
        park_jobs_of_silent_remotes(at=after(minutes=minutes, seconds=2))
    assert statuses() == {"parked": 3}
    ctx = Context(after(hours=9), SAM)
    assert retry_parked_jobs(remote="server web0", since=after(hours=8), ctx=ctx) == 0
    assert retry_parked_jobs(remote="server web0", since=AT, ctx=ctx) == 2
    assert statuses() == {"queued": 2, "parked": 1}
    assert retry_parked_jobs(remote="server web1", ctx=ctx) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_r27_a_dead_and_a_slow_server_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight of ten servers finish as if the other two were not there, although both have all threads to take."""
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.02)
    asked, answers = set[int](), threading.Event()
    running: defaultdict[int, int] = defaultdict(int)
    most: defaultdict[int, int] = defaultdict(int)
    mutex = threading.Lock()

    def ask(run: JobRun) -> None:
        server = run.subject_id % SERVERS
        with mutex:
            running[server] += 1
            most[server] = max(most[server], running[server])
        answers.wait({0: 1, 1: 180}.get(server, 0.01))
        with mutex:
            running[server] -= 1
            asked.add(server)
        if server == 0:
            raise RemoteSilent("no answer")

    job_handler("thing.ask", remote=server_of)(ask)
    queue(*range(10, 10 + 6 * SERVERS))
    working = worker.Worker([], threads=1)
    thread = threading.Thread(target=working.run)
    thread.start()
    try:
        others = Job.objects.filter(action="thing.ask").exclude(
            pk__in=[job.pk for job in Job.objects.all() if job.subject_id % SERVERS in (0, 1)]
        )
        deadline = time.monotonic() + 120
        while others.exclude(status="succeeded").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        in_time = set(asked)
        slow = Job.objects.filter(status__in=("queued", "running")).count()
    finally:
        working.stop()
        answers.set()
        thread.join()
    assert not others.exclude(status="succeeded").exists()
    assert slow >= 2  # those of the slow one, and of the dead one, were not waited for
    assert max(most.values()) <= 2
    assert in_time - {0} == {*range(2, SERVERS)}  # nor did the slow one answer first
