"""What keeps an installation in order: parked work is told of, and the audit log ends with its retention."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.daily_steps import DAILY_STEPS
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.dry_run import preview_run
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.jobs import run_all_jobs
from tests.make.staff import make_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 1, 0, 5, tzinfo=UTC)


def ran(days: int = 0, *, only: str) -> RunReport:
    at = NOW + timedelta(days=days)
    return run_daily(DAILY_STEPS, day=RunDay(at.date(), at), started_by="test", only_step=only)


def park(action: str, number: int) -> None:
    enqueue(("thing", number), action, "order 1", make.AT)
    run_all_jobs(make.AT, failing=True)


def told() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event="jobs_parked").order_by("pk"))


def test_parked_jobs_are_mailed_as_a_daily_list() -> None:
    set_setting(key="company.email", value="us@example.org", ctx=Context(make.AT, SYSTEM))
    ran(only="report-parked-jobs")
    assert told() == []
    for number in range(3):
        park("thing.unknown", number)
    park("other.unknown", 1)
    for _ in range(2):
        ran(only="report-parked-jobs")
    (mail,) = told()
    assert mail.recipient == "us@example.org"
    assert mail.values["count"] == 4
    assert [words.partition("(")[2] for words in mail.values["waiting"]] == [
        *["thing.unknown)"] * 3,
        "other.unknown)",
    ]
    ran(1, only="report-parked-jobs")
    assert len(told()) == 2


def test_who_decides_on_money_only_reads_of_parked_refunds_only() -> None:
    for role in ("admin", "billing"):
        make_staff(role, f"{role}@example.net", with_factor=False)
    for subject in ("thing", "refund"):
        enqueue((subject, 1), "other.unknown", "order 1", make.AT)
    run_all_jobs(make.AT, failing=True)
    ran(only="report-parked-jobs")
    counts = {mail.recipient: mail.values["count"] for mail in told()}
    assert counts == {"admin@example.net": 2, "billing@example.net": 1}


def entry(at: datetime, name: str) -> None:
    write_audit_entry(ctx=Context(at, SYSTEM), action="thing.done", record=("thing", 1), name=name)


def test_the_audit_log_is_kept_as_long_as_its_retention_says() -> None:
    """Nothing else may delete an entry, and what was deleted is itself in the log."""
    entry(datetime(2020, 2, 29, 23, 59, tzinfo=UTC), "old")
    entry(datetime(2020, 3, 1, 0, 0, tzinfo=UTC), "kept")
    before = AuditEntry.objects.count()
    preview_run(DAILY_STEPS, day=RunDay(NOW.date(), NOW), only_step="delete-old-records")
    assert AuditEntry.objects.count() == before
    report = ran(only="delete-old-records")
    assert report.steps[0].counts["audit entries"] == 1
    assert [
        *AuditEntry.objects.filter(action="thing.done").values_list("record_name", flat=True)
    ] == ["kept"]
    cleaned = AuditEntry.objects.get(action="audit.cleaned")
    assert cleaned.after == {"count": 1, "before": "2020-03-01T00:00:00+00:00"}
    with pytest.raises(DatabaseError, match="only added"), transaction.atomic():
        AuditEntry.objects.filter(action="thing.done").delete()
    set_setting(key="retention.audit_years", value="9", ctx=Context(NOW, SYSTEM))
    ran(only="delete-old-records")
    assert not AuditEntry.objects.filter(action="thing.done").exists()
    assert date(2021, 3, 1) <= AuditEntry.objects.earliest("at").at.date()


def test_sign_ins_are_kept_as_long_as_their_retention_says() -> None:
    """Nothing else of a person goes with them."""
    for days in (181, 179):
        for action in ("user.signed_in", "user.sign_in_failed", "user.password_changed"):
            write_audit_entry(
                ctx=Context(NOW - timedelta(days=days), SYSTEM),
                action=action,
                record=("user", days),
            )
    report = ran(only="delete-old-records")
    assert report.steps[0].counts["sign-ins"] == 2
    left = AuditEntry.objects.filter(record_kind="user").values_list("action", "record_id")
    assert ("user.password_changed", 181) in left
    assert {action for action, number in left if number == 181} == {"user.password_changed"}
    assert len({action for action, number in left if number == 179}) == 3
