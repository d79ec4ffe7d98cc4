"""Figures of a month, and what of it is still open (backoffice.md 6)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import BooksMonth, CreditNote, Invoice
from commerce.billing.reports.past_days import credit_on, receivables_on, sums_by_currency
from commerce.payments.models import GatewayEvent, Refund, TransferNotice, UnallocatedPayment
from commerce.payments.revenue import revenue_by_month
from commerce.payments.rules import GatewayEventStatus, RefundStatus
from commerce.site_settings import current

FIGURES = (
    "invoiced invoiced_tax credited credited_tax received refunded reversed owed credit".split()
)
"""What is summed of a month, in minor units: net and tax of invoices, the same of credit notes, money that came, and
went in two ways, and what clients owed and had as credit at its end."""

UNFINISHED_EVENTS = (
    GatewayEventStatus.RECEIVED,
    GatewayEventStatus.WAITING,
    GatewayEventStatus.PARKED,
)
"""States of messages of gateways that may still bring money."""

type MonthFigures = dict[str, dict[str, int]]
"""By currency, then by name."""


def month_figures(month: BooksMonth) -> MonthFigures:
    """The sums of a month as they are now."""
    found: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    span = {"issue_date__gte": month.month, "issue_date__lte": month.last_day}
    issued = Invoice.objects.exclude(status=InvoiceStatus.DRAFT).filter(**span)
    for name, rows in (("invoiced", issued), ("credited", CreditNote.objects.filter(**span))):
        by_currency = rows.order_by().values_list("currency_id")
        for code, net, tax in by_currency.annotate(Sum("subtotal"), Sum("tax_amount")):
            found[code] |= {name: net, f"{name}_tax": tax}
    after = month.last_day + timedelta(days=1)
    for code, months in revenue_by_month(month.month, after).items():
        for one in months.values():
            came_and_went = {"received": one.received, "refunded": one.refunded}
            found[code] |= {**came_and_went, "reversed": one.reversed}
    for name, balances in (("owed", receivables_on), ("credit", credit_on)):
        for code, sums in sums_by_currency(balances(month.last_day)).items():
            found[code][name] = sums.amount
    return dict(sorted(found.items()))


def end_of_month(month: BooksMonth) -> datetime:
    """The first instant after it, in the business zone."""
    return current.start_of_business_date(month.last_day + timedelta(days=1))


def _without_rate(month: BooksMonth) -> "QuerySet[Invoice]":
    return _issued(month).exclude(missing_tax_currency="")


def _without_pdf(month: BooksMonth) -> "QuerySet[Invoice]":
    return _issued(month).filter(documents=None)


def _issued(month: BooksMonth) -> "QuerySet[Invoice]":
    return Invoice.objects.filter(issue_date__gte=month.month, issue_date__lte=month.last_day)


def _drafts(month: BooksMonth) -> "QuerySet[Invoice]":
    drafts = Invoice.objects.filter(status=InvoiceStatus.DRAFT)
    return drafts.filter(created_at__lt=end_of_month(month))


def _unallocated(month: BooksMonth) -> "QuerySet[UnallocatedPayment]":
    return UnallocatedPayment.objects.open().filter(received_on__lte=month.last_day)


def _transfers(month: BooksMonth) -> "QuerySet[TransferNotice]":
    return TransferNotice.objects.open().filter(submitted_at__lt=end_of_month(month))


def _events(month: BooksMonth) -> "QuerySet[GatewayEvent]":
    return GatewayEvent.objects.filter(
        status__in=UNFINISHED_EVENTS, received_at__lt=end_of_month(month)
    )


def _refunds(month: BooksMonth) -> "QuerySet[Refund]":
    requested = Refund.objects.filter(status=RefundStatus.REQUESTED)
    return requested.filter(created_at__lt=end_of_month(month))


MONTH_GAPS: Mapping[str, Callable[[BooksMonth], QuerySet[Any]]] = {
    "without_rate": _without_rate,
    "without_pdf": _without_pdf,
    "drafts": _drafts,
    "unallocated": _unallocated,
    "transfers": _transfers,
    "gateway_events": _events,
    "refunds": _refunds,
}
"""What of a month is still open, by kind."""


def month_gaps(month: BooksMonth) -> dict[str, int]:
    """How much of each kind is; none of what there is nothing."""
    counted = {name: found(month).count() for name, found in MONTH_GAPS.items()}
    return {name: count for name, count in counted.items() if count}
