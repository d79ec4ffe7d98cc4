"""Acts that keep the installation in order: what waits for staff is told, and what need not be kept is forgotten."""

from datetime import datetime, time, timedelta

from django.db.models import Count

from commerce.accounts.recipients import tell_staff
from commerce.audit.retention import delete_old_audit_entries, delete_old_sign_ins
from commerce.events.retention import delete_old_events
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.runs.erasing import erase_last_mails_daily
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings import current


def tell_of_parked_jobs(day: RunDay, report: StepReport) -> None:
    """Staff hear once a day how much work waits for them, by its kind, until nothing does."""
    parked = Job.objects.filter(status=JobStatus.PARKED).order_by()
    kinds = parked.values_list("action").annotate(Count("pk")).order_by("action")
    waiting = [f"{times} {action}" for action, times in kinds]
    if not waiting:
        return
    count = sum(times for _action, times in kinds)
    report.outcome = f"{count} parked"
    tell_staff(
        event="jobs_parked",
        idempotency_key=f"{day.date}",
        page="jobs?status=parked",
        values={"count": count, "waiting": waiting},
        at=day.at,
    )


def delete_old_records_daily(day: RunDay, report: StepReport) -> None:
    """Forget audit entries, sign-ins and events that are older than ``retention`` says of each."""
    years = current.get_setting("retention.audit_years")
    first = datetime.combine(add_months(day.date, -12 * years), time(), current.business_zone())
    if count := delete_old_audit_entries(before=first, ctx=Context(day.at, day.actor)):
        report.count({"audit entries": count})
    sign_ins = day.at - timedelta(days=current.get_setting("retention.sign_in_days"))
    if count := delete_old_sign_ins(before=sign_ins, ctx=Context(day.at, day.actor)):
        report.count({"sign-ins": count})
    days = timedelta(days=current.get_setting("retention.event_days"))
    report.count({"events": delete_old_events(before=day.at - days)})
    erase_last_mails_daily(day)
