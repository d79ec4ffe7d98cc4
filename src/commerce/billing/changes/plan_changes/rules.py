"""Figures of a plan change, and its states (billing.md 8, invariants.md 3).

Values in, values out; amounts are minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Self

from commerce.billing.invoices.credit_note_rules import (
    CreditedShare,
    RemainingShare,
    all_of,
    share_out,
)
from commerce.kit import periods
from commerce.kit.money import round_half_up


class PlanChangeStatus(StrEnum):
    """What became of a plan change."""

    PENDING = "pending"
    AWAITING_PAYMENT = "awaiting_payment"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


OPEN_PLAN_CHANGE_STATUSES = (PlanChangeStatus.PENDING, PlanChangeStatus.AWAITING_PAYMENT)

PLAN_CHANGE_MOVES = {
    PlanChangeStatus.PENDING: frozenset(
        {
            PlanChangeStatus.AWAITING_PAYMENT,
            PlanChangeStatus.APPLIED,
            PlanChangeStatus.REJECTED,
            PlanChangeStatus.WITHDRAWN,
            PlanChangeStatus.LAPSED,
        }
    ),
    PlanChangeStatus.AWAITING_PAYMENT: frozenset(
        {PlanChangeStatus.APPLIED, PlanChangeStatus.LAPSED, PlanChangeStatus.WITHDRAWN}
    ),
}


def credit_that_pays(balance: int, *, uses_credit: bool, paid_to_credit: int) -> int:
    """Credit that may pay for a change: all of the client's where it was ticked, else what money for it became."""
    return balance if uses_credit else min(balance, paid_to_credit)


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """What a change gives back, what it charges, and the difference, with tax: what a person saw, and confirms."""

    credit: int
    charge: int
    difference: int


@dataclass(frozen=True, slots=True)
class DecisionTotals(PlanTotals):
    """What staff saw before they decide: also what is left to pay once credit that may be used has paid."""

    due: int

    @property
    def key(self) -> str:
        """By which a page names it."""
        return f"{self.credit}:{self.charge}:{self.difference}:{self.due}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """What a page named. Raises ``ValueError``."""
        credit, charge, difference, due = map(int, key.split(":"))
        return cls(credit, charge, difference, due)

    def at_amount(self, amount: int) -> Self:
        """The same with another amount left to pay."""
        return replace(self, due=amount)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``start`` up to ``end``, not included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many; none where it ends before it begins."""
        return max((self.end - self.start).days, 0)

    def within(self, start: date, end: date) -> "DateRange":
        """Those of them from ``start`` up to ``end``."""
        return DateRange(max(self.start, start), min(self.end, end))


def periods_until_due(
    anchor: date, billing_cycle: str, next_due: date, today: date
) -> list[DateRange]:
    """The periods from the one that today lies in up to the next due date, in order; more than one if paid ahead.

    Those before an anchor that staff have set on a day to come are counted back from it.
    """
    number = periods.period_number(anchor, billing_cycle, next_due)
    found: list[DateRange] = []
    while True:
        number -= 1
        start = periods.period_start(anchor, billing_cycle, number)
        end = periods.period_start(anchor, billing_cycle, number + 1)
        if end <= today:
            break
        found.insert(0, DateRange(start, end))
    return found


@dataclass(frozen=True, slots=True)
class GivenDays:
    """Days that no document billed before a change charged more for them; ``amount`` is what their period cost then."""

    days: DateRange
    amount: int


def days_billed(days: DateRange, billed: Sequence[DateRange]) -> int:
    """How many of these days lie in one of the ``billed`` ranges, each counted once."""
    count, reached = 0, days.start
    for one in sorted(billed, key=lambda each: each.start):
        part = one.within(reached, days.end)
        count += part.days
        reached = max(reached, part.end)
    return count


def charge_for_days(
    period: DateRange,
    today: date,
    billed: Sequence[DateRange],
    given: Sequence[GivenDays] = (),
    *,
    old: int,
    new: int,
) -> int:
    """What a new amount costs for the rest of a period: in full for billed days, and for days that nobody billed what
    it exceeds the old amount by, or the amount at which they were ``given``. Rounded once.
    """
    left = period.within(today, period.end)
    full = free = 0
    for number in range(left.days):
        day = left.start + timedelta(days=number)
        level = next((one.amount for one in given if one.days.start <= day < one.days.end), None)
        if level is None and any(one.start <= day < one.end for one in billed):
            full += 1
        else:
            free += max(0, new - (old if level is None else level))
    return round_half_up(Fraction(new * full + free, period.days))


def free_days(
    left: DateRange, billed: Sequence[DateRange], given: Sequence[GivenDays]
) -> list[DateRange]:
    """Those of these days that no document bills and that were not given before, as ranges."""
    found: list[DateRange] = []
    known = [*billed, *(one.days for one in given)]
    for number in range(left.days):
        day = left.start + timedelta(days=number)
        if any(one.start <= day < one.end for one in known):
            continue
        if found and found[-1].end == day:
            found[-1] = DateRange(found[-1].start, day + timedelta(days=1))
        else:
            found.append(DateRange(day, day + timedelta(days=1)))
    return found


def give_back(
    shares: Sequence[RemainingShare],
    part: Fraction,
    rate_milli: int,
    *,
    prices_include_tax: bool,
    most: int | None = None,
) -> list[CreditedShare]:
    """What is given back of shares that one invoice has of one period and tax group: ``part`` of what is left of them,
    no more than is paid: ``most``.

    Rounded once: net, with its tax by the rate; where prices include tax, with tax, of which the rate leaves the net.
    No more of either than is left.
    """
    whole = sum(share.net for share in shares), sum(share.tax for share in shares)
    net, tax = _part_of(*whole, part, rate_milli, prices_include_tax=prices_include_tax)
    if most is not None and (excess := net + tax - most) > 0:
        net = max(net - excess, 0)
        tax = min(tax, most - net)
    if net <= 0:
        return []
    if (net, tax) == whole:
        return all_of(shares)
    return share_out(net, tax, shares)


def _part_of(
    net: int, tax: int, part: Fraction, rate_milli: int, *, prices_include_tax: bool
) -> tuple[int, int]:
    """Net and tax of a part of what is left; what takes all of the one takes all of the other."""
    rate = Fraction(rate_milli, 100_000)
    if prices_include_tax:
        gross = round_half_up((net + tax) * part)
        if gross == net + tax:
            return net, tax
        own_tax = max(min(gross - round_half_up(gross / (1 + rate)), tax), gross - net)
        return gross - own_tax, own_tax
    own = round_half_up(net * part)
    return (net, tax) if own == net else (own, min(round_half_up(own * rate), tax))


def last_day_to_pay(*, today: date, due_days: int, renewal_issued_on: date | None) -> date:
    """The last day of a request: it is due as an invoice, and ends on the day before the renewal is issued, if one is;
    not before today.
    """
    due = today + timedelta(days=due_days)
    if renewal_issued_on is None:
        return due
    return max(today, min(due, renewal_issued_on - timedelta(days=1)))


def last_day_with_transfer(
    *, last_day: date, today: date, hold_days: int, renewal_issued_on: date | None
) -> date:
    """The last day of a request of which a transfer was announced ``today``: so many days more, but no later than the
    day before the renewal is issued, and never earlier than it was.
    """
    held_to = today + timedelta(days=hold_days)
    if renewal_issued_on is not None:
        held_to = min(held_to, renewal_issued_on - timedelta(days=1))
    return max(last_day, held_to)
