"""A period: its states, and what being late leads to (billing.md 3 and 8, invariants.md 3)."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from enum import StrEnum


class ReminderStatus(StrEnum):
    """Whether a reminder went out."""

    SENT = "sent"
    SKIPPED = "skipped"


class BilledPeriodStatus(StrEnum):
    """What became of a period that an invoice bills."""

    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"
    RELEASED = "released"


BILLED_PERIOD_MOVES = {
    BilledPeriodStatus.OPEN: frozenset(
        {BilledPeriodStatus.PAID, BilledPeriodStatus.WAIVED, BilledPeriodStatus.RELEASED}
    )
}

PERIOD_RELEASE_MOVES = {
    BilledPeriodStatus.PAID: frozenset({BilledPeriodStatus.RELEASED}),
    BilledPeriodStatus.WAIVED: frozenset({BilledPeriodStatus.RELEASED}),
}
"""What a plan change with another cycle does with the periods that it gives back, and a paid renewal that is not done.
"""

TERMINATION_NOTICE_DAYS = 3
"""A suspended service ends that long after the mail that says so at the earliest."""


def reminder_step(
    *, due: date, steps: Sequence[int], done_steps: Collection[int], day: date
) -> tuple[int | None, list[int]]:
    """The reminder that is due on a day, and those before it that are skipped; none twice, none after a later one.

    ``steps`` are days from the due date, ``done_steps`` those that were sent or skipped (billing.md 8).
    """
    last = max(done_steps, default=None)
    passed = sorted(
        step
        for step in set(steps)
        if due + timedelta(days=step) <= day and (last is None or step > last)
    )
    return (passed[-1], passed[:-1]) if passed else (None, [])


def suspends_on(*, due: date, overdue_on: date, grace: int, day: date) -> bool:
    """Whether an overdue invoice suspends its services on a day: past its grace, its owner told that it is late."""
    return suspends_from(due=due, overdue_on=overdue_on, grace=grace) <= day


def suspends_from(
    *, due: date, overdue_on: date, grace: int, held_until: date | None = None
) -> date:
    """The first day on which an overdue invoice suspends its services (billing.md 8).

    Never on the day that it became overdue, unless grace is below 2 days, and not before a hold is over.
    """
    days = [due + timedelta(days=grace)]
    if grace >= 2:
        days.append(overdue_on + timedelta(days=1))
    if held_until is not None:
        days.append(held_until + timedelta(days=1))
    return max(days)


def termination_warning_day(*, suspended_on: date, days: int) -> date:
    """When the client is told that a suspended service will end: 3 days before."""
    return suspended_on + timedelta(days=days - TERMINATION_NOTICE_DAYS)


def termination_day(*, suspended_on: date, days: int, notified_on: date) -> date:
    """When a suspended service ends: ``days`` later, and never within 3 days of the notice."""
    return max(
        suspended_on + timedelta(days=days), notified_on + timedelta(days=TERMINATION_NOTICE_DAYS)
    )
