"""The figures of the dashboard: how many there are of what, and how the daily run went (backoffice.md 3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.access import may
from commerce.backoffice.reports.tables import list_url, record_url
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.billing.reports.receivables import overdue_by_currency
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import count_text
from commerce.runs.models import DailyRun
from commerce.runs.rules import RunStepStatus

NEWEST_ENTRIES = 10
PROOF_STEP = "prove"


@dataclass(frozen=True, slots=True)
class DashboardFigure:
    """A number with its words, and the list that it was counted from."""

    label: str
    text: str
    url: str
    note: str = ""


def counts(request: HttpRequest, today: date) -> Iterator[DashboardFigure]:
    """How many there are of what the person may see."""
    if may(request, StaffPermission.CLIENTS_VIEW):
        number = Client.objects.filter(status=ClientStatus.ACTIVE).count()
        url = list_url(Client, status=ClientStatus.ACTIVE)
        yield DashboardFigure(_("Active clients"), count_text(number), url)
    if may(request, StaffPermission.SERVICES_VIEW):
        number = Service.objects.filter(status=ServiceStatus.ACTIVE).count()
        url = list_url(Service, status=ServiceStatus.ACTIVE)
        yield DashboardFigure(_("Active services"), count_text(number), url)
    if may(request, StaffPermission.INVOICES_VIEW):
        late = {"status__in": ",".join(OPEN_INVOICE_STATUSES), "due_date__lt": today}
        found = overdue_by_currency(today)
        sees_sums = may(request, StaffPermission.REPORTS_MONEY)
        for code, one in found.items() if sees_sums else ():
            text = ngettext("%(count)s invoice", "%(count)s invoices", one.count)
            note = text % {"count": count_text(one.count)}
            url = list_url(Invoice, **late, currency=code)
            label = _("Overdue, %(currency)s") % {"currency": code}
            yield DashboardFigure(label, format_money(one.amount, code), url, note)
        if not (found and sees_sums):
            number = sum(one.count for one in found.values())
            label = _("Overdue invoices")
            yield DashboardFigure(label, count_text(number), list_url(Invoice, **late))


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest daily run: its day, when it ended, the steps that failed, and what its checks found, by their name."""

    date: date
    ended_at: datetime | None
    failed_steps: list[str]
    failed_checks: Mapping[str, int]
    url: str


def last_run() -> LastRun | None:
    """None before the first one."""
    run = DailyRun.objects.filter(only_step="").order_by("-date", "-pk").first()
    if run is None:
        return None
    failed = run.steps.exclude(status=RunStepStatus.DONE).order_by("pk")
    checks: dict[str, int] = {}
    steps = []
    for step in failed:
        if step.name == PROOF_STEP:
            for error in step.errors:
                checks[error["kind"]] = checks.get(error["kind"], 0) + 1
        else:
            steps.append(step.name)
    return LastRun(run.date, run.ended_at, steps, checks, record_url(DailyRun, run.pk))


def newest_entries(request: HttpRequest) -> list[AuditEntry]:
    """The last entries of the audit log."""
    if not may(request, StaffPermission.AUDIT_VIEW):
        return []
    return list(AuditEntry.objects.newest_first()[:NEWEST_ENTRIES])
