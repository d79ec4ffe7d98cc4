"""Emails about changes of plan (notifications.md 3)."""

from datetime import datetime
from typing import Any

from django.conf import settings

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
    *,
    change: PlanChange,
    from_plan: str,
    at: datetime,
    reason: str = "",
    to_pay: int = 0,
    credited: int = 0,
) -> None:
    """What became of a change of plan; ``from_plan`` is the plan that it leaves. Of one that is ``to_pay`` how much, of
    one that lapsed the ``reason``, and what was paid for it and is credit.
    """
    event = EVENTS.get(PlanChangeStatus(change.status))
    if event is None:
        return
    service, difference = change.service, change.total or 0

    def money(amount: int) -> Money | None:
        return Money(amount, service.currency_id) if amount > 0 else None

    values: dict[str, Any] = {
        "from": from_plan,
        "to": change.product.name,
        "difference": Money(difference, service.currency_id),
    }
    match event:
        case "plan_change_received":
            values |= {"to_pay": money(difference), "credited": money(-difference)}
            values |= {"note": change.note}
        case "plan_change_to_pay":
            values |= {
                "to_pay": Money(to_pay, service.currency_id),
                "reference": change.reference,
                "last_day": change.last_day,
                "pay_url": f"{settings.COMMERCE_URL}/client/plan-changes/{change.pk}/pay",
            }
        case "plan_change_lapsed":
            values |= {"reason": reason, "credited": money(credited)}
        case "plan_change_applied":
            values |= {"note": change.note, "credited": money(-difference)}
        case _:
            values |= {"note": change.note}
    tell_client_of_service(
        service=service,
        event=event,
        idempotency_key=f"{change.pk} {change.status} {to_pay or difference}",
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
    *, change: PlanChange, from_plan: str, reason: str, at: datetime
) -> None:
    """Staff hear of a change whose money came when it could not be carried out."""
    tell_staff(
        permission="services.manage",
        event="plan_change_not_carried_out",
        idempotency_key=f"{change.pk}",
        client=change.service.client,
        values={
            "service_name": change.service.label,
            "from": from_plan,
            "to": change.product.name,
            "reason": reason,
        },
        at=at,
        about=("service", change.service_id),
    )
