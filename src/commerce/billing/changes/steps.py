"""Steps that end what clients asked to end, and what they did not pay for (billing.md 10, steps 2 and 11)."""

from django.db.models import QuerySet

from commerce.billing.changes.cancellations.actions import (
    carry_out_cancellation,
    services_to_cancel,
)
from commerce.billing.changes.plan_changes.actions.requests import (
    lapse_plan_change,
    late_plan_changes,
)
from commerce.billing.models import PlanChange
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.runs.step import RunDay, StepCounts


def find_services_to_cancel(day: RunDay) -> QuerySet[Service]:
    """Services whose last day has come."""
    return services_to_cancel(day.date)


def cancel_service_on_its_day(service_id: int, day: RunDay) -> StepCounts:
    """End one of them."""
    service = Service.objects.get(pk=service_id)
    ended = carry_out_cancellation(service=service, ctx=Context(day.at, day.actor))
    return {"services ended": int(ended)}


def find_late_plan_changes(day: RunDay) -> QuerySet[PlanChange]:
    """Plan changes that were not approved or paid in time."""
    return late_plan_changes(day.date)


def lapse_late_plan_change(change_id: int, day: RunDay) -> StepCounts:
    """Let one of them lapse."""
    change = PlanChange.objects.get(pk=change_id)
    gone = lapse_plan_change(change=change, day=day.date, ctx=Context(day.at, day.actor))
    return {"plan changes lapsed": int(gone)}
