"""What always holds of the books, and what of them must be equal however they came about."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from django.db.models import Sum

from commerce.billing.models import (
    BilledPeriod,
    CreditAccount,
    CreditEntry,
    Invoice,
    SettlementEntry,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import following_due_date


def total(rows: Any, column: str = "amount") -> int:
    return int(rows.aggregate(sum=Sum(column))["sum"] or 0)


def assert_sound() -> None:
    """M8, M9, M10, M14, S5, S10."""
    for invoice in Invoice.objects.all():
        assert invoice.amount_due == invoice.total - total(invoice.settlement_entries)
        closed = invoice.status in {"paid", "cancelled", "refunded", "draft"}
        assert closed == (invoice.amount_due == 0), invoice
    for account in CreditAccount.objects.all():
        assert account.balance == total(CreditEntry.objects.filter(account=account)) >= 0
    assert total(SettlementEntry.objects) + total(Invoice.objects, "amount_due") == total(
        Invoice.objects, "total"
    )
    without_gap(Invoice.objects.exclude(number=None).order_by("number"))
    for service in Service.objects.exclude(anchor_date=None):
        periods_follow(service)


def without_gap(invoices: Iterable[Invoice]) -> None:
    found = [invoice.number for invoice in invoices]
    assert found == [f"INV-{n:04d}" for n in range(1, len(found) + 1)]


def periods_follow(service: Service) -> None:
    """Each period begins where the one before it ended, and the next due date where the last paid one did."""
    billed_periods = BilledPeriod.objects.filter(service=service).exclude(status="released")
    periods = list(billed_periods.order_by("period_start"))
    for one, following in pairwise(periods):
        assert one.status in {"paid", "waived"}
        assert one.period_end <= following.period_start
    if service.next_due_date is None or not periods or service.anchor_date is None:
        return
    last = periods[-1]
    ended = last.status in {"paid", "waived"}
    assert service.next_due_date == (last.period_end if ended else last.period_start)
    assert last.period_end == following_due_date(
        service.anchor_date, service.billing_cycle, last.period_start
    )
