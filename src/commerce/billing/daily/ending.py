"""Steps that end what clients asked to end, and what they did not pay for (billing.md 10, steps 2 and 11)."""

from django.db.models import QuerySet

from commerce.billing.actions.cancellations import cancel_due, carry_out_cancellation
from commerce.billing.actions.plan_changes import lapse_plan_change, plan_changes_due
from commerce.billing.daily.step import Counts, Day
from commerce.billing.models import PlanChange
from commerce.hosting.models import Service


def find_to_cancel(day: Day) -> QuerySet[Service]:
    """Services whose last day has come."""
    return cancel_due(day.date)


def cancel(service_id: int, day: Day) -> Counts:
    """End one of them."""
    service = Service.objects.get(pk=service_id)
    ended = carry_out_cancellation(service=service, at=day.at, actor=day.actor)
    return {"services ended": int(ended)}


def find_lapsed(day: Day) -> QuerySet[PlanChange]:
    """Plan changes that were not paid in time."""
    return plan_changes_due(day.date)


def lapse(change_id: int, day: Day) -> Counts:
    """Let one of them lapse."""
    change = PlanChange.objects.get(pk=change_id)
    gone = lapse_plan_change(change=change, day=day.date, at=day.at, actor=day.actor)
    return {"plan changes lapsed": int(gone)}
