"""Events are kept for the days of a setting; one that a job may still need stays longer."""

from datetime import timedelta

import pytest

from commerce.daily_steps import DAILY_STEPS
from commerce.events.models import StoredEvent
from commerce.events.publish import publish
from commerce.events.retention import delete_old_events
from commerce.jobs.events import JobParked
from commerce.jobs.models import Job
from commerce.jobs.rules import ENDED_STATES, UNFINISHED_STATES
from commerce.kit.context import SYSTEM, Context
from commerce.runs.dry_run import preview_run
from commerce.runs.report import StepReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.make.people import AT, make_client

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
RUNNING = {"claim": "worker", "lease_until": AT}
WAITING = {"next_try_at": AT}


def clean(days: int) -> StepReport:
    at = AT + timedelta(days=days)
    report = run_daily(
        DAILY_STEPS, day=RunDay(at.date(), at), started_by="test", only_step="delete-old-records"
    )
    return report.steps[0]


def events() -> list[int]:
    return list(StoredEvent.objects.order_by("id").values_list("subject_id", flat=True))


def publish_one(number: int, days: int = 0) -> None:
    """An event that staff would hear of, with its one job."""
    publish(JobParked(number), at=AT + timedelta(days=days), client_id=None)


def end_jobs() -> None:
    Job.objects.update(status="succeeded", ended_at=AT)


def test_the_daily_run_forgets_events_after_the_days_of_the_setting() -> None:
    publish_one(1)
    publish_one(2, days=2)
    end_jobs()
    assert clean(89).counts["events"] == 0
    assert events() == [1, 2]
    assert clean(90).counts["events"] == 1
    assert events() == [2]
    set_setting(key="retention.event_days", value="10", ctx=Context(AT, SYSTEM))
    publish_one(3, days=86)
    end_jobs()
    assert clean(95).counts["events"] == 1
    assert events() == [3]


def test_a_dry_run_forgets_nothing() -> None:
    publish_one(1)
    end_jobs()
    at = AT + timedelta(days=400)
    preview_run(DAILY_STEPS, day=RunDay(at.date(), at), only_step="delete-old-records")
    assert events() == [1]


@pytest.mark.parametrize("status", UNFINISHED_STATES)
def test_an_event_stays_while_a_job_may_need_it(status: str) -> None:
    publish_one(1)
    publish_one(2)
    end_jobs()
    more = {"running": RUNNING, "waiting": WAITING}.get(status, {})
    Job.objects.filter(subject_id=1).update(status=status, ended_at=None, **more)
    assert delete_old_events(before=AT + SECOND) == 1
    assert events() == [1]
    end_jobs()
    assert delete_old_events(before=AT + SECOND) == 1
    assert events() == []


@pytest.mark.parametrize("status", ENDED_STATES)
def test_an_event_of_ended_jobs_goes(status: str) -> None:
    publish_one(1)
    Job.objects.update(status=status, ended_at=AT)
    assert delete_old_events(before=AT + SECOND) == 1


def test_another_occasion_of_the_same_subject_keeps_no_event() -> None:
    publish_one(1)
    end_jobs()
    publish_one(1, days=1)
    assert delete_old_events(before=AT + timedelta(days=1, seconds=1)) == 1
    assert StoredEvent.objects.get().at == AT + timedelta(days=1)


def test_events_that_stay_do_not_stop_it() -> None:
    for number in range(7):
        publish_one(number)
    Job.objects.exclude(subject_id__in=[0, 3]).update(status="succeeded", ended_at=AT)
    assert delete_old_events(before=AT + SECOND) == 5
    assert events() == [0, 3]


def test_a_record_outlives_the_events_about_it() -> None:
    client = make_client()
    StoredEvent.objects.create(
        at=AT, kind="ClientChanged", subject_id=client.pk, idempotency_key="a", data={}
    )
    assert delete_old_events(before=AT + SECOND) == 1
    client.refresh_from_db()
