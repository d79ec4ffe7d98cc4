"""services-and-provisioning.md 5: each step of a job to the second, and that it leaves the next job alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.events.models import StoredEvent
from commerce.jobs import handlers, runner
from commerce.jobs.handlers import JobRun, Obsolete, RateLimitReached, RetryLater, job_handler
from commerce.jobs.job_states import (
    LEASE,
    claim_job,
    fail_job,
    park_or_drop_job,
    postpone_job,
    requeue_job,
    requeue_lost_jobs,
    succeed_job,
)
from commerce.jobs.manual import drop_job, retry_job
from commerce.jobs.models import Job, ScheduleState
from commerce.jobs.queue import delete_ended_jobs, drop_obsolete, enqueue
from commerce.jobs.rules import JobPriority, retry_seconds
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests.make.people import AT

pytestmark = pytest.mark.django_db
SAM = Actor("staff", 1, "Sam")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    kinds = dict(handlers._types)
    yield
    handlers._types.clear()
    handlers._types.update(kinds)


def nothing(_told: object) -> None:
    """Work that is done at once."""


def queued(subject: int = 7, action: str = "thing.do", key: str = "a", **over: Any) -> Job:
    enqueue(("thing", subject), action, key, AT, **over)
    return Job.objects.get(subject_id=subject, action=action, idempotency_key=key)


def running(subject: int = 7, **over: Any) -> Job:
    job = queued(subject, **over)
    assert claim_job(job=job, at=AT)
    return job


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.status


def test_a_claim_is_for_ten_minutes_and_for_one() -> None:
    job, other = queued(), queued(8)
    assert claim_job(job=job, at=AT)
    assert (job.status, job.lease_until, len(job.claim)) == ("running", AT + LEASE, 24)
    assert not claim_job(job=Job.objects.get(pk=job.pk), at=AT)
    assert (state(other), other.claim) == ("queued", "")


def test_a_job_that_waits_is_claimed_at_its_instant() -> None:
    job = running()
    postpone_job(job=job, retry=RetryLater(60, "no answer"), at=AT)
    assert (job.status, job.next_try_at, job.waiting_since, job.error, job.lease_until) == (
        "waiting",
        AT + 60 * SECOND,
        AT,
        "no answer",
        None,
    )
    assert not claim_job(job=job, at=AT + 59 * SECOND)
    assert claim_job(job=job, at=AT + 60 * SECOND)
    assert job.tries == 0


def test_it_parks_when_it_has_waited_for_all_of_its_time() -> None:
    job = running()
    retry = RetryLater(10, "no answer", max_seconds=20)
    for seconds, status in ((0, "waiting"), (19, "waiting"), (39, "parked")):
        at = AT + seconds * SECOND
        if seconds:
            assert claim_job(job=job, at=at)
        postpone_job(job=job, retry=retry, at=at)
        assert (job.status, job.waiting_since) == (status, AT)
    assert AuditEntry.objects.get(action="job.parked").reason == "no answer"


ENDS = [
    lambda job, at: succeed_job(job=job, at=at),
    lambda job, at: postpone_job(job=job, retry=RetryLater(1, "x"), at=at),
    lambda job, at: fail_job(job=job, text="x", at=at),
    lambda job, at: park_or_drop_job(job=job, text="x", at=at),
    lambda job, at: requeue_job(job=job, at=at),
]


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_lost_its_job_ends_nothing(end: Any) -> None:
    job = running()
    mine = Job.objects.get(pk=job.pk)
    requeue_job(job=job, at=AT)
    assert claim_job(job=job, at=AT)
    with pytest.raises(StateConflict):
        end(mine, AT)
    assert state(job) == "running"
    requeue_job(job=job, at=AT)
    with pytest.raises(StateConflict):
        end(job, AT)


def test_what_ends_says_when_and_holds_no_lease() -> None:
    done, dropped, parked, back = (running(number) for number in range(4))
    at = AT + SECOND
    succeed_job(job=done, at=at)
    park_or_drop_job(job=dropped, text="gone", at=at, obsolete=True)
    park_or_drop_job(job=parked, text="wrong", at=at)
    requeue_job(job=back, at=at)
    assert [
        (one.status, one.ended_at, one.lease_until) for one in (done, dropped, parked, back)
    ] == [
        ("succeeded", at, None),
        ("dropped", at, None),
        ("parked", None, None),
        ("queued", None, None),
    ]
    assert (dropped.error, parked.error, back.claim) == ("gone", "wrong", "")
    told = StoredEvent.objects.filter(kind="JobParked")
    assert [event.subject_id for event in told] == [parked.pk]
    actions = AuditEntry.objects.filter(record_kind="job").values_list("action", "record_id")
    assert list(actions) == [("job.parked", parked.pk)]


def test_nobody_is_told_by_a_job_that_the_job_that_tells_has_parked() -> None:
    enqueue(("JobParked", 7), "thing.tell", "a", AT)
    job = Job.objects.get()
    assert claim_job(job=job, at=AT)
    park_or_drop_job(job=job, text="wrong", at=AT)
    assert not StoredEvent.objects.filter(kind="JobParked").exists()


@pytest.mark.parametrize(
    ("tries", "chance", "seconds"),
    [
        (1, 0, 60),
        (2, 0, 300),
        (3, 0, 900),
        (4, 0, 900),
        (1, 999, 71),
        (3, 500, 990),
        (2, 1000, 360),
    ],
)
def test_a_pause_is_up_to_a_fifth_longer(tries: int, chance: int, seconds: int) -> None:
    assert retry_seconds(tries, chance) == seconds


@pytest.mark.parametrize(
    ("seconds", "lost"), [(0, False), (600, False), (601, True), (-60, False), (-61, True)]
)
def test_a_lease_is_lost_when_it_is_over_or_further_away_than_clocks_differ(
    seconds: int, *, lost: bool
) -> None:
    job, other = running(), running(8)
    Job.objects.filter(pk=other.pk).update(lease_until=AT + seconds * SECOND + LEASE)
    assert requeue_lost_jobs(at=AT + seconds * SECOND) == lost
    assert (state(job), state(other)) == ("queued" if lost else "running", "running")
    assert (job.lost_runs, job.claim == "") == (int(lost), lost)


def test_a_job_parks_with_the_fifth_worker_that_it_lost() -> None:
    job = running()
    for number in range(1, 6):
        at = AT + number * timedelta(hours=1)
        assert requeue_lost_jobs(at=at) == 1
        assert (state(job), job.lost_runs) == ("parked" if number == 5 else "queued", number)
        if number < 5:
            assert claim_job(job=job, at=at)


def test_one_after_the_other_is_within_a_subject() -> None:
    job_handler("thing.order", one_at_a_time=True)(nothing)
    first, second = queued(action="thing.order"), queued(action="thing.order", key="b")
    elsewhere, free = queued(8, action="thing.order"), queued()
    assert not claim_job(job=second, at=AT)
    assert all(claim_job(job=job, at=AT) for job in (elsewhere, free, first))
    assert not claim_job(job=second, at=AT)
    succeed_job(job=first, at=AT)
    assert claim_job(job=second, at=AT)


def test_a_job_is_asked_for_with_the_priority_of_its_action_or_its_own() -> None:
    job_handler("thing.soon", priority=JobPriority(min(JobPriority)))(nothing)
    assert queued(action="thing.soon").priority == min(JobPriority)
    assert queued(8, action="thing.soon", priority=max(JobPriority)).priority == max(JobPriority)
    made = queued(9)
    assert (made.priority, made.args, made.created_at) == (JobPriority.NORMAL, {}, AT)


def test_what_is_obsolete_is_told_by_subject_action_state_and_args() -> None:
    wanted = queued(args={"invoice": 1, "why": "x"})
    other_args, other_subject = queued(key="b", args={"invoice": 2}), queued(8, args={"invoice": 1})
    other_action = queued(action="thing.else", args={"invoice": 1})
    busy = queued(key="c", args={"invoice": 1})
    assert claim_job(job=busy, at=AT)
    waiting = running(key="d", args={"invoice": 1})
    postpone_job(job=waiting, retry=RetryLater(1, "x"), at=AT)
    parked = running(key="e", args={"invoice": 1})
    park_or_drop_job(job=parked, text="x", at=AT)
    dropped = drop_obsolete(
        ("thing", 7), ["thing.do"], at=AT + SECOND, reason="paid", args={"invoice": 1}
    )
    assert dropped == 3
    rows = (wanted, waiting, parked, other_args, other_subject, other_action, busy)
    assert [state(job) for job in rows] == [*["dropped"] * 3, *["queued"] * 3, "running"]
    assert (wanted.error, wanted.ended_at) == ("paid", AT + SECOND)


def test_only_what_ended_before_is_removed() -> None:
    old, young, alive = running(), running(8), queued(9)
    succeed_job(job=old, at=AT)
    succeed_job(job=young, at=AT + SECOND)
    assert delete_ended_jobs(before=AT) == 0
    assert delete_ended_jobs(before=AT + SECOND) == 1
    assert set(Job.objects.all()) == {young, alive}


def test_staff_have_a_job_tried_again_from_the_start() -> None:
    job = running()
    Job.objects.filter(pk=job.pk).update(tries=3, lost_runs=2, waiting_since=AT)
    job.refresh_from_db()
    park_or_drop_job(job=job, text="x", at=AT)
    retry_job(job=job, ctx=Context(AT, SAM))
    assert (job.status, job.tries, job.lost_runs, job.waiting_since, job.claim) == (
        "queued",
        0,
        0,
        None,
        "",
    )
    with pytest.raises(BusinessError) as caught:
        drop_job(job=job, reason=" ", ctx=Context(AT, SAM))
    assert caught.value.field == "reason"
    drop_job(job=job, reason=" no ", ctx=Context(AT, SAM))
    entry = AuditEntry.objects.get(action="job.dropped")
    assert (entry.reason, entry.actor_name, job.ended_at) == ("no", "Sam", AT)


def test_a_run_has_all_that_its_handler_needs() -> None:
    seen: list[JobRun] = []
    job_handler("thing.do")(seen.append)
    job = queued(args={"color": "red"})
    queued(8)
    later = AT + SECOND
    assert runner.run_job(job, at=later)
    [run] = seen
    assert (run.job_id, run.subject_kind, run.subject_id, run.action) == (
        job.pk,
        "thing",
        7,
        "thing.do",
    )
    assert (run.args, run.at, run.created_at, run.tries) == ({"color": "red"}, later, AT, 0)
    assert Job.objects.filter(status="queued").count() == 1
    assert not runner.run_job(job, at=later)  # it has ended


def test_an_error_is_kept_in_2000_characters() -> None:
    def fail(run: JobRun) -> None:
        raise ValueError("x" * 3000)

    job_handler("thing.do")(fail)
    job = queued()
    runner.run_due_jobs(at=AT)
    job.refresh_from_db()
    assert (len(job.error), job.error[:13], job.tries) == (2000, "ValueError: x", 1)


def test_no_more_is_run_than_is_asked_for_and_none_of_a_priority_without_room() -> None:
    seen: list[int] = []

    def full(run: JobRun) -> None:
        raise RateLimitReached(30)

    job_handler("thing.do")(lambda run: seen.append(run.subject_id))
    job_handler("thing.mail", priority=JobPriority(max(JobPriority)))(full)
    for number in range(5):
        queued(number)
    mails = [queued(number, action="thing.mail") for number in (20, 21)]
    paused: dict[int, datetime] = {}
    assert len(runner.run_due_jobs(at=AT, limit=3)) == 3
    runner.run_due_jobs(at=AT, paused=paused)
    assert (seen, paused) == ([0, 1, 2, 3, 4], {max(JobPriority): AT + 30 * SECOND})
    assert [(state(job), job.tries) for job in mails] == [("queued", 0), ("queued", 0)]


def test_what_lost_its_reason_undoes_what_its_handler_wrote() -> None:
    def write(run: JobRun) -> None:
        ScheduleState.objects.create(name="x", next_at=AT)
        raise Obsolete("paid")

    job_handler("thing.do", in_transaction=True)(write)
    job = queued()
    runner.run_due_jobs(at=AT)
    assert (state(job), job.error, ScheduleState.objects.exists()) == ("dropped", "paid", False)
