"""What keeps an installation in order: parked work is told of, and the audit log ends with its retention."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from commerce.audit.actions import record
from commerce.audit.models import Entry
from commerce.billing.daily import Day, Report, preview, run
from commerce.jobs.actions import queue
from commerce.kit.actor import SYSTEM
from commerce.mail.models import OutgoingMail
from commerce.preferences.actions import set_preference
from commerce.timetable import DAILY
from tests import make
from tests.make.jobs import run_all

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 1, 0, 5, tzinfo=UTC)


def ran(days: int = 0, *, only: str) -> Report:
    at = NOW + timedelta(days=days)
    return run(DAILY, day=Day(at.date(), at), by="test", only=only)


def park(action: str, number: int) -> None:
    queue(("thing", number), action, "order 1", make.AT)
    run_all(make.AT, failing=True)


def told() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event="jobs_parked").order_by("pk"))


def test_parked_jobs_are_mailed_as_a_daily_count() -> None:
    set_preference(key="company.email", value="us@example.org", at=make.AT, actor=SYSTEM)
    ran(only="parked")
    assert told() == []
    for number in range(3):
        park("thing.unknown", number)
    park("other.unknown", 1)
    for _ in range(2):
        ran(only="parked")
    (mail,) = told()
    assert mail.recipient == "us@example.org"
    assert mail.values["count"] == 4
    assert mail.values["waiting"] == ["1 other.unknown", "3 thing.unknown"]
    ran(1, only="parked")
    assert len(told()) == 2


def entry(at: datetime, name: str) -> None:
    record(at=at, actor=SYSTEM, action="thing.done", record=("thing", 1), name=name)


def test_the_audit_log_is_kept_as_long_as_its_retention_says() -> None:
    """Nothing else may delete an entry, and what was deleted is itself in the log."""
    entry(datetime(2020, 2, 29, 23, 59, tzinfo=UTC), "old")
    entry(datetime(2020, 3, 1, 0, 0, tzinfo=UTC), "kept")
    before = Entry.objects.count()
    preview(DAILY, day=Day(NOW.date(), NOW), only="clean")
    assert Entry.objects.count() == before
    report = ran(only="clean")
    assert report.steps[0].counts["audit entries"] == 1
    assert [*Entry.objects.filter(action="thing.done").values_list("record_name", flat=True)] == [
        "kept"
    ]
    cleaned = Entry.objects.get(action="audit.cleaned")
    assert cleaned.after == {"count": 1, "before": "2020-03-01T00:00:00+00:00"}
    with pytest.raises(DatabaseError, match="only added"), transaction.atomic():
        Entry.objects.filter(action="thing.done").delete()
    set_preference(key="retention.audit_years", value="9", at=NOW, actor=SYSTEM)
    ran(only="clean")
    assert not Entry.objects.filter(action="thing.done").exists()
    assert date(2021, 3, 1) <= Entry.objects.earliest("at").at.date()
