"""Jobs: once for each cause, tried again, put off, parked, dropped, lost and found."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from commerce.audit.models import AuditEntry
from commerce.jobs import handlers, runner
from commerce.jobs.handlers import JobRun, Obsolete, PermanentFailure, RetryLater, job_handler
from commerce.jobs.job_states import claim_job, requeue_lost_jobs, succeed_job
from commerce.jobs.manual import drop_job, finish_manually, mark_job_done, retry_job
from commerce.jobs.models import Job
from commerce.jobs.queue import drop_obsolete, enqueue, enqueue_each
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.json_log import current_request_id, of_request
from commerce.kit.remote.calls import noted_call
from commerce.site_settings.models import SiteSetting
from tests.make.jobs import run_all_jobs
from tests.make.people import AT

pytestmark = pytest.mark.django_db
SUBJECT = ("thing", 7)
SAM = Actor("staff", 1, "Sam")


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    """Handlers of a test end with it."""
    kinds = dict(handlers._types)
    yield
    handlers._types.clear()
    handlers._types.update(kinds)


@pytest.fixture
def done() -> list[JobRun]:
    """What the handler of `thing.do` was given."""
    found: list[JobRun] = []
    job_handler("thing.do")(found.append)
    return found


def failing(action: str, *errors: Exception | None, **options: Any) -> list[JobRun]:
    """A handler that raises these one after the other, the last again and again; None is success."""
    runs: list[JobRun] = []

    def handler(run: JobRun) -> None:
        runs.append(run)
        if error := errors[min(len(runs), len(errors)) - 1]:
            raise error

    job_handler(action, **options)(handler)
    return runs


def after(**delta: float) -> datetime:
    return AT + timedelta(**delta)


def job(action: str = "thing.do") -> Job:
    return Job.objects.get(action=action)


def test_the_same_cause_makes_one_job(done: list[JobRun]) -> None:
    """U10, also when the first has ended."""
    for _ in range(3):
        enqueue(SUBJECT, "thing.do", "order 1", AT, {"color": "red"})
    run_all_jobs(AT)
    enqueue(SUBJECT, "thing.do", "order 1", AT, {"color": "blue"})
    run_all_jobs(AT)
    (run,) = done
    assert (run.subject_kind, run.subject_id) == SUBJECT
    assert (run.idempotency_key, run.args, run.at) == ("order 1", {"color": "red"}, AT)
    assert (job().status, job().ended_at, job().error) == ("succeeded", AT, "")


def test_a_cause_that_is_undone_leaves_no_job(done: list[JobRun]) -> None:
    """O1."""
    with transaction.atomic():
        enqueue(SUBJECT, "thing.do", "order 1", AT)
        transaction.set_rollback(True)
    assert run_all_jobs(AT) == []
    assert not Job.objects.exists()


def test_one_worker_after_the_other_runs_it_once(done: list[JobRun]) -> None:
    """R29."""
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    queued = job()
    assert [runner.run_job(queued, at=AT), runner.run_job(job(), at=AT)] == [True, False]
    assert len(done) == 1


def test_a_failure_does_not_stop_what_was_queued_with_it(done: list[JobRun]) -> None:
    failing("thing.fail", ValueError("no answer"))
    enqueue_each(SUBJECT, ["thing.fail", "thing.do"], "order 1", AT)
    run_all_jobs(AT, failing=True)
    assert (job("thing.fail").status, job().status) == ("waiting", "succeeded")
    assert len(done) == 1


def test_the_last_of_three_pauses_is_reached_and_then_the_job_parks() -> None:
    """60, 300 and 900 s: the third try used to be the last."""
    runs = failing("thing.do", ValueError("no answer, password=hunter2"))
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    run_all_jobs(AT, failing=True)
    found = job()
    assert (found.status, found.tries) == ("waiting", 1)
    assert found.error == "ValueError: no answer, password=[secret]"
    assert found.next_try_at is not None
    assert after(seconds=60) <= found.next_try_at <= after(seconds=72)
    assert run_all_jobs(after(seconds=59)) == []
    run_all_jobs(after(seconds=72), failing=True)
    found = job()
    assert found.next_try_at is not None
    assert after(seconds=372) <= found.next_try_at <= after(seconds=432)
    at = after(seconds=432)
    run_all_jobs(at, failing=True)
    found = job()
    assert found.next_try_at is not None
    assert at + timedelta(seconds=900) <= found.next_try_at <= at + timedelta(seconds=1080)
    run_all_jobs(after(hours=1), failing=True)
    assert (job().status, job().tries, len(runs)) == ("parked", 4, 4)
    assert run_all_jobs(after(days=30)) == []
    assert AuditEntry.objects.get(action="job.parked").reason.startswith("ValueError")


def test_a_poisoned_job_stands_in_nobody_s_way(done: list[JobRun]) -> None:
    failing("thing.break", PermanentFailure("not with this name"))
    enqueue(SUBJECT, "thing.break", "order 1", AT)
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    run_all_jobs(AT, failing=True)
    assert (job("thing.break").status, job("thing.break").error) == ("parked", "not with this name")
    assert len(done) == 1


def test_what_nobody_does_parks() -> None:
    enqueue(SUBJECT, "thing.unheard_of", "order 1", AT)
    run_all_jobs(AT, failing=True)
    assert job("thing.unheard_of").status == "parked"


def test_later_uses_up_no_try_and_has_an_end() -> None:
    failing("thing.do", RetryLater(600, "the server rests", max_seconds=3600))
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    for minutes in range(0, 60, 10):
        run_all_jobs(after(minutes=minutes), failing=True)
        assert (job().status, job().tries) == ("waiting", 0)
        assert job().next_try_at == after(minutes=minutes + 10)
    run_all_jobs(after(minutes=60), failing=True)
    assert (job().status, job().error) == ("parked", "the server rests")


def test_what_has_lost_its_reason_is_dropped_with_what_it_wrote() -> None:
    def handler(run: JobRun) -> None:
        SiteSetting.objects.create(key="written", value=1)
        raise Obsolete("paid meanwhile")

    job_handler("thing.do", in_transaction=True)(handler)
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    run_all_jobs(AT)
    assert (job().status, job().error) == ("dropped", "paid meanwhile")
    assert not SiteSetting.objects.exists()


def test_effect_and_end_are_one_transaction() -> None:
    """A run that lost its job while it worked leaves nothing; the other one's effect stands alone."""
    taken: list[str] = []

    def handler(run: JobRun) -> None:
        SiteSetting.objects.create(key=f"run {len(taken)}", value=1)
        if not taken:
            taken.append(run.claim)
            Job.objects.update(claim="another")

    job_handler("thing.do", in_transaction=True)(handler)
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    run_all_jobs(AT, failing=True)
    assert not SiteSetting.objects.exists()


def test_jobs_in_order_wait_for_each_other() -> None:
    first = failing("thing.create", ValueError("no answer"), None, one_at_a_time=True)
    second = failing("thing.suspend", None, one_at_a_time=True)
    enqueue(SUBJECT, "thing.create", "order 1", AT)
    enqueue(SUBJECT, "thing.suspend", "invoice 2", AT)
    enqueue(("thing", 8), "thing.suspend", "invoice 3", AT)
    run_all_jobs(AT, failing=True)
    assert [run.subject_id for run in second] == [8]
    run_all_jobs(after(minutes=2))
    assert (len(first), [run.subject_id for run in second]) == (2, [8, 7])


def test_a_parked_job_does_not_hold_up_its_subject() -> None:
    failing("thing.create", PermanentFailure("by hand"), one_at_a_time=True)
    failing("thing.suspend", None, one_at_a_time=True)
    enqueue(SUBJECT, "thing.create", "order 1", AT)
    enqueue(SUBJECT, "thing.suspend", "invoice 2", AT)
    run_all_jobs(AT, failing=True)
    assert (job("thing.create").status, job("thing.suspend").status) == ("parked", "succeeded")


def test_a_job_whose_worker_died_is_queued_again_after_ten_minutes(done: list[JobRun]) -> None:
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    held = job()
    assert claim_job(job=held, at=AT)
    assert not claim_job(job=job(), at=AT)
    assert requeue_lost_jobs(at=after(minutes=9)) == 0
    assert requeue_lost_jobs(at=after(minutes=11)) == 1
    with pytest.raises(StateConflict):
        succeed_job(job=held, at=after(minutes=11))
    run_all_jobs(after(minutes=11))
    assert (job().status, job().lost_runs, len(done)) == ("succeeded", 1, 1)


def test_a_job_of_a_worker_whose_clock_was_ahead_is_given_back(done: list[JobRun]) -> None:
    """The lease would have ended a year after the worker."""
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    assert claim_job(job=job(), at=after(days=365))
    assert requeue_lost_jobs(at=AT) == 1
    run_all_jobs(AT)
    enqueue(SUBJECT, "thing.do", "order 2", AT)
    assert claim_job(job=Job.objects.latest("pk"), at=after(seconds=30))  # another machine's
    assert requeue_lost_jobs(at=AT) == 0


def test_a_job_that_kills_its_workers_parks() -> None:
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    for n in range(5):
        assert claim_job(job=job(), at=after(hours=n))
        requeue_lost_jobs(at=after(hours=n, minutes=11))
    assert job().status == "parked"


def test_what_is_pointless_is_dropped_unless_it_runs() -> None:
    for action in ("thing.suspend", "thing.terminate", "thing.resume"):
        enqueue(SUBJECT, action, "invoice 1", AT)
    assert claim_job(job=job("thing.terminate"), at=AT)
    actions = ["thing.suspend", "thing.terminate"]
    assert drop_obsolete(SUBJECT, actions, at=AT, reason="paid") == 1
    states = dict(Job.objects.values_list("action", "status"))
    assert states == {
        "thing.suspend": "dropped",
        "thing.terminate": "running",
        "thing.resume": "queued",
    }


def test_staff_retry_drop_and_do_by_hand() -> None:
    said: list[dict[str, str]] = []

    def by_hand(run: JobRun, typed: Any, actor: Actor) -> None:
        if "username" not in typed:
            raise BusinessError("Say the username.", field="username")
        said.append(dict(typed))

    failing("thing.do", PermanentFailure("by hand"), on_manual_completion=by_hand)
    enqueue(SUBJECT, "thing.do", "order 1", AT)
    with pytest.raises(StateConflict):
        retry_job(job=job(), ctx=Context(AT, SAM))
    run_all_jobs(AT, failing=True)
    retry_job(job=job(), ctx=Context(AT, SAM))
    assert len(run_all_jobs(AT, failing=True)) == 1
    with pytest.raises(BusinessError, match="username"):
        finish_manually(job=job(), reason="made it", ctx=Context(AT, SAM))
    with pytest.raises(BusinessError, match="Enter a reason"):
        mark_job_done(job=job(), reason=" ", ctx=Context(AT, SAM), username="u")
    mark_job_done(job=job(), reason="made it", ctx=Context(AT, SAM), username="u")
    assert (job().status, said) == ("succeeded", [{"username": "u"}])
    entry = AuditEntry.objects.get(action="job.succeeded")
    assert (entry.actor_name, entry.reason) == ("Sam", "made it")
    with pytest.raises(StateConflict):
        drop_job(job=job(), reason="no", ctx=Context(AT, SAM))


def test_all_that_follows_from_a_request_has_its_id(caplog: pytest.LogCaptureFixture) -> None:
    """Its job, the job that this one asks for, what that one calls, and the audit entry of its end."""
    caplog.set_level("INFO", logger="commerce")
    seen: list[str] = []

    def first(run: JobRun) -> None:
        enqueue(SUBJECT, "thing.second", "a", run.at)

    def second(run: JobRun) -> None:
        with noted_call("POST", "/v1/things", b"", host="things.example") as call:
            call.code = 503
        seen.append(current_request_id.get())
        raise PermanentFailure("no")

    job_handler("thing.first")(first)
    job_handler("thing.second")(second)
    with of_request("trace-me-12345678"):
        enqueue(SUBJECT, "thing.first", "a", AT)
    run_all_jobs(AT, failing=True)
    assert (seen, current_request_id.get()) == (["trace-me-12345678"], "")
    assert "POST things.example: 503 in 0 ms" in caplog.text
    entry = AuditEntry.objects.get(action="job.parked")
    assert entry.request_id == "trace-me-12345678"
