"""Metrics of business and money: who is on call sees that payments stopped, although every machine is well.

What happened in the last 24 hours is found by the index of the audit log: a large company's day is some thousand rows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet

from commerce.audit.models import AuditEntry
from commerce.jobs.models import RemoteState
from commerce.orders.models import Order
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, GatewayEvent, Payment
from commerce.payments.rules import PaymentStatus
from commerce.runs.history import RunMetric
from commerce.site_settings.current import get_setting

_DAY, _LOOKED_BACK = timedelta(days=1), timedelta(days=8)

BUSINESS_METRICS = {
    "payments_last_day": "Payments of the last 24 hours, by gateway and state.",
    "payment_last_seconds": "When the last payment was booked, if within 8 days, in seconds since 1970.",
    "charges_refused_last_day": "Tries to pay that failed or were declined in the last 24 hours.",
    "gateway_events_last_day": "Messages of payment gateways of the last 24 hours, by gateway and state.",
    "gateway_event_last_seconds": "When the last message came, if within 8 days, in seconds since 1970.",
    "orders_last_day": "Orders of the last 24 hours, by their state.",
    "sign_ins_last_day": "Sign-ins of the last 24 hours, by result.",
    "remote_silent_seconds": "For how long a remote system has not answered, or has refused us.",
}
"""What ``business_metrics`` tells, in words."""


def business_metrics(*, at: datetime) -> Iterator[RunMetric]:
    """The figures, each one of ``BUSINESS_METRICS``."""
    yield from _payments(at)
    yield from _gateway_events(at)
    orders = Order.objects.filter(pk__in=_records(["order.placed"], at - _DAY))
    for status, count in orders.values_list("status").annotate(Count("pk")).order_by():
        yield "orders_last_day", {"status": status}, count
    for result, action in (("succeeded", "user.signed_in"), ("failed", "user.sign_in_failed")):
        count = AuditEntry.objects.filter(action=action, at__gte=at - _DAY).count()
        yield "sign_ins_last_day", {"result": result}, count
    for remote in RemoteState.objects.order_by("name"):
        labels = {"remote": remote.name, "cause": remote.cause}
        yield "remote_silent_seconds", labels, int((at - remote.since).total_seconds())


def _payments(at: datetime) -> Iterator[RunMetric]:
    """Of each gateway that is offered there are zeros, too: an alert needs something to compare."""
    offered = [s for s in registry.offerable_slugs() if get_setting(f"gateway.{s}.enabled")]
    counts = {(slug, PaymentStatus.COMPLETED.value): 0 for slug in offered}
    begun = _records([f"payment.{status}" for status in PaymentStatus], at - _DAY)
    rows = Payment.objects.filter(pk__in=begun).values_list("gateway", "status")
    counts |= {(gateway, status): n for gateway, status, n in rows.annotate(Count("pk")).order_by()}
    for (gateway, status), count in sorted(counts.items()):
        yield "payments_last_day", {"gateway": gateway, "status": status}, count
    booked = Payment.objects.filter(pk__in=_records(["payment.completed"], at - _LOOKED_BACK))
    yield from _latest("payment_last_seconds", booked, "booked_at")
    refused = Attempt.objects.filter(
        pk__in=_records(["attempt.failed", "attempt.declined"], at - _DAY)
    )
    for gateway, count in refused.values_list("gateway").annotate(Count("pk")).order_by():
        yield "charges_refused_last_day", {"gateway": gateway}, count


def _gateway_events(at: datetime) -> Iterator[RunMetric]:
    events = GatewayEvent.objects.order_by()
    rows = events.filter(received_at__gte=at - _DAY).values_list("gateway", "status")
    for gateway, status, count in rows.annotate(Count("pk")):
        yield "gateway_events_last_day", {"gateway": gateway, "status": status}, count
    recent = events.filter(received_at__gte=at - _LOOKED_BACK)
    yield from _latest("gateway_event_last_seconds", recent, "received_at")


def _latest(
    name: str, rows: "QuerySet[Payment] | QuerySet[GatewayEvent]", field: str
) -> Iterator[RunMetric]:
    for gateway, last in rows.values_list("gateway").annotate(Max(field)).order_by():
        yield name, {"gateway": gateway}, int(last.timestamp())


def _records(actions: Sequence[str], since: datetime) -> QuerySet[AuditEntry, int | None]:
    """Ids of the records to which one of these happened."""
    entries = AuditEntry.objects.filter(action__in=actions, at__gte=since)
    return entries.values_list("record_id", flat=True)
