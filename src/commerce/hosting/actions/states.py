"""The life of a service: activated, suspended, resumed, cancelled, terminated (services-and-provisioning.md 1, 2)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import move
from commerce.hosting.events import event_of
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import LIVE, SERVICE_MOVES, first_due_date
from commerce.hosting.tasks import NEEDS_SERVICE, subject_of
from commerce.jobs.actions import drop_pointless
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.preferences import current


@transaction.atomic
def move_service(
    *,
    service: Service,
    to: str,
    at: datetime,
    actor: Actor,
    only_from: str | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move a service along its table, with what belongs to the new state. Raises ``Moved`` if that is not allowed."""
    touch(service.client_id)
    left = move(
        service,
        to,
        allowed=SERVICE_MOVES if only_from is None else {only_from: SERVICE_MOVES[only_from]},
        at=at,
        actor=actor,
        client_id=service.client_id,
        reason=reason,
        changed_at=at,
        **changes,
    )
    if to not in LIVE:
        drop_pointless(subject_of(service), NEEDS_SERVICE, at=at, reason=f"The service is {to}.")
    publish(event_of(left, to)(service.pk), at=at)


def activate_service(
    *,
    service: Service,
    at: datetime,
    actor: Actor,
    server: Server | None = None,
    username: str = "",
    remote_id: str = "",
) -> None:
    """The account is there: the first period starts on this business date, and the next due date is one cycle later."""
    today = current.business_date(at)
    move_service(
        service=service,
        to=Service.Status.ACTIVE,
        only_from=Service.Status.PENDING,
        at=at,
        actor=actor,
        registration_date=today,
        anchor_date=today,
        next_due_date=first_due_date(today, service.billing_cycle),
        server=server,
        username=username,
        remote_id=remote_id,
    )


def suspend_service(
    *, service: Service, cause: str, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """The account is off, its data kept; ``cause`` is a ``SuspensionReason``, ``reason`` is for staff."""
    move_service(
        service=service,
        to=Service.Status.SUSPENDED,
        at=at,
        actor=actor,
        reason=reason,
        suspended_at=at,
        suspension_reason=Service.SuspensionReason(cause),
    )


def resume_service(*, service: Service, at: datetime, actor: Actor, reason: str = "") -> None:
    """A suspended service runs again; its dates stay as they were. Raises ``Moved`` unless it is suspended."""
    move_service(
        service=service,
        to=Service.Status.ACTIVE,
        only_from=Service.Status.SUSPENDED,
        at=at,
        actor=actor,
        reason=reason,
        suspended_at=None,
        suspension_reason="",
    )


def cancel_service(*, service: Service, at: datetime, actor: Actor, reason: str = "") -> None:
    """Ended by wish, or never started; nothing more is due."""
    move_service(
        service=service,
        to=Service.Status.CANCELLED,
        at=at,
        actor=actor,
        reason=reason,
        cancelled_at=at,
        next_due_date=None,
    )


def terminate_service(*, service: Service, at: datetime, actor: Actor, reason: str = "") -> None:
    """Ended for non-payment or by staff; nothing more is due."""
    move_service(
        service=service,
        to=Service.Status.TERMINATED,
        at=at,
        actor=actor,
        reason=reason,
        terminated_at=at,
        next_due_date=None,
    )
