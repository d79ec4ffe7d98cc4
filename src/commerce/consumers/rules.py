"""Kinds and states of consumers' statements, and the days that the law counts (support-and-content.md 9)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from commerce.kit.periods import add_months


class StatementKind(StrEnum):
    """What a consumer states."""

    WITHDRAWAL = "withdrawal"
    ENDING = "ending"


class EndingKind(StrEnum):
    """How a contract is ended: by its notice, or at once for a cause that the consumer names."""

    ORDINARY = "ordinary"
    FOR_CAUSE = "for_cause"


class StatementChannel(StrEnum):
    """How a statement reached us."""

    PAGE = "page"
    SIGNED_IN = "signed_in"
    STAFF = "staff"


class StatementStatus(StrEnum):
    """What became of a statement."""

    RECEIVED = "received"
    CARRIED_OUT = "carried_out"
    ANSWERED = "answered"


STATEMENT_MOVES = {
    StatementStatus.RECEIVED: frozenset({StatementStatus.CARRIED_OUT, StatementStatus.ANSWERED}),
}

MONTHS_WITHOUT_INSTRUCTION = 12
"""So much longer one may withdraw where the instruction was missing (Directive 2011/83/EU, Art. 10)."""


def next_working_day(day: date) -> date:
    """The first day after this one that is neither a Saturday nor a Sunday."""
    day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


@dataclass(frozen=True, slots=True)
class WithdrawalPeriod:
    """From which day one may withdraw: that of the contract, and of the instruction, if it came."""

    contract_on: date
    instructed_on: date | None
    days: int

    @property
    def last_day(self) -> date:
        """The last day on which a withdrawal is in time; one that falls on a weekend moves to the next working day.

        Days are counted from the day after (Regulation (EEC) 1182/71, Art. 3).
        """
        ordinary = self.contract_on + timedelta(days=self.days)
        without = add_months(ordinary, MONTHS_WITHOUT_INSTRUCTION)
        last = without
        if self.instructed_on is not None:
            from_instruction = self.instructed_on + timedelta(days=self.days)
            last = min(without, max(ordinary, from_instruction))
        return next_working_day(last) if last.weekday() >= 5 else last


@dataclass(frozen=True, slots=True)
class RunningContract:
    """What the end of a contract depends on: when its first term ends, and the first day that is not paid.

    Both are None for a contract without periods, or one that did not begin.
    """

    first_term_end: date | None
    paid_until: date | None


def ending_day(
    contract: RunningContract,
    *,
    stated_on: date,
    months: int,
    kind: EndingKind,
    wished_on: date | None = None,
) -> date:
    """The first day on which an ended contract is over.

    For cause on the day of the statement. Otherwise with the first term; a contract that renewed itself with what is
    paid, or ``months`` after the statement, whichever comes first. A later day that was wished counts.
    """
    earliest = stated_on
    if kind == EndingKind.ORDINARY and contract.paid_until is not None:
        first_term_end = contract.first_term_end or contract.paid_until
        if stated_on < first_term_end:
            earliest = min(first_term_end, contract.paid_until)
        else:
            earliest = min(contract.paid_until, add_months(stated_on, months))
    return max(earliest, stated_on, wished_on or stated_on)
