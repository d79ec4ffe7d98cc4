"""Where a panel differs from what is known here: kept for staff, who decide (services-and-provisioning.md 7)."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_staff_email
from commerce.accounts.staff_rules import StaffPermission
from commerce.hosting.job_names import COMPARE_SERVER, server_job_subject, service_job_subject
from commerce.hosting.labels import DRIFT_LABELS
from commerce.hosting.models import DriftFinding, Server, Service
from commerce.hosting.modules.contract import AccountState, PanelAccount
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    RUNNING_SERVICE_STATUSES,
    DriftKind,
    ServiceStatus,
)
from commerce.hosting.server_tests import try_server_blocked_reason
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import OPEN_STATES
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.presentation.labels import Text

MAX_LISTED = 20


@act(
    "server.compare",
    Server,
    label=_("Compare accounts"),
    intro=_(
        "Asks the control panel for each account. Nothing is changed. This happens every day by itself."
    ),
    done=_("The server is being compared. What differs is listed here in a moment."),
    staff=StaffPermission.SERVERS_MANAGE,
    blocked=try_server_blocked_reason,
)
def request_comparison(*, server: Server, ctx: Context) -> None:
    """Have a server compared now."""
    if blocked := try_server_blocked_reason(server, ctx):
        raise blocked
    enqueue(server_job_subject(server), COMPARE_SERVER, ctx.at.isoformat(), ctx.at)


def difference_of(service: Service, account: PanelAccount | None) -> DriftFinding | None:
    """How the account of a service differs from the service; None if it does not."""
    is_live = service.status in LIVE_SERVICE_STATUSES
    package = service.product.package
    values = {"service": service, "server_id": service.server_id, "local": service.status}
    if account is None:
        lost = service.status in RUNNING_SERVICE_STATUSES
        return DriftFinding(kind=DriftKind.MISSING, **values) if lost else None
    values["remote"] = account.state
    if not is_live:
        return DriftFinding(kind=DriftKind.ALIVE, **values)
    if service.status == ServiceStatus.ACTIVE and account.state == AccountState.OFF:
        return DriftFinding(kind=DriftKind.SUSPENDED, **values)
    if service.status == ServiceStatus.SUSPENDED and account.state == AccountState.ON:
        return DriftFinding(kind=DriftKind.RUNNING, **values)
    if package and account.package and account.package != package:
        values |= {"local": package, "remote": account.package[:200]}
        return DriftFinding(kind=DriftKind.OTHER_PACKAGE, **values)
    return None


def service_ids_being_changed(server: Server) -> set[int]:
    """Ids of the services of a server with a job that may change their account at this moment."""
    jobs = Job.objects.filter(subject_kind="service", one_at_a_time=True, status__in=OPEN_STATES)
    services = Service.objects.filter(server=server).values("pk")
    return set(jobs.filter(subject_id__in=services).values_list("subject_id", flat=True))


@transaction.atomic
def store_differences(
    *, service: Service, account: PanelAccount | None, since: datetime, ctx: Context
) -> None:
    """Keep how the account of a service differs now, in place of how it did.

    Nothing is kept of one that was changed after ``since``, when the panel was asked.
    """
    DriftFinding.objects.filter(service=service).delete()
    if difference_of(service, account) is None:
        return
    row = Service.objects.select_related("product").get(pk=service.pk)
    finding = difference_of(row, account)
    if finding is None or _has_changed(row, since) or _account_has_new_owner(row):
        return
    finding.account = row.username or row.remote_id
    finding.found_at = ctx.at
    finding.save()


def _has_changed(service: Service, since: datetime) -> bool:
    """Whether what was seen may be old, or a job is about to change it."""
    jobs = Job.objects.of(service_job_subject(service)).filter(one_at_a_time=True)
    recent = jobs.filter(Q(status__in=OPEN_STATES) | Q(ended_at__gt=since))
    return service.changed_at > since or recent.exists()


def _account_has_new_owner(service: Service) -> bool:
    """Whether the account of an ended service has a new owner here."""
    if service.status in LIVE_SERVICE_STATUSES:
        return False
    live = Service.objects.filter(server=service.server, status__in=LIVE_SERVICE_STATUSES)
    return live.filter(remote_id=service.remote_id).exists()


@transaction.atomic
def end_comparison(*, server: Server, since: datetime, ctx: Context) -> None:
    """All accounts were looked at: what was found before is old, and staff hear of what is new among the rest."""
    DriftFinding.objects.filter(server=server, found_at__lt=since).delete()
    Server.objects.filter(pk=server.pk).update(drift_checked_at=ctx.at)
    findings = DriftFinding.objects.filter(server=server).order_by("pk")
    differences = [
        f"{one.account}: {one.kind} ({one.local} / {one.remote or '-'})" for one in findings
    ]
    if not differences:
        return
    listed = [_difference_text(one) for one in findings[:MAX_LISTED]]
    digest = hashlib.sha256("\n".join(differences).encode()).hexdigest()[:24]
    send_staff_email(
        event="server_accounts_differ",
        idempotency_key=f"{server.pk} {digest}",
        page=f"servers/{server.pk}",
        values={
            "server": server.name,
            "count": len(differences),
            "waiting": [*listed, *(["…"] if len(differences) > MAX_LISTED else [])],
        },
        at=ctx.at,
    )


def _difference_text(finding: DriftFinding) -> Text:
    """An account and how it differs; where its package does, which it should have and which it has."""
    kind = DRIFT_LABELS[finding.kind]
    if finding.kind != DriftKind.OTHER_PACKAGE:
        return format_lazy("{account}: {kind}", account=finding.account, kind=kind)
    return format_lazy(
        "{account}: {kind} ({local} → {remote})",
        account=finding.account,
        kind=kind,
        local=finding.local,
        remote=finding.remote,
    )
