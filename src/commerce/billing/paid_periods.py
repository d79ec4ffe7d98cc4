"""What was paid for the periods of a service, read from the rows: credit never exceeds it (billing.md 8).

An invoice that is not paid, or not any more, counts as nothing, and what credit notes took back of it does not count.
The notes of plan changes are left out here: what a change took is counted with the change.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from commerce.billing.models import (
    Claim,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    PlanChange,
    PriceChange,
)
from commerce.billing.plan_changes import Paid, paid_periods, share_of
from commerce.hosting.models import Service
from commerce.kit.money import round_half_up
from commerce.kit.periods import MONTHS, period_start
from commerce.preferences import current


def what_was_paid(service: Service, today: date, *, inclusive: bool) -> list[Paid]:
    """The paid periods that are not over, with what was paid for each (with tax, where prices include it)."""
    if service.anchor_date is None or service.next_due_date is None:
        return []
    found = paid_periods(service.anchor_date, service.billing_cycle, service.next_due_date, today)
    changes = _changes_of(service)
    since = changes[-1].ended_at if changes else None
    return [
        Paid(
            one.start,
            one.end,
            _paid_for(service, one, changes, inclusive=inclusive),
            _costs([service.pk], one.start, since).get(service.pk),
        )
        for one in found
    ]


def _costs(
    service_ids: Iterable[int], start: date, since: datetime | None = None
) -> dict[int, int]:
    """What services cost in the period that starts on a day, of those whose price was changed after it (and ``since``).

    A new price counts with the invoice of its first period, so while the period before it still runs.
    """
    rows = PriceChange.objects.filter(
        service__in=list(service_ids), status=PriceChange.Status.APPLIED, from_date__gt=start
    )
    if since is not None:
        rows = rows.filter(ended_at__gt=since)
    found = rows.order_by("-from_date").values_list("service_id", "old_amount")
    return {pk: amount for pk, amount in found if pk is not None}


def billed_with(service: Service, today: date) -> Invoice | None:
    """The invoice that billed the period which a change gives back: the last one that was paid for."""
    paid = [one for one in what_was_paid(service, today, inclusive=False) if one.amount != 0]
    if not paid:
        return None
    start = paid[-1].start
    if service.anchor_date and start < service.anchor_date:
        covering = _covering(service, paid[-1], inclusive=False)
        return covering[-1].invoice if covering else None
    claim = claim_of(service, start)
    if claim is not None:
        return claim.invoice
    if start == service.registration_date:
        return order_invoice(service)
    begun = [one.invoice for one in _changes_of(service) if _day(one) == start and one.invoice]
    return begun[-1] if begun else None


def claim_of(service: Service, start: date) -> Claim | None:
    """The claim on the period of a service that starts on a day."""
    claims = Claim.objects.filter(service=service, period_start=start)
    return claims.exclude(status=Claim.Status.RELEASED).select_related("invoice").first()


def order_invoice(service: Service) -> Invoice | None:
    """The invoice of the order that made a service."""
    orders = Invoice.objects.filter(kind=Invoice.Kind.ORDER, billed__service=service)
    return orders.exclude(status=Invoice.Status.DRAFT).order_by("pk").first()


def _changes_of(service: Service) -> list[PlanChange]:
    done = PlanChange.objects.filter(service=service, status=PlanChange.Status.APPLIED)
    return list(done.select_related("invoice").order_by("pk"))


def _paid_for(
    service: Service, period: Paid, changes: list[PlanChange], *, inclusive: bool
) -> int | None:
    """What was paid for a period, with the changes that reached into it; None if nothing of it is known here."""
    if service.anchor_date and period.start < service.anchor_date:
        return _paid_across(service, period, inclusive=inclusive)
    billed = _billed_for(service, period, inclusive=inclusive)
    if billed is not None:
        since, base = billed
    elif period.start == service.registration_date:
        return None
    else:
        begun = [one for one in changes if _day(one) == period.start]
        if period.start != service.anchor_date or not begun:
            return None
        # A change of cycle began this period: what it charged was paid for it, in part with what was left before.
        assert begun[0].ended_at is not None
        missing = begun[0].charge - begun[0].credit - _brought(begun[0], inclusive=inclusive)
        since, base = begun[0].ended_at, begun[0].charge - missing
    later = [one for one in changes if one.ended_at and one.ended_at > since]
    reached = [one for one in later if _day(one) < period.end]
    return base + sum(_whole(service, period, one, inclusive=inclusive) for one in reached)


@dataclass(frozen=True, slots=True)
class Covered:
    """Days that an invoice has billed, and what of it was paid and kept."""

    start: date
    end: date
    kept: int
    invoice: Invoice


def _paid_across(service: Service, period: Paid, *, inclusive: bool) -> int | None:
    """What was paid for the days of a period that staff made by setting a later due date; None if nobody knows.

    Days that staff gave were not paid for.
    """
    if order_invoice(service) is None and not service.claims.exists():
        return None
    shares = (
        Fraction(
            one.kept * (min(one.end, period.end) - max(one.start, period.start)).days,
            (one.end - one.start).days,
        )
        for one in _covering(service, period, inclusive=inclusive)
    )
    return round_half_up(sum(shares, Fraction(0)))


def _covering(service: Service, period: Paid, *, inclusive: bool) -> list[Covered]:
    """What was billed of a period, whatever anchor counted then: renewals, and the first period of its order."""
    found: list[Covered] = []
    order, first = order_invoice(service), service.registration_date
    if order and first and service.billing_cycle in MONTHS:
        kept = _kept_of_order(service, order, first, inclusive=inclusive)
        found.append(Covered(first, period_start(first, service.billing_cycle, 1), kept, order))
    paid = service.claims.filter(status=Claim.Status.PAID, invoice__isnull=False)
    for claim in paid.select_related("invoice").order_by("period_start"):
        assert claim.invoice is not None
        lines = list(claim.lines.values_list("pk", flat=True))
        kept = kept_of(claim.invoice, lines, inclusive=inclusive)
        found.append(Covered(claim.period_start, claim.period_end, kept, claim.invoice))
    return [one for one in found if one.start < period.end and one.end > period.start]


def _day(change: PlanChange) -> date:
    assert change.ended_at is not None
    return current.business_date(change.ended_at)


def _brought(change: PlanChange, *, inclusive: bool) -> int:
    """What a change added to what was paid, below 0 what it took from it."""
    if change.invoice is None:
        return change.charge - change.credit
    lines = list(change.invoice.lines.values_list("pk", flat=True))
    return kept_of(change.invoice, lines, inclusive=inclusive)


def _whole(service: Service, period: Paid, change: PlanChange, *, inclusive: bool) -> int:
    """What a change that was paid for the rest of the paid days comes to for a whole period."""
    assert service.anchor_date is not None
    reached = paid_periods(service.anchor_date, service.billing_cycle, period.end, _day(change))
    left = sum((one.left(_day(change)) for one in reached), Fraction(0))
    return round_half_up(_brought(change, inclusive=inclusive) / left) if left else 0


def _billed_for(service: Service, period: Paid, *, inclusive: bool) -> tuple[datetime, int] | None:
    """When a period was billed and what was paid for it; None if no invoice is known."""
    claim = claim_of(service, period.start)
    if claim is not None:
        if claim.status != Claim.Status.PAID or claim.invoice is None:
            return claim.created_at, 0
        own = list(claim.lines.values_list("pk", flat=True))
        return claim.created_at, kept_of(claim.invoice, own, inclusive=inclusive)
    order = order_invoice(service) if period.start == service.registration_date else None
    if order is None:
        return None
    kept = _kept_of_order(service, order, period.start, inclusive=inclusive)
    return order.created_at, kept


def _kept_of_order(service: Service, order: Invoice, since: date, *, inclusive: bool) -> int:
    """What of the invoice of an order was paid for the first period, from ``since``, of one of its services."""
    kinds = ("item", "option", "discount")
    own = list(order.lines.filter(kind__in=kinds).values_list("pk", flat=True))
    amounts = dict(Service.objects.filter(billed__invoice=order).values_list("pk", "amount"))
    amounts |= _costs(amounts, since)
    total = kept_of(order, own, inclusive=inclusive)
    return share_of(total, amounts[service.pk], sum(amounts.values()))


def kept_of(invoice: Invoice, lines: Collection[int], *, inclusive: bool) -> int:
    """What a client paid for lines of an invoice and did not get back: 0 unless it is paid.

    A credit note by amount counts on each line in proportion to what notes by line have left of it.
    """
    if invoice.status != Invoice.Status.PAID:
        return 0

    def money(net: int, tax: int) -> int:
        return net + tax if inclusive else net

    rows = InvoiceLine.objects.filter(invoice=invoice).values_list("pk", "amount", "tax_amount")
    left = {pk: money(net, tax) for pk, net, tax in rows}
    notes = CreditNoteLine.objects.filter(
        credit_note__invoice=invoice, credit_note__plan_change__isnull=True
    )
    by_line, by_amount = notes.filter(line__isnull=False), notes.filter(line__isnull=True)
    for line, net, tax in by_line.values_list("line_id", "amount", "tax_amount"):
        left[line] -= money(net, tax)
    spread = sum(money(*both) for both in by_amount.values_list("amount", "tax_amount"))
    own, whole = sum(left[pk] for pk in lines), sum(left.values())
    return max(0, own - (round_half_up(Fraction(spread * own, whole)) if whole else spread))
