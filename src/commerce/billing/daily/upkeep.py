"""Acts that keep the installation in order: what waits for staff is told, and what need not be kept is forgotten."""

from datetime import datetime, time

from django.db.models import Count

from commerce.accounts.recipients import tell_staff
from commerce.audit.retention import forget_old_entries
from commerce.billing.daily.report import StepReport
from commerce.billing.daily.step import Day
from commerce.jobs.models import Job
from commerce.kit.periods import add_months
from commerce.preferences import current


def tell_of_parked_jobs(day: Day, report: StepReport) -> None:
    """Staff hear once a day how much work waits for them, by its kind, until nothing does."""
    parked = Job.objects.filter(status=Job.Status.PARKED).order_by()
    kinds = parked.values_list("action").annotate(Count("pk")).order_by("action")
    waiting = [f"{times} {action}" for action, times in kinds]
    if not waiting:
        return
    count = sum(times for _action, times in kinds)
    report.said = f"{count} parked"
    tell_staff(
        permission="services.provision",
        event="jobs_parked",
        once=f"{day.date}",
        values={"count": count, "waiting": waiting},
        at=day.at,
    )


def clean(day: Day, report: StepReport) -> None:
    """Forget audit entries that are older than ``retention.audit_years``."""
    years = current.get("retention.audit_years")
    first = datetime.combine(add_months(day.date, -12 * years), time(), current.zone())
    if count := forget_old_entries(before=first, at=day.at, actor=day.actor):
        report.count({"audit entries": count})
