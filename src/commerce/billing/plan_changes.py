"""Figures of a plan change, and the tables of what clients ask for (billing.md 8, invariants.md 3).

Values in, values out; amounts are minor units, before tax or with it, as the prices are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from commerce.kit import periods
from commerce.kit.money import round_half_up

PLAN_CHANGE_MOVES = {
    "pending": frozenset({"awaiting_payment", "applied", "rejected", "withdrawn"}),
    "awaiting_payment": frozenset({"applied", "lapsed", "withdrawn"}),
}
CANCELLATION_MOVES = {
    "pending": frozenset({"approved", "rejected", "withdrawn"}),
    "approved": frozenset({"done", "withdrawn"}),
}


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid period from ``start`` up to ``end``, not included, and what was paid for it; None if nobody knows.

    ``cost`` is what the service cost in it, if that was another price than today's.
    """

    start: date
    end: date
    amount: int | None = None
    cost: int | None = None

    def left(self, today: date) -> Fraction:
        """The share of its days that is left; the whole of a period that has not begun."""
        days = (self.end - max(self.start, today)).days
        return Fraction(max(days, 0), (self.end - self.start).days)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a change costs today: ``credit`` for what is unused, ``charge`` for the new part, and what is due when."""

    credit: int
    charge: int
    next_due_date: date

    @property
    def net(self) -> int:
        """Above 0 it is paid before the change; below 0 it becomes credit."""
        return self.charge - self.credit


def paid_periods(anchor: date, billing_cycle: str, next_due: date, today: date) -> list[Paid]:
    """The periods from the one that today lies in up to the next due date, in order; more than one if paid ahead.

    Those before an anchor that staff have set on a day to come are counted back from it.
    """
    number = periods.period_number(anchor, billing_cycle, next_due)
    found: list[Paid] = []
    while True:
        number -= 1
        start = periods.period_start(anchor, billing_cycle, number)
        end = periods.period_start(anchor, billing_cycle, number + 1)
        if end <= today:
            break
        found.insert(0, Paid(start, end))
    return found


def figures(
    *,
    old_amount: int,
    new_amount: int,
    paid: Sequence[Paid],
    next_due: date,
    today: date,
    new_cycle: str = "",
) -> Figures:
    """Credit and charge of a change today. ``new_cycle`` is empty when the cycle stays: then so does the due date.

    Credit for a period is never more than the part that is left of what was paid for it.
    """
    credit = sum(_unused(old_amount, period, today) for period in paid)
    if new_cycle:
        return Figures(credit, new_amount, periods.period_start(today, new_cycle, 1))
    charge = sum(round_half_up(new_amount * period.left(today)) for period in paid)
    return Figures(credit, charge, next_due)


def _unused(old_amount: int, period: Paid, today: date) -> int:
    cost = old_amount if period.cost is None else period.cost
    amount = cost if period.amount is None else min(cost, period.amount)
    return round_half_up(max(amount, 0) * period.left(today))


def share_of(total: int, own: int, all_amounts: int) -> int:
    """What one service of an order paid of a sum, in proportion to what each of them costs."""
    return round_half_up(Fraction(total * own, all_amounts)) if all_amounts else total


def lost(parts: Mapping[str, object], gone: Sequence[str]) -> list[str]:
    """What a change takes away, to be confirmed: options that the new product lacks, and a promo that recurs."""
    code = parts.get("promo_code") if parts.get("promo_discount") else ""
    return [*gone, *([str(code)] if code else [])]
