"""Days of an invoice: due, reminded, and what being late leads to (billing.md 2 and 8)."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from commerce.kit.errors import Refused

NOTICE_DAYS = 3
"""A suspended service ends that long after the mail that says so at the earliest."""


def due_date(
    *,
    issued_on: date,
    due_days: int,
    min_notice_days: int,
    period_start: date | None = None,
    expiry: date | None = None,
    typed: date | None = None,
) -> date:
    """Last day on which an invoice is on time (billing.md 2).

    ``period_start`` is the next due date of a service renewal, ``expiry`` that of a domain renewal, which wins over the
    notice; ``typed`` is what staff chose for a manual invoice. Raises ``Refused`` for a typed day before the issue day.
    """
    if typed is not None:
        if typed < issued_on:
            raise Refused("The due date must not be before the issue date.", field="due_date")
        return typed
    due = (period_start or issued_on) + timedelta(days=due_days)
    due = max(due, issued_on + timedelta(days=min_notice_days))
    if expiry is not None:
        due = max(min(due, expiry - timedelta(days=1)), issued_on)
    return due


def reminder_step(
    *, due: date, steps: Sequence[int], done: Collection[int], day: date
) -> tuple[int | None, list[int]]:
    """The reminder that is due on a day, and those before it that are skipped; none twice, none after a later one.

    ``steps`` are days from the due date, ``done`` those that were sent or skipped (billing.md 8).
    """
    last = max(done, default=None)
    passed = sorted(
        step
        for step in set(steps)
        if due + timedelta(days=step) <= day and (last is None or step > last)
    )
    return (passed[-1], passed[:-1]) if passed else (None, [])


def suspends(*, due: date, overdue_on: date, grace: int, day: date) -> bool:
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
    return suspended_on + timedelta(days=days - NOTICE_DAYS)


def termination_day(*, suspended_on: date, days: int, told_on: date) -> date:
    """When a suspended service ends: ``days`` later, and never within 3 days of the notice."""
    return max(suspended_on + timedelta(days=days), told_on + timedelta(days=NOTICE_DAYS))
