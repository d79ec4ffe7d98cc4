"""Why staff cannot retry, finish or discard a job now: what is asked before says what it raises."""

import pytest

from commerce.jobs import handlers, manual
from commerce.jobs.handlers import job_handler
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.blocked_reasons import Acts, blocked_codes

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

ACTS: Acts = {
    "retry": (
        manual.parked_only_blocked_reason,
        lambda one: manual.retry_job(job=one, ctx=CTX),
    ),
    "done": (
        manual.parked_only_blocked_reason,
        lambda one: manual.finish_manually(job=one, reason="Done by hand", ctx=CTX),
    ),
    "marked done": (
        manual.parked_only_blocked_reason,
        lambda one: manual.mark_job_done(job=one, reason="Done by hand", ctx=CTX),
    ),
    "drop": (
        manual.drop_job_blocked_reason,
        lambda one: manual.drop_job(job=one, reason="Not wanted", ctx=CTX),
    ),
}
NOT_PARKED = dict.fromkeys(("retry", "done", "marked done"), "job.not_parked")
EXPECTED = {
    JobStatus.QUEUED: NOT_PARKED,
    JobStatus.WAITING: NOT_PARKED,
    JobStatus.RUNNING: NOT_PARKED | {"drop": "job.running"},
    JobStatus.PARKED: {},
    JobStatus.SUCCEEDED: NOT_PARKED | {"drop": "job.ended"},
    JobStatus.DROPPED: NOT_PARKED | {"drop": "job.ended"},
}


def job(status: JobStatus, action: str) -> Job:
    ended = {"ended_at": make.AT} if status in (JobStatus.SUCCEEDED, JobStatus.DROPPED) else {}
    run = {"claim": "a", "lease_until": make.AT} if status == JobStatus.RUNNING else {}
    wait = {"next_try_at": make.AT} if status == JobStatus.WAITING else {}
    return Job.objects.create(
        subject_kind="thing",
        subject_id=7,
        action=action,
        idempotency_key=status,
        status=status,
        created_at=make.AT,
        **ended,
        **run,
        **wait,
    )


@pytest.fixture
def _own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_types", dict(handlers._types))


@pytest.mark.usefixtures("_own_handlers")
@pytest.mark.parametrize("status", JobStatus)
def test_what_is_said_of_a_job_is_what_is_raised(status: JobStatus) -> None:
    job_handler("thing.do", on_manual_completion=lambda *_told: None)(lambda _run: None)
    job_handler("thing.charge", on_manual_completion=lambda *_told: None, can_be_dropped=False)(
        lambda _run: None
    )
    assert blocked_codes(ACTS, job(status, "thing.do"), CTX) == EXPECTED[status]
    stays = EXPECTED[status] if "drop" in EXPECTED[status] else {"drop": "job.not_droppable"}
    Job.objects.all().delete()
    charge = job(status, "thing.charge")
    assert blocked_codes(ACTS, charge, CTX) == EXPECTED[status] | stays
