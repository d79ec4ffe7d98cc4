"""How background work goes, by kind."""

from datetime import timedelta

import pytest

from commerce.jobs.handlers import JobRun, job_handler
from commerce.jobs.models import Job
from commerce.jobs.operations.statistics import DoneLately, JobKind, job_kinds
from commerce.jobs.queue import enqueue
from commerce.jobs.runner import run_due_jobs
from tests import make

pytestmark = pytest.mark.django_db


def ended(number: int, run_ms: int | None, **ago: float) -> None:
    Job.objects.create(
        subject_kind="thing",
        subject_id=number,
        action="thing.do",
        status="succeeded",
        run_ms=run_ms,
        created_at=make.AT,
        ended_at=make.AT - timedelta(**ago),
    )


def test_run_times_are_those_that_half_and_nearly_all_did_not_exceed() -> None:
    for number in range(1, 21):
        ended(number, number * 10, minutes=2 * number)
    ended(21, 99_000, hours=2)
    ended(22, 99_000, hours=25)
    ended(23, None, minutes=1)  # dropped: nobody ran it
    for number, status in ((31, "queued"), (32, "parked")):
        Job.objects.create(
            subject_kind="thing",
            subject_id=number,
            action="thing.do",
            status=status,
            created_at=make.AT - timedelta(minutes=number),
        )
    [kind] = job_kinds(make.AT)
    assert kind == JobKind(
        "thing.do",
        hour=DoneLately(20, 100, 190),
        day=DoneLately(21, 110, 200),
        waiting=1,
        waiting_since=make.AT - timedelta(minutes=31),
        parked=1,
    )


def test_a_run_tells_its_time() -> None:
    @job_handler("thing.timed", in_transaction=True)
    def do(run: JobRun) -> None:
        del run

    enqueue(("thing", 1), "thing.timed", "once", make.AT)
    run_due_jobs(at=make.AT)
    assert Job.objects.get().run_ms is not None
