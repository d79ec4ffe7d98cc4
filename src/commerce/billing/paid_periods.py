"""What a service has paid for days that are not over, read from the rows: what a change gives back (billing.md 8).

Its first period is on the invoice of its order, the others on renewals. A plan change gives all of that back and
charges anew, so that after one its own charge is what was paid for the days up to the next due date.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from commerce.audit.models import Entry
from commerce.billing.models import Claim, Invoice, PlanChange, PriceChange
from commerce.billing.own_lines import OwnLine, TaxKey, own_lines
from commerce.billing.plan_changes import Days, paid_periods
from commerce.hosting.models import Service
from commerce.kit.money import round_half_up
from commerce.kit.periods import MONTHS, period_start


@dataclass(frozen=True, slots=True)
class PaidDays:
    """Days that were paid, with what was paid for them: with tax, where prices include it.

    ``taxed`` is how, and ``invoices`` are those that paid for them, newest first; no invoice is known of days that were
    paid elsewhere, before an import.
    """

    days: Days
    value: Fraction
    taxed: TaxKey | None = None
    invoices: tuple[int, ...] = ()

    def unused(self, today: date) -> int:
        """What was paid for the days from today on."""
        return round_half_up(self.value * self.days.left(today))


def what_was_paid(service: Service, today: date, *, inclusive: bool) -> list[PaidDays]:
    """What was paid for days from today on, in their order."""
    if service.anchor_date is None or service.next_due_date is None:
        return []
    change = last_change(service)
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


def last_change(service: Service) -> PlanChange | None:
    """The change that gave a service the plan that it has, with what it bought."""
    done = PlanChange.objects.filter(service=service, status=PlanChange.Status.APPLIED)
    row = done.select_related("service", "invoice").order_by("ended_at", "pk").last()
    return row if row is not None and row.bought else None


def order_invoice(service: Service) -> Invoice | None:
    """The invoice of the order that made a service."""
    orders = Invoice.objects.filter(kind=Invoice.Kind.ORDER, billed__service=service)
    return orders.exclude(status=Invoice.Status.DRAFT).order_by("pk").first()


def _before_changes(service: Service, today: date, inclusive: bool) -> Iterator[PaidDays]:  # noqa: FBT001
    order, first = order_invoice(service), service.registration_date
    if order is None:
        yield from _unknown(service, today)
    elif first is not None and (cycle := _ordered_cycle(service)) in MONTHS:
        days = Days(first, period_start(first, cycle, 1))
        yield from _billed(days, order, own_lines(service, order), inclusive=inclusive)


def _ordered_cycle(service: Service) -> str:
    """The cycle that its order billed, which staff may have changed since."""
    edits = Entry.objects.filter(
        record_kind="service", record_id=service.pk, action="service.edited"
    )
    for before in edits.order_by("pk").values_list("before", flat=True):
        if cycle := before.get("billing_cycle"):
            return str(cycle)
    return service.billing_cycle


def _renewed(service: Service, change: PlanChange | None, *, inclusive: bool) -> Iterator[PaidDays]:
    rows = service.claims.filter(status=Claim.Status.PAID, invoice__isnull=False)
    if change is not None:  # what was paid before it, it gave back
        rows = rows.filter(created_at__gt=change.ended_at)
    for claim in rows.select_related("invoice").order_by("period_start"):
        assert claim.invoice is not None
        days = Days(claim.period_start, claim.period_end)
        lines = own_lines(service, claim.invoice)
        yield from _billed(days, claim.invoice, lines, inclusive=inclusive)


def _billed(
    days: Days, invoice: Invoice, lines: list[OwnLine], *, inclusive: bool
) -> Iterator[PaidDays]:
    by_tax = {line.taxed: 0 for line in lines}
    for line in lines:
        by_tax[line.taxed] += line.value(inclusive=inclusive)
    for taxed, value in by_tax.items():
        yield PaidDays(days, Fraction(value), taxed, (invoice.pk,))


def _unknown(service: Service, today: date) -> Iterator[PaidDays]:
    """Periods of a service that came without an order, which no renewal here has billed."""
    assert service.anchor_date is not None
    assert service.next_due_date is not None
    claims = service.claims.exclude(status=Claim.Status.RELEASED)
    billed = set(claims.values_list("period_start", flat=True))
    periods = paid_periods(service.anchor_date, service.billing_cycle, service.next_due_date, today)
    for days in periods:
        moved = days.start < service.anchor_date  # staff set another due date: these days they gave
        if days.start not in billed and not (moved and billed):
            yield PaidDays(days, Fraction(_cost(service, days.start)))


def _cost(service: Service, start: date) -> int:
    """What a service cost in the period that starts on a day: a new price counts from its own first day on."""
    rows = PriceChange.objects.filter(
        service=service, status=PriceChange.Status.APPLIED, from_date__gt=start
    )
    old = rows.order_by("from_date").values_list("old_amount", flat=True).first()
    return service.amount if old is None else old


def _bought(change: PlanChange, *, inclusive: bool) -> Iterator[PaidDays]:
    """What a change charged for the days up to the next due date, less what was credited of it since."""
    invoices = tuple(change.bought["invoices"])
    taken = _credited_since(change, invoices, inclusive=inclusive)
    known = [one for one in change.bought["periods"] if one["taxed"]]
    whole = sum(_money(one, inclusive=inclusive) for one in known)
    kept = max(Fraction(whole - taken, whole), Fraction(0)) if whole else Fraction(0)
    for one in change.bought["periods"]:
        days = Days(date.fromisoformat(one["start"]), date.fromisoformat(one["end"]))
        value = Fraction(_money(one, inclusive=inclusive))
        if one["taxed"]:
            category, rate_milli = one["taxed"]
            yield PaidDays(days, value * kept, (category, rate_milli), invoices)
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
        then = own_lines(change.service, invoice, before=change.ended_at)
        now = own_lines(change.service, invoice)
        taken += sum(line.value(inclusive=inclusive) for line in then)
        taken -= sum(line.value(inclusive=inclusive) for line in now)
    return taken
