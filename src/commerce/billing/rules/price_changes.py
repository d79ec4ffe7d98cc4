"""When a new price counts, and what becomes of one that is announced already (catalog-and-orders.md 3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

PRICE_CHANGE_MOVES = {"planned": frozenset({"applied", "dropped"})}


class Verdict(Enum):
    """What a re-price does with one service or domain."""

    PLAN = auto()
    """It gets the new price; one that was announced before is dropped."""
    DROP = auto()
    """The catalogue is back at what it costs: what was announced does not come."""
    SAME = auto()
    """It costs that already."""
    ANNOUNCED = auto()
    """That very price is announced."""
    PROMISED = auto()
    """A lower price is announced for an earlier day than the new one can count from: the client gets it first."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A price that its client was told of, and the day from which it counts."""

    amount: int
    from_date: date


def first_day(
    due: date, following: Callable[[date], date], *, claimed: Collection[date], earliest: date
) -> date:
    """Start of the first period from ``due`` on that no invoice claims and that starts on ``earliest`` or later.

    ``following`` gives the start of the period after the one that starts on a day.
    """
    while due < earliest or due in claimed:
        due = following(due)
    return due


def verdict(*, now: int, new: int, from_date: date, announced: Announced | None) -> Verdict:
    """What to do with one that costs ``now`` and would cost ``new`` from a day on, in minor units."""
    if announced is None:
        return Verdict.SAME if new == now else Verdict.PLAN
    if announced.amount == new:
        return Verdict.ANNOUNCED
    if announced.amount < now and announced.from_date < from_date:
        return Verdict.PROMISED
    return Verdict.DROP if new == now else Verdict.PLAN
