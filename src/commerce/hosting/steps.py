"""What the daily run does about services and servers: ends suspensions, reads usage, compares, warns of what fills up,
forgets what is old.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.recipients import send_staff_email
from commerce.hosting import provisioning
from commerce.hosting.actions.passwords import forget_old_passwords
from commerce.hosting.actions.usage import delete_old_usage
from commerce.hosting.job_names import COMPARE_SERVER, READ_USAGE, server_job_subject
from commerce.hosting.models import ProvisioningCall, Server, Service
from commerce.hosting.modules.contract import ModuleCapability
from commerce.hosting.modules.registry import module_class
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import RemoteCall
from commerce.jobs.queue import enqueue
from commerce.jobs.remote_calls import delete_old_calls
from commerce.kit.context import Context
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay, StepCounts
from commerce.site_settings.current import get_setting


def find_services_to_resume(day: RunDay) -> QuerySet[Service]:
    """Services whose suspension by staff ends on this day, or has ended."""
    return Service.objects.filter(status=ServiceStatus.SUSPENDED, suspended_until__lte=day.date)


def resume_service_daily(service_id: int, day: RunDay) -> StepCounts:
    """Have one of them switched on again, once for each suspension. What is overdue is suspended for that after it."""
    service = Service.objects.get(pk=service_id)
    lock_client(service.client_id)
    service = Service.objects.get(pk=service_id)
    until = service.suspended_until
    if service.status != ServiceStatus.SUSPENDED or until is None or until > day.date:
        return {}
    resumed = provisioning.request_resumption(
        service=service,
        idempotency_key=f"until {until} {service.suspended_at}",
        reason="Its suspension has ended.",
        ctx=Context(day.at, day.actor),
    )
    return {"services": 1} if resumed else {}


def ask_servers_daily(day: RunDay, report: StepReport) -> None:
    """Have each server asked what its accounts use, how they stand, and where that differs from what is known here."""
    for server in Server.objects.order_by("pk"):
        module = module_class(server.module)
        if ModuleCapability.USAGE in module.capabilities:
            enqueue(server_job_subject(server), READ_USAGE, str(day.date), day.at)
            report.count({"usage": 1})
        if not module.is_manual:
            enqueue(server_job_subject(server), COMPARE_SERVER, str(day.date), day.at)
            report.count({"comparisons": 1})
        report.rows += 1


def warn_of_full_servers(day: RunDay, report: StepReport) -> None:
    """Staff hear each day of active servers that have ``servers.capacity_warning_percent`` of their accounts."""
    percent = get_setting("servers.capacity_warning_percent")
    limited = Server.objects.filter(is_active=True, max_accounts__gt=0).with_account_count()
    full = [
        f"{server.name}: {server.account_count} / {server.max_accounts}"
        for server in limited.order_by("name")
        if server.account_count * 100 >= server.max_accounts * percent
    ]
    report.outcome = f"{len(full)} nearly full" if full else "none is nearly full"
    if full:
        send_staff_email(
            event="servers_nearly_full",
            idempotency_key=str(day.date),
            page="servers",
            values={
                "count": len(full),
                "percent": percent,
                "waiting": full,
                "settings_url": f"{settings.COMMERCE_URL}/admin/settings/servers",
            },
            at=day.at,
        )


def forget_old_accounts_daily(day: RunDay, report: StepReport) -> None:
    """Forget calls to panels, registrars and name servers, passwords that nobody has read, and old usage."""
    days = timedelta(days=get_setting("retention.provisioning_days"))
    report.count(
        {
            "calls": sum(
                delete_old_calls(model, before=day.at - days)
                for model in (ProvisioningCall, RemoteCall)
            ),
            "passwords": forget_old_passwords(at=day.at),
            "usage": delete_old_usage(day=day.date),
        }
    )
