"""Keeping what a month brought, once it has ended."""

from datetime import date

from django.db import transaction

from commerce.billing.models import RecurringMonth
from commerce.billing.reports.recurring import SOLD_BY_PERIOD, SoldByPeriod, months_of
from commerce.billing.reports.rules import last_months
from commerce.kit.periods import add_months

MONTHS_KEPT_AT_FIRST = 11
"""Months before the one that lasts that are worked out where none is kept yet."""


@transaction.atomic
def store_ended_months(today: date) -> int:
    """Work out the months that have ended since the last one that is kept; returns how many rows that made.

    Safe to repeat, also at the same moment.
    """
    return sum(_store_months(sold, today) for sold in SOLD_BY_PERIOD)


def _store_months(sold: SoldByPeriod, today: date) -> int:
    rows = RecurringMonth.objects.filter(kind=sold.name)
    last = rows.order_by("-month").values_list("month", flat=True).first()
    ended = last_months(add_months(today.replace(day=1), -1), MONTHS_KEPT_AT_FIRST)
    months = [month for month in ended if last is None or month > last]
    if not months:
        return 0
    made = [
        RecurringMonth(
            month=month,
            kind=sold.name,
            currency_id=code,
            start_amount=found.before.amount,
            start_count=found.before.count,
            end_amount=found.after.amount,
            end_count=found.after.count,
            movements={
                kind: [one.amount, one.count] for kind, one in found.movements.items() if one.count
            },
        )
        for month, by_currency in months_of(sold, months, today).items()
        for code, found in sorted(by_currency.items())
    ]
    RecurringMonth.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)
