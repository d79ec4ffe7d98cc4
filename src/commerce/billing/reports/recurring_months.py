"""The recurring revenue of months: those that have ended as they are kept, and the others as the books say now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Max

from commerce.billing.models import RecurringMonth
from commerce.billing.reports.recurring import (
    SOLD_BY_PERIOD,
    MonthOfRecurring,
    RecurringRevenue,
    months_of,
    recurring_today,
)
from commerce.billing.reports.rules import MovementKind

type RecurringByMonth = dict[tuple[date, str], dict[str, MonthOfRecurring]]
"""By the first day of a month and what is sold, then by currency."""


def recurring_by_month(months: Sequence[date], today: date) -> RecurringByMonth:
    """What each of these months brought; the one that lasts, until now."""
    found = _kept(months)
    kept = RecurringMonth.objects.order_by().values_list("kind")
    last = dict(kept.annotate(last=Max("month")).values_list("kind", "last"))
    for sold in SOLD_BY_PERIOD:
        others = [month for month in months if sold.name not in last or month > last[sold.name]]
        for month, of_month in months_of(sold, others, today).items() if others else ():
            found[month, sold.name] = of_month
    return found


def _kept(months: Iterable[date]) -> RecurringByMonth:
    found: RecurringByMonth = defaultdict(dict)
    for row in RecurringMonth.objects.filter(month__in=list(months)):
        found[row.month, row.kind][row.currency_id] = MonthOfRecurring(
            RecurringRevenue(row.start_amount, row.start_count),
            RecurringRevenue(row.end_amount, row.end_count),
            {kind: RecurringRevenue(*row.movements.get(kind, (0, 0))) for kind in MovementKind},
        )
    return found


def recurring_at_ends(
    months: Sequence[date], today: date, currency_code: str
) -> dict[date, dict[str, int]]:
    """What there was in one currency at the end of each month that is kept, and is today, by what is sold."""
    found: defaultdict[date, dict[str, int]] = defaultdict(dict)
    rows = RecurringMonth.objects.filter(month__in=list(months), currency=currency_code)
    for month, kind, amount in rows.order_by("month").values_list("month", "kind", "end_amount"):
        found[month][kind] = amount
    for sold in SOLD_BY_PERIOD:
        now = recurring_today(sold, today).get(currency_code, RecurringRevenue())
        found[today.replace(day=1)][sold.name] = now.amount
    return dict(found)
