"""When a new price counts, and what becomes of one that is announced already (catalog-and-orders.md 3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto


class PriceChangeStatus(StrEnum):
    """What became of an announced price."""

    PLANNED = "planned"
    APPLIED = "applied"
    DROPPED = "dropped"


PRICE_CHANGE_MOVES = {
    PriceChangeStatus.PLANNED: frozenset({PriceChangeStatus.APPLIED, PriceChangeStatus.DROPPED})
}


class RepricingDecision(Enum):
    """What a re-price does with one service or domain."""

    PLAN = auto()
    """It gets the new price; one that was announced before is dropped."""
    DROP = auto()
    """The catalog is back at what it costs: what was announced does not come."""
    SAME = auto()
    """It costs that already."""
    ANNOUNCED = auto()
    """That very price is announced."""
    PROMISED = auto()
    """A lower price is announced for an earlier day than the new one can count from: the client gets it first."""


@dataclass(frozen=True, slots=True)
class AnnouncedPrice:
    """A price that its client was told of, and the day from which it counts."""

    amount: int
    from_date: date


def first_price_day(
    due: date,
    next_start: Callable[[date], date],
    *,
    billed_starts: Collection[date],
    earliest: date,
) -> date:
    """Start of the first period from ``due`` on that no invoice bills and that starts on ``earliest`` or later.

    ``next_start`` gives the start of the period after the one that starts on a day.
    """
    while due < earliest or due in billed_starts:
        due = next_start(due)
    return due


def decide_repricing(
    *, now: int, new: int, from_date: date, announced: AnnouncedPrice | None
) -> RepricingDecision:
    """What to do with one that costs ``now`` and would cost ``new`` from a day on, in minor units."""
    if announced is None:
        return RepricingDecision.SAME if new == now else RepricingDecision.PLAN
    if announced.amount == new:
        return RepricingDecision.ANNOUNCED
    if announced.amount < now and announced.from_date < from_date:
        return RepricingDecision.PROMISED
    return RepricingDecision.DROP if new == now else RepricingDecision.PLAN
