"""The life of a service: activated, suspended, resumed, cancelled, terminated (services-and-provisioning.md 1, 2).

These write our books alone, once the panel has done its part. ``provisioning`` has the panel asked first, by a job;
``suspensions`` and ``billing/changes`` have the acts of people, who ask for that.
"""

from datetime import date
from typing import Any

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.states import move
from commerce.events.publish import publish
from commerce.hosting.actions.editing import audit_values
from commerce.hosting.events import service_event_of_move
from commerce.hosting.job_names import JOBS_OF_LIVE_SERVICE, service_job_subject
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import (
    LIVE_SERVICE_STATUSES,
    SERVICE_MOVES,
    ServiceStatus,
    SuspensionReason,
    first_due_date,
)
from commerce.jobs.queue import drop_obsolete
from commerce.kit.context import Context
from commerce.site_settings import current

_AUDITED_COLUMNS = (
    "activated_on",
    "server",
    "username",
    "remote_id",
    "suspension_reason",
    "suspended_until",
)
"""What the entry of a move says of the columns that change with the state."""


@transaction.atomic
def move_service(
    *,
    service: Service,
    to: ServiceStatus,
    ctx: Context,
    only_from: ServiceStatus | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move a service along its table, with what belongs to the new state. Raises ``StateConflict`` if that is not
    allowed.
    """
    bump_revision(service.client_id, ctx)
    stated = audit_values({name: changes[name] for name in _AUDITED_COLUMNS if name in changes})
    left_status = move(
        service,
        to,
        allowed=SERVICE_MOVES if only_from is None else {only_from: SERVICE_MOVES[only_from]},
        ctx=ctx,
        client_id=service.client_id,
        reason=reason,
        changed_at=ctx.at,
        details=lambda: stated,
        **changes,
    )
    if to not in LIVE_SERVICE_STATUSES:
        drop_obsolete(
            service_job_subject(service),
            JOBS_OF_LIVE_SERVICE,
            at=ctx.at,
            reason=f"The service is {to}.",
        )
    publish(
        service_event_of_move(left_status, to)(service.pk), at=ctx.at, client_id=service.client_id
    )


def activate_service(
    *,
    service: Service,
    ctx: Context,
    server: Server | None = None,
    username: str = "",
    remote_id: str = "",
) -> None:
    """Start a pending service, whose account exists now: its first period begins on the business date of ``ctx.at``."""
    today = current.business_date(ctx.at)
    move_service(
        service=service,
        to=ServiceStatus.ACTIVE,
        only_from=ServiceStatus.PENDING,
        ctx=ctx,
        activated_on=today,
        anchor_date=today,
        next_due_date=first_due_date(today, service.billing_cycle),
        server=server,
        username=username,
        remote_id=remote_id,
    )


def suspend_service(
    *,
    service: Service,
    suspension_reason: str,
    ctx: Context,
    reason: str = "",
    until: date | None = None,
) -> None:
    """Suspend a service whose account is off now, for a ``SuspensionReason``; ``reason`` is what staff say of it.

    The daily run resumes it on the day of ``until``.
    """
    move_service(
        service=service,
        to=ServiceStatus.SUSPENDED,
        ctx=ctx,
        reason=reason,
        suspended_at=ctx.at,
        suspension_reason=SuspensionReason(suspension_reason),
        suspended_until=until,
    )


def resume_service(*, service: Service, ctx: Context, reason: str = "") -> None:
    """Resume a suspended service; its dates stay as they were. Raises ``StateConflict`` unless it is suspended."""
    move_service(
        service=service,
        to=ServiceStatus.ACTIVE,
        only_from=ServiceStatus.SUSPENDED,
        ctx=ctx,
        reason=reason,
        suspended_at=None,
        suspension_reason="",
        suspended_until=None,
    )


def cancel_service(*, service: Service, ctx: Context, reason: str = "") -> None:
    """End a service that its client does not want any more, or that never started; nothing more is due."""
    move_service(
        service=service,
        to=ServiceStatus.CANCELLED,
        ctx=ctx,
        reason=reason,
        cancelled_at=ctx.at,
        next_due_date=None,
    )


def terminate_service(*, service: Service, ctx: Context, reason: str = "") -> None:
    """End a service that was not paid for, or that staff end; nothing more is due."""
    move_service(
        service=service,
        to=ServiceStatus.TERMINATED,
        ctx=ctx,
        reason=reason,
        terminated_at=ctx.at,
        next_due_date=None,
    )
