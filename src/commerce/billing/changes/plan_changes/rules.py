"""Figures of a plan change, and its states (billing.md 8, invariants.md 3).

Values in, values out; amounts are minor units, before tax or with it, as the prices are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from commerce.kit import periods


class PlanChangeStatus(StrEnum):
    """What became of a plan change."""

    PENDING = "pending"
    AWAITING_PAYMENT = "awaiting_payment"
    APPLIED = "applied"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


PLAN_CHANGE_MOVES = {
    PlanChangeStatus.PENDING: frozenset(
        {
            PlanChangeStatus.AWAITING_PAYMENT,
            PlanChangeStatus.APPLIED,
            PlanChangeStatus.REJECTED,
            PlanChangeStatus.WITHDRAWN,
        }
    ),
    PlanChangeStatus.AWAITING_PAYMENT: frozenset(
        {PlanChangeStatus.APPLIED, PlanChangeStatus.LAPSED, PlanChangeStatus.WITHDRAWN}
    ),
}


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from ``start`` up to ``end``, not included."""

    start: date
    end: date

    def share_left(self, today: date) -> Fraction:
        """The share of them that is left; the whole of days that have not begun."""
        days = (self.end - max(self.start, today)).days
        return Fraction(max(days, 0), (self.end - self.start).days)


@dataclass(frozen=True, slots=True)
class PlanChangeFigures:
    """What a change costs today: ``credit`` for what is unused, ``charge`` for the new part, and what is due when.

    Both as the prices are: before tax, or with the tax that this client pays.
    """

    credit: int
    charge: int
    next_due_date: date

    @property
    def net(self) -> int:
        """Above 0 it is paid before the change; below 0 it becomes credit."""
        return self.charge - self.credit


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


def options_and_promo_lost(parts: Mapping[str, object], gone: Sequence[str]) -> list[str]:
    """What a change takes away, to be confirmed: options that the new product lacks, and a promo that recurs."""
    code = parts.get("promo_code") if parts.get("promo_discount") else ""
    return [*gone, *([str(code)] if code else [])]
