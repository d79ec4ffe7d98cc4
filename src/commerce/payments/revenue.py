"""Money that came in, less what went back, by month (backoffice.md 6)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Max, Q, Sum

from commerce.audit.models import AuditEntry
from commerce.payments.actions.reversals import DISPUTE_CAUSE, TAKEN_AFTER_REFUND
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.rules import DisputeStatus, PaymentStatus, RefundMethod, RefundStatus
from commerce.site_settings import current


@dataclass(slots=True)
class RevenueOfMonth:
    """One month in one currency, in minor units; all are positive."""

    received: int = 0
    refunded: int = 0
    reversed: int = 0

    @property
    def net(self) -> int:
        return self.received - self.refunded - self.reversed


type RevenueByMonth = dict[str, dict[date, RevenueOfMonth]]


def revenue_by_month(first: date, after: date, currency_code: str = "") -> RevenueByMonth:
    """By currency, or of one, and the first day of each month: from one business date to before another.

    Payments count in the month in which they were received, or, if that was closed when they came, in the first one
    that was open; also those that went back since: refunds through the
    gateway count in the month in which it accepted them, lost disputes and other reversals in that in which the money
    was gone. A refund that became credit left the money here.
    """
    found: defaultdict[str, defaultdict[date, RevenueOfMonth]] = defaultdict(
        lambda: defaultdict(RevenueOfMonth)
    )
    rows = Payment.objects.booked().order_by()
    if currency_code:
        rows = rows.filter(currency_id=currency_code)
    as_received = rows.filter(booked_on=None, received_on__gte=first, received_on__lt=after)
    later = rows.filter(booked_on__gte=first, booked_on__lt=after)
    # By day, in the order of their index: the month of each row took longer than all else.
    for part, column in ((as_received, "received_on"), (later, "booked_on")):
        for code, day, amount in part.values_list("currency_id", column).annotate(Sum("amount")):
            found[code][day.replace(day=1)].received += amount
    for one in money_gone(first, after):
        of = found[one.currency_code][current.business_date(one.at).replace(day=1)]
        if one.is_reversal:
            of.reversed += one.amount
        else:
            of.refunded += one.amount
    return {code: dict(found[code]) for code in sorted(found) if currency_code in ("", code)}


class GoneMoney(NamedTuple):
    """Money of a payment that went back, in minor units: refunded through its gateway, or reversed."""

    is_reversal: bool
    payment_id: int
    currency_code: str
    at: datetime
    amount: int


def money_gone(first: date, after: date) -> Iterator[GoneMoney]:
    """What left us from one business date to before another."""
    yield from _refunds(first, after)
    yield from _lost_disputes(first, after)
    yield from _reversals_by_staff(first, after)


def _within(first: date, after: date, column: str) -> dict[str, datetime]:
    return {
        f"{column}__gte": current.start_of_business_date(first),
        f"{column}__lt": current.start_of_business_date(after),
    }


def _refunds(first: date, after: date) -> Iterator[GoneMoney]:
    rows = Refund.objects.filter(
        method=RefundMethod.GATEWAY,
        status__in=[RefundStatus.ACCEPTED, RefundStatus.SUCCEEDED],
        **_within(first, after, "accepted_at"),
    )
    columns = ("payment_id", "payment__currency_id", "accepted_at", "amount")
    for payment, code, at, amount in rows.values_list(*columns):
        if at is not None:
            yield GoneMoney(False, payment, code, at, amount)


def _lost_disputes(first: date, after: date) -> Iterator[GoneMoney]:
    rows = Dispute.objects.filter(status=DisputeStatus.LOST, **_within(first, after, "closed_at"))
    columns = ("payment_id", "payment__currency_id", "closed_at", "amount")
    for payment, code, at, amount in rows.values_list(*columns):
        if at is not None:
            yield GoneMoney(True, payment, code, at, amount)


def _reversals_by_staff(first: date, after: date) -> Iterator[GoneMoney]:
    """Payments that are gone without a lost dispute: a check that bounced, a transfer that was returned.

    What had been refunded before was gone already.
    """
    entries = AuditEntry.objects.filter(action="payment.reversed", **_within(first, after, "at"))
    last = dict(entries.order_by().values_list("record_id").annotate(Max("at")))
    sent = Q(refunds__method=RefundMethod.GATEWAY, refunds__accepted_at__isnull=False)
    rows = Payment.objects.filter(pk__in=last, status=PaymentStatus.REVERSED)
    rows = rows.exclude(disputes__status=DisputeStatus.LOST)
    refunded = Sum("refunds__amount", filter=sent & ~Q(refunds__status=RefundStatus.FAILED))
    for pk, code, amount, gone in rows.annotate(gone=refunded).values_list(
        "pk", "currency_id", "amount", "gone"
    ):
        yield GoneMoney(True, pk, code, last[pk], amount - (gone or 0))
    after_refund = AuditEntry.objects.filter(
        action=TAKEN_AFTER_REFUND, **_within(first, after, "at")
    )
    told = {
        entry.record_id: entry
        for entry in after_refund
        if entry.record_id is not None and DISPUTE_CAUSE not in entry.after["source"]
    }
    of_refunded = Payment.objects.filter(pk__in=told, status=PaymentStatus.REFUNDED)
    for pk, code in of_refunded.values_list("pk", "currency_id"):
        yield GoneMoney(True, pk, code, told[pk].at, told[pk].after["amount"])
