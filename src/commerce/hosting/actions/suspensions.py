"""Acts by which staff suspend and resume a service (services-and-provisioning.md 1): a job has the panel do it, and
``states`` writes it when the panel has.
"""

from datetime import date, timedelta
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import NOTE, REASON
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
from commerce.hosting.labels import SUSPENSION_REASON_LABELS
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus, SuspensionReason
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Day
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings import current

STAFF_SUSPENSION_LABELS = {
    reason: SUSPENSION_REASON_LABELS[reason]
    for reason in SuspensionReason
    if reason != SuspensionReason.OVERDUE
}
"""Why staff suspend a service; an invoice that is overdue does it by itself."""


MOST_DAYS_OFF = 90
"""For how long a suspension with an end may last: beyond it, somebody who may suspend for good decides."""


def suspend_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks suspending unless the service is active, or a job is about to resume it."""
    if service.status == ServiceStatus.SUSPENDED and _is_asked(service, RESUME_ACCOUNT):
        return None
    return live_only_blocked_reason(service, ctx) or active_only_blocked_reason(service, ctx)


@act(
    "service.suspend",
    Service,
    label=_("Suspend"),
    intro=_("Its data is kept, and billing continues. No payment brings it back."),
    done=_("The service is being suspended."),
    staff=StaffPermission.SERVICES_MANAGE,
    blocked=suspend_blocked_reason,
    example="service suspend 55 --suspension-reason abuse",
    for_many=True,
)
@transaction.atomic
def suspend_service_for_staff(
    *,
    service: Service,
    suspension_reason: Annotated[str, Choice(_("Reason"), labels=STAFF_SUSPENSION_LABELS)],
    ctx: Context,
    reason: Annotated[str, NOTE] = "",
) -> None:
    """Have the account switched off for a ``SuspensionReason``; no payment brings it back."""
    bump_revision(service.client_id, ctx)
    if blocked := suspend_blocked_reason(lock(service), ctx):
        raise blocked
    provisioning.request_suspension(
        service=service, suspension_reason=suspension_reason, reason=reason, ctx=ctx
    )


@act(
    "service.suspend_until",
    Service,
    label=_("Suspend until"),
    intro=_(
        "It is resumed on that day. Its data is kept, and billing continues. No payment brings it back."
    ),
    done=_("The service is being suspended."),
    staff=StaffPermission.SERVICES_HELP,
    blocked=suspend_blocked_reason,
    example="service suspend-until 55 --suspension-reason abuse --until 2030-05-01 --reason spam",
)
@transaction.atomic
def suspend_service_until(
    *,
    service: Service,
    suspension_reason: Annotated[
        str, Choice(_("Suspension reason"), labels=STAFF_SUSPENSION_LABELS)
    ],
    until: Annotated[date, Day(_("Resume on"))],
    reason: Annotated[str, REASON],
    ctx: Context,
) -> None:
    """Have the account switched off until a day, on which the daily run has it switched on again.

    Raises ``BusinessError`` for a day that is not after today, or too far ahead.
    """
    today = current.business_date(ctx.at)
    if not today < until <= today + timedelta(days=MOST_DAYS_OFF):
        raise BusinessError("service.suspended_until_not_valid", field="until", days=MOST_DAYS_OFF)
    bump_revision(service.client_id, ctx)
    if blocked := suspend_blocked_reason(lock(service), ctx):
        raise blocked
    provisioning.request_suspension(
        service=service,
        suspension_reason=suspension_reason,
        until=until,
        reason=reason,
        ctx=ctx,
    )


def resume_blocked_reason(service: Service, ctx: Context) -> StateConflict | None:
    """Blocks resuming unless the service is suspended, or a job is about to suspend or remove it."""
    reason = live_only_blocked_reason(service, ctx)
    if reason or service.status == ServiceStatus.SUSPENDED:
        return reason
    is_going_off = _is_asked(service, SUSPEND_ACCOUNT, TERMINATE_ACCOUNT)
    return None if is_going_off else StateConflict("service.not_suspended")


@act(
    "service.resume",
    Service,
    label=_("Resume"),
    intro=_("Overdue invoices that caused the suspension don't suspend it again. Later ones do."),
    done=_("The service is being resumed."),
    staff=StaffPermission.SERVICES_HELP,
    blocked=resume_blocked_reason,
    for_many=True,
)
@transaction.atomic
def resume_service_for_staff(
    *, service: Service, ctx: Context, reason: Annotated[str, NOTE] = ""
) -> None:
    """Have the account switched on again, whatever it was suspended for."""
    bump_revision(service.client_id, ctx)
    if blocked := resume_blocked_reason(lock(service), ctx):
        raise blocked
    provisioning.request_resumption(service=service, reason=reason, ctx=ctx)


def _is_asked(service: Service, *actions: str) -> bool:
    """Whether the panel is, or is to be, asked for one of these."""
    jobs = Job.objects.of(service_job_subject(service))
    return jobs.filter(action__in=actions, status__in=UNFINISHED_STATES).exists()
