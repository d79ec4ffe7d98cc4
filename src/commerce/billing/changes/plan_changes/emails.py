"""Mails about changes of plan (notifications.md 3)."""

from datetime import datetime
from typing import Any

from commerce.accounts.recipients import tell_staff
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.emails import invoice_url
from commerce.billing.models import PlanChange
from commerce.hosting.emails import tell_client_of_service
from commerce.kit.money import Money


def tell_of_plan_change(*, change: PlanChange, old_name: str, at: datetime) -> None:
    """What became of a change of plan: received, applied or rejected; ``old_name`` is the plan that it leaves."""
    event = {
        PlanChangeStatus.PENDING: "plan_change_received",
        PlanChangeStatus.AWAITING_PAYMENT: "plan_change_received",
        PlanChangeStatus.APPLIED: "plan_change_applied",
        PlanChangeStatus.REJECTED: "plan_change_rejected",
    }.get(PlanChangeStatus(change.status))
    if event is None:
        return
    service, net = change.service, change.charge - change.credit
    total = net if change.total is None else change.total
    plans = {"from": old_name, "to": change.product.name}
    more: dict[str, Any] = {
        **plans,
        "net": Money(net, service.currency_id),
        "note": change.note,
    }
    if event != "plan_change_rejected":
        more["to_pay"] = Money(total, service.currency_id) if total > 0 else None
        more["credited"] = Money(-total, service.currency_id) if total < 0 else None
    if event == "plan_change_received":
        more["invoice_url"] = invoice_url(change.invoice_id) if change.invoice_id else ""
    tell_client_of_service(
        service=service,
        event=event,
        idempotency_key=f"{change.pk} {change.status}",
        values=more,
        at=at,
    )
    if change.status == PlanChangeStatus.PENDING:
        tell_staff(
            permission="services.manage",
            event="plan_change_requested",
            idempotency_key=f"{change.pk}",
            client=service.client,
            values={"service_name": service.label, **plans},
            at=at,
            about=("service", service.pk),
        )
