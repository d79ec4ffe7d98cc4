"""Staff switch a service off and on (services-and-provisioning.md 1); the panel's part is in ``provisioning``."""

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.db.locks import lock
from commerce.hosting import provisioning
from commerce.hosting.actions.editing import (
    active_only_blocked_reason,
    live_only_blocked_reason,
)
from commerce.hosting.job_names import (
    RESUME_ACCOUNT,
    SUSPEND_ACCOUNT,
    TERMINATE_ACCOUNT,
    service_job_subject,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict


def suspend_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """One that is off, and is being switched on, can be suspended again."""
    if service.status == ServiceStatus.SUSPENDED and _is_asked(service, RESUME_ACCOUNT):
        return None
    return live_only_blocked_reason(service, ctx) or active_only_blocked_reason(service, ctx)


@transaction.atomic
def suspend_service_for_staff(
    *, service: Service, suspension_reason: str, ctx: Context, reason: str = ""
) -> None:
    """Have the account switched off for a ``SuspensionReason``; no payment brings it back."""
    bump_revision(service.client_id)
    if blocked := suspend_blocked_reason(lock(service), ctx):
        raise blocked
    provisioning.request_suspension(
        service=service, suspension_reason=suspension_reason, reason=reason, ctx=ctx
    )


def resume_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """One that runs, and is being switched off or removed, can be resumed: it then keeps running."""
    reason = live_only_blocked_reason(service, ctx)
    if reason or service.status == ServiceStatus.SUSPENDED:
        return reason
    is_going_off = _is_asked(service, SUSPEND_ACCOUNT, TERMINATE_ACCOUNT)
    return None if is_going_off else StateConflict("service.not_suspended")


@transaction.atomic
def resume_service_for_staff(*, service: Service, ctx: Context, reason: str = "") -> None:
    """Have the account switched on again, whatever it was suspended for."""
    bump_revision(service.client_id)
    if blocked := resume_blocked_reason(lock(service), ctx):
        raise blocked
    provisioning.request_resumption(service=service, reason=reason, ctx=ctx)


def _is_asked(service: Service, *actions: str) -> bool:
    """Whether the panel is, or is to be, asked for one of these."""
    jobs = Job.objects.of(service_job_subject(service))
    return jobs.filter(action__in=actions, status__in=UNFINISHED_STATES).exists()
