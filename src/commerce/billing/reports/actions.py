"""Keeping what a month brought: once it has ended, and before where too much changed to count it for each reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from commerce.billing.models import RecurringMonth, RecurringMovement
from commerce.billing.reports.recurring import (
    SOLD_BY_PERIOD,
    MonthOfRecurring,
    MovedRow,
    SoldByPeriod,
    months_of,
)
from commerce.billing.reports.recurring_months import (
    can_be_counted_now,
    first_open_month,
    shown_months,
)
from commerce.catalog.models import Currency
from commerce.db.locks import lock_name
from commerce.db.reads import one_snapshot
from commerce.site_settings import current

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    """What months of services, or of domains, brought."""

    sold: SoldByPeriod
    months: dict[date, dict[str, MonthOfRecurring]]
    moved: Sequence[tuple[date, MovedRow]]


def keep_recurring_months(at: datetime) -> int:
    """Work out the months that have ended since the last one that is kept; returns how many rows that made.

    The month that lasts, too, where it cannot be counted while a reader waits. Safe to repeat, also at the same moment:
    it reads one snapshot of the database, and writes what nobody has written meanwhile.
    """
    with one_snapshot():
        found = [_work_out(sold, current.business_date(at)) for sold in SOLD_BY_PERIOD]
    return sum(_store(worked, at) for worked in found)


def _work_out(sold: SoldByPeriod, today: date) -> _WorkedOut:
    first = first_open_month(sold, today)
    this_month = today.replace(day=1)
    months = [month for month in shown_months(today) if first <= month]
    if can_be_counted_now(sold, this_month):
        months.remove(this_month)
    moved: list[tuple[date, MovedRow]] = []
    found = months_of(sold, months, today, lambda *one: moved.append(one)) if months else {}
    return _WorkedOut(sold, found, moved)


@transaction.atomic
def _store(worked: _WorkedOut, at: datetime) -> int:
    lock_name("recurring months")
    today = current.business_date(at)
    first = first_open_month(worked.sold, today)
    kind, months = worked.sold.name, [month for month in worked.months if first <= month]
    if not months:
        return 0
    for model in (RecurringMovement, RecurringMonth):
        model._default_manager.filter(kind=kind, month__in=months).delete()
    made = [
        RecurringMonth(
            month=month,
            kind=kind,
            currency_id=code,
            start_amount=found.before.amount,
            start_count=found.before.count,
            end_amount=found.after.amount,
            end_count=found.after.count,
            movements={
                kind: [one.amount, one.count] for kind, one in found.movements.items() if one.count
            },
            worked_out_at=at,
            has_ended=month < today.replace(day=1),
        )
        for month in months
        for code, found in sorted(worked.months[month].items() or _nothing(month, months, today))
    ]
    RecurringMonth.objects.bulk_create(made)
    moved = [(month, one) for month, one in worked.moved if month in months]
    _store_moved(worked.sold, moved)
    return len(made)


def _nothing(
    month: date, months: Sequence[date], today: date
) -> Sequence[tuple[str, MonthOfRecurring]]:
    """A row that says that nothing recurred: without one, months that are known would be worked out for ever."""
    has_ended = [one for one in months if one < today.replace(day=1)]
    if month < max(has_ended, default=month):
        return []
    codes = Currency.objects.filter(is_default=True).values_list("code", flat=True)
    return [(code, MonthOfRecurring()) for code in codes]


def _store_moved(sold: SoldByPeriod, moved: Sequence[tuple[date, MovedRow]]) -> None:
    rows = (
        RecurringMovement(
            month=month,
            kind=sold.name,
            movement=one.kind,
            currency_id=one.currency_code,
            record_id=one.pk,
            before_amount=one.before,
            after_amount=one.after,
        )
        for month, one in moved
    )
    RecurringMovement.objects.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
