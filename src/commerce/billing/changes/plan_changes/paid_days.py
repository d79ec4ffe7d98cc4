"""What a service has paid for days that are not over, read from the rows: what a change gives back (billing.md 8).

Its first period is on the invoice of its order, the others on renewals. A plan change gives all of that back and
charges anew, so that after one its own charge is what was paid for the days up to the next due date.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from commerce.audit.models import AuditEntry
from commerce.billing.changes.plan_changes.rules import (
    DateRange,
    PlanChangeStatus,
    periods_until_due,
)
from commerce.billing.changes.plan_changes.service_lines import ServiceLine, TaxKey, service_lines
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.invoices.rules import InvoiceKind, InvoiceStatus
from commerce.billing.models import Invoice, PlanChange, PriceChange
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.hosting.models import Service
from commerce.kit.money import round_half_up
from commerce.kit.periods import MONTHS_PER_CYCLE, period_start


@dataclass(frozen=True, slots=True)
class PaidDays:
    """Days that were paid, with what was paid for them: with tax, where prices include it.

    ``tax_key`` is how, and ``invoices`` are those that paid for them, newest first; no invoice is known of days that
    were paid elsewhere, before an import.
    """

    days: DateRange
    value: Fraction
    tax_key: TaxKey | None = None
    invoices: tuple[int, ...] = ()

    def unused(self, today: date) -> int:
        """What was paid for the days from today on."""
        return round_half_up(self.value * self.days.share_left(today))


def paid_days(service: Service, today: date, *, inclusive: bool) -> list[PaidDays]:
    """What was paid for days from today on, in their order."""
    if service.anchor_date is None or service.next_due_date is None:
        return []
    change = last_applied_change(service)
    found = [
        *(
            _bought(change, inclusive=inclusive)
            if change
            else _before_changes(service, today, inclusive)
        ),
        *_renewed(service, change, inclusive=inclusive),
    ]
    return sorted(
        (one for one in found if one.days.end > today and one.value > 0),
        key=lambda one: one.days.start,
    )


def last_applied_change(service: Service) -> PlanChange | None:
    """The change that gave a service the plan that it has, with what it bought."""
    done = PlanChange.objects.filter(service=service, status=PlanChangeStatus.APPLIED)
    row = done.select_related("service", "invoice").order_by("ended_at", "pk").last()
    return row if row is not None and row.coverage else None


def order_invoice(service: Service) -> Invoice | None:
    """The invoice of the order that made a service."""
    orders = Invoice.objects.filter(kind=InvoiceKind.ORDER, subjects__service=service)
    return orders.exclude(status=InvoiceStatus.DRAFT).order_by("pk").first()


def _before_changes(service: Service, today: date, inclusive: bool) -> Iterator[PaidDays]:  # noqa: FBT001
    order, first = order_invoice(service), service.registration_date
    if order is None:
        yield from _unknown(service, today)
    elif first is not None and (cycle := _ordered_cycle(service)) in MONTHS_PER_CYCLE:
        days = DateRange(first, period_start(first, cycle, 1))
        yield from _billed(days, order, service_lines(service, order), inclusive=inclusive)


def _ordered_cycle(service: Service) -> str:
    """The cycle that its order billed, which staff may have changed since."""
    edits = AuditEntry.objects.filter(
        record_kind="service", record_id=service.pk, action="service.edited"
    )
    for before in edits.order_by("pk").values_list("before", flat=True):
        if cycle := before.get("billing_cycle"):
            return str(cycle)
    return service.billing_cycle


def _renewed(service: Service, change: PlanChange | None, *, inclusive: bool) -> Iterator[PaidDays]:
    rows = service.billed_periods.filter(status=BilledPeriodStatus.PAID, invoice__isnull=False)
    if change is not None:  # what was paid before it, it gave back
        rows = rows.filter(created_at__gt=change.ended_at)
    for billed_period in rows.select_related("invoice").order_by("period_start"):
        assert billed_period.invoice is not None
        days = DateRange(billed_period.period_start, billed_period.period_end)
        lines = service_lines(service, billed_period.invoice)
        yield from _billed(days, billed_period.invoice, lines, inclusive=inclusive)


def _billed(
    days: DateRange, invoice: Invoice, lines: list[ServiceLine], *, inclusive: bool
) -> Iterator[PaidDays]:
    by_tax = {line.tax_key: 0 for line in lines}
    for line in lines:
        by_tax[line.tax_key] += line.value(inclusive=inclusive)
    for taxed, value in by_tax.items():
        yield PaidDays(days, Fraction(value), taxed, (invoice.pk,))


def _unknown(service: Service, today: date) -> Iterator[PaidDays]:
    """Periods of a service that came without an order, which no renewal here has billed."""
    assert service.anchor_date is not None
    assert service.next_due_date is not None
    billed_periods = service.billed_periods.exclude(status=BilledPeriodStatus.RELEASED)
    billed = set(billed_periods.values_list("period_start", flat=True))
    periods = periods_until_due(
        service.anchor_date, service.billing_cycle, service.next_due_date, today
    )
    for days in periods:
        moved = days.start < service.anchor_date  # staff set another due date: these days they gave
        if days.start not in billed and not (moved and billed):
            yield PaidDays(days, Fraction(_cost(service, days.start)))


def _cost(service: Service, start: date) -> int:
    """What a service cost in the period that starts on a day: a new price counts from its own first day on."""
    rows = PriceChange.objects.filter(
        service=service, status=PriceChangeStatus.APPLIED, from_date__gt=start
    )
    old = rows.order_by("from_date").values_list("old_amount", flat=True).first()
    return service.amount if old is None else old


def _bought(change: PlanChange, *, inclusive: bool) -> Iterator[PaidDays]:
    """What a change charged for the days up to the next due date, less what was credited of it since."""
    invoices = tuple(change.coverage["invoices"])
    taken = _credited_since(change, invoices, inclusive=inclusive)
    known = [one for one in change.coverage["periods"] if one["tax_key"]]
    whole = sum(_money(one, inclusive=inclusive) for one in known)
    share_kept = max(Fraction(whole - taken, whole), Fraction(0)) if whole else Fraction(0)
    for one in change.coverage["periods"]:
        days = DateRange(date.fromisoformat(one["start"]), date.fromisoformat(one["end"]))
        value = Fraction(_money(one, inclusive=inclusive))
        if one["tax_key"]:
            category, rate_milli = one["tax_key"]
            yield PaidDays(days, value * share_kept, (category, rate_milli), invoices)
        else:
            yield PaidDays(days, value)


def _money(period: dict[str, Any], *, inclusive: bool) -> int:
    amount: int = period["net"] + (period["tax"] if inclusive else 0)
    return amount


def _credited_since(change: PlanChange, invoices: Iterable[int], *, inclusive: bool) -> int:
    """What was taken back of the lines that paid for a change since it was carried out, by staff or by a bank."""
    assert change.ended_at is not None
    taken = 0
    for invoice in Invoice.objects.filter(pk__in=list(invoices)):
        then = service_lines(change.service, invoice, before=change.ended_at)
        now = service_lines(change.service, invoice)
        taken += sum(line.value(inclusive=inclusive) for line in then)
        taken -= sum(line.value(inclusive=inclusive) for line in now)
    return taken
