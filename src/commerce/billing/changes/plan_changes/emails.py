"""Emails about changes of plan (notifications.md 3)."""

from datetime import datetime
from typing import Any

from commerce.accounts.recipients import tell_staff
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.hosting.emails import tell_client_of_service
from commerce.kit.money import Money

EVENTS = {
    PlanChangeStatus.PENDING: "plan_change_received",
    PlanChangeStatus.AWAITING_PAYMENT: "plan_change_to_pay",
    PlanChangeStatus.APPLIED: "plan_change_applied",
    PlanChangeStatus.REJECTED: "plan_change_rejected",
    PlanChangeStatus.LAPSED: "plan_change_lapsed",
}
"""What the client is told in each state; who withdraws a change knows it."""


def send_plan_change_email(
    *, change: PlanChange, from_plan: str, at: datetime, reason: str = ""
) -> None:
    """What became of a change of plan; ``from_plan`` is the plan that it leaves, ``reason`` why it lapsed."""
    event = EVENTS.get(PlanChangeStatus(change.status))
    if event is None:
        return
    service, difference = change.service, change.total or 0
    values: dict[str, Any] = {
        "from": from_plan,
        "to": change.product.name,
        "difference": Money(difference, service.currency_id),
        "note": change.note,
        "reason": reason,
        "to_pay": Money(difference, service.currency_id) if difference > 0 else None,
        "credited": Money(-difference, service.currency_id) if difference < 0 else None,
    }
    tell_client_of_service(
        service=service,
        event=event,
        idempotency_key=f"{change.pk} {change.status} {difference}",
        values=values,
        at=at,
    )


def send_plan_change_requested_email(*, change: PlanChange, from_plan: str, at: datetime) -> None:
    """Staff are to decide on a change of plan."""
    tell_staff(
        permission="services.manage",
        event="plan_change_requested",
        idempotency_key=f"{change.pk}",
        client=change.service.client,
        values={
            "service_name": change.service.label,
            "from": from_plan,
            "to": change.product.name,
        },
        at=at,
        about=("service", change.service_id),
    )


def send_plan_change_not_carried_out_email(
    *, change: PlanChange, reason: str, at: datetime
) -> None:
    """Staff hear of a change whose money came when it could not be carried out."""
    tell_staff(
        permission="services.manage",
        event="plan_change_not_carried_out",
        idempotency_key=f"{change.pk}",
        client=change.service.client,
        values={"service_name": change.service.label, "to": change.product.name, "reason": reason},
        at=at,
        about=("service", change.service_id),
    )
