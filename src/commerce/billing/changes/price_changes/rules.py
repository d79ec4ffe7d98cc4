"""When a new price counts, and what becomes of one that is announced already (catalog-and-orders.md 3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto
from fractions import Fraction

from commerce.kit.money import round_half_up


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
class NewPrices:
    """What prices become: those of the catalog, unless what is paid changes by a ``percent``, in basis points, or by an
    ``amount``, in minor units for each renewal; from the first period that starts on ``not_before`` or later.
    """

    percent: int = 0
    amount: int = 0
    not_before: date | None = None

    @property
    def are_of_catalog(self) -> bool:
        return not (self.percent or self.amount)

    def changed(self, amount: int) -> int:
        """An amount with the percentage, in minor units."""
        return round_half_up(Fraction(amount * (10_000 + self.percent), 10_000))


CATALOG_PRICES = NewPrices()


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
