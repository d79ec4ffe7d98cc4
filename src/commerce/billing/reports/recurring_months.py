"""The recurring revenue of months: those that have ended as they are kept, and the others as the books say now, or as
they were last worked out where that would take too long."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from commerce.billing.models import RecurringMonth, RecurringMovement
from commerce.billing.reports.recurring import (
    SOLD_BY_PERIOD,
    MonthOfRecurring,
    MovedRow,
    RecurringRevenue,
    SoldByPeriod,
    entries_since,
    months_of,
    recurring_today,
)
from commerce.billing.reports.rules import MovementKind, last_months

MONTHS_SHOWN = 12
MOST_COUNTED_NOW = 2000
"""Changes since a month began that are counted while a reader waits; 0.1 s of the processor."""

type RecurringByMonth = dict[tuple[date, str], dict[str, MonthOfRecurring]]
"""By the first day of a month and what is sold, then by currency."""


@dataclass(frozen=True, slots=True)
class RecurringMonths:
    """What is known of the months of a report: ``worked_out_at`` is of the oldest figures of the month that lasts, none
    where they are of now; ``is_missing``: of some months nothing is known yet.
    """

    found: RecurringByMonth
    worked_out_at: datetime | None = None
    is_missing: bool = False


def shown_months(today: date) -> list[date]:
    """The months that reports have, by their first days; the last one lasts."""
    return last_months(today, MONTHS_SHOWN)


def first_open_month(sold: SoldByPeriod, today: date) -> date:
    """The first month of reports that is not kept to its end."""
    rows = RecurringMonth.objects.filter(kind=sold.name, has_ended=True)
    last = rows.order_by("-month").values_list("month", flat=True).first()
    open_months = (month for month in shown_months(today) if last is None or month > last)
    return next(open_months, today.replace(day=1))


def can_be_counted_now(sold: SoldByPeriod, first: date) -> bool:
    """Whether so little changed since this month began that a reader can wait for its figures."""
    some = entries_since(sold, first).order_by()[: MOST_COUNTED_NOW + 1]
    return some.count() <= MOST_COUNTED_NOW


def recurring_by_month(today: date) -> RecurringMonths:
    """What each of ``shown_months`` brought; the one that lasts, until now, or until it was last worked out."""
    months = shown_months(today)
    rows = list(RecurringMonth.objects.filter(month__in=months))
    found = _kept(rows)
    worked_out, is_missing = [], False
    for sold in SOLD_BY_PERIOD:
        first = first_open_month(sold, today)
        if can_be_counted_now(sold, first):
            still = [month for month in months if first <= month]
            for month, of_month in months_of(sold, still, today).items():
                found[month, sold.name] = of_month
            continue
        instants = [
            row.worked_out_at
            for row in rows
            if row.kind == sold.name and row.month == months[-1] and row.worked_out_at
        ]
        worked_out += instants
        is_missing |= first < months[-1] or not instants
    return RecurringMonths(found, min(worked_out, default=None), is_missing)


def _kept(rows: Iterable[RecurringMonth]) -> RecurringByMonth:
    found: RecurringByMonth = defaultdict(dict)
    for row in rows:
        one = MonthOfRecurring(
            RecurringRevenue(row.start_amount, row.start_count),
            RecurringRevenue(row.end_amount, row.end_count),
            {kind: RecurringRevenue(*row.movements.get(kind, (0, 0))) for kind in MovementKind},
        )
        if not one.is_empty:
            found[row.month, row.kind][row.currency_id] = one
    return found


def moved_in_month(
    sold: SoldByPeriod,
    month: date,
    kind: MovementKind,
    currency_code: str,
    *,
    today: date,
    most: int | None,
) -> list[MovedRow]:
    """So many services or domains of one movement, by id: as they were kept, or as the books say now."""
    first = first_open_month(sold, today)
    if month >= first and can_be_counted_now(sold, first):
        told: list[MovedRow] = []
        months_of(sold, [month], today, lambda _month, one: told.append(one))
        asked = kind, currency_code
        return [one for one in told if (one.kind, one.currency_code) == asked][:most]
    rows = RecurringMovement.objects.filter(
        month=month, kind=sold.name, movement=kind, currency=currency_code
    )
    columns = ("record_id", "currency_id", "movement", "before_amount", "after_amount")
    return [
        MovedRow(pk, code, MovementKind(how), *amounts)
        for pk, code, how, *amounts in rows.order_by("record_id").values_list(*columns)[:most]
    ]


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
