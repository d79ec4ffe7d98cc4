"""Acts that keep the installation in order: what waits for staff is told, and what need not be kept is forgotten."""

from datetime import datetime, time, timedelta

from django.db.models import Count

from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_rules import StaffPermission, permission_for_job
from commerce.audit.retention import delete_old_audit_entries, delete_old_sign_ins
from commerce.events.retention import delete_old_client_events, delete_old_events
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.jobs.words import words_of_job
from commerce.kit.context import Context
from commerce.kit.periods import add_months
from commerce.runs.erasure import erase_last_mails_daily
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings import current

MAX_LISTED = 20
_ALL = StaffPermission.SERVICES_PROVISION


def send_parked_jobs_emails(day: RunDay, report: StepReport) -> None:
    """Staff hear once a day which work waits for them, until none does: who provisions of all, others of their own."""
    parked = Job.objects.filter(status=JobStatus.PARKED)
    kinds = dict(parked.order_by().values_list("subject_kind").annotate(Count("pk")))
    if not kinds:
        return
    report.outcome = f"{sum(kinds.values())} parked"
    permissions = sorted({permission_for_job(kind) for kind in kinds} - {_ALL})
    for permission in (_ALL, *permissions):  # who was told is not told again under the same key
        own = [kind for kind in kinds if permission in (_ALL, permission_for_job(kind))]
        count = sum(kinds[kind] for kind in own)
        rows = parked.filter(subject_kind__in=own).order_by("pk")[:MAX_LISTED]
        listed = [words_of_job(job).what for job in rows]
        send_staff_email(
            event="jobs_parked",
            permission=permission,
            idempotency_key=f"{day.date}",
            page="jobs?status=parked",
            values={"count": count, "waiting": [*listed, *(["…"] if count > MAX_LISTED else [])]},
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
    days = timedelta(days=current.get_setting("api.event_days"))
    if count := delete_old_client_events(before=day.at - days):
        report.count({"events of clients": count})
    erase_last_mails_daily(day)
