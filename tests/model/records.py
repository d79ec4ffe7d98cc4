"""What the model's books are made of: plans, units and what they paid, bills with their notes, and deals."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tests.model.arithmetic import AmountToTax, TaxKey, proportional, start_of

type SumsByTax = dict[TaxKey, list[int]]
"""Net and tax by (category, rate)."""


@dataclass(eq=False)
class Plan:
    """A product: price and setup fee by cycle, and the price of its option by value and cycle."""

    name: str
    kind: str
    prices: dict[str, tuple[int, int]]
    option: dict[str, dict[str, int]]

    def added(self, value: str, cycle: str) -> int:
        return self.option.get(value, {}).get(cycle, 0)


@dataclass(eq=False)
class Row:
    """A line of a bill: whose it is, what for, and its net and tax. ``units`` are its weights for several units."""

    units: list[tuple["Unit", int]]
    key: TaxKey
    net: int
    tax: int


@dataclass(eq=False)
class Bill:
    """An invoice with its notes."""

    kind: str
    rows: list[Row]
    issued: date
    lapses_after: date | None = None
    status: str = "unpaid"
    applied: int = 0
    notes: list[SumsByTax] = field(default_factory=list)
    own: dict["Unit", SumsByTax] = field(default_factory=dict)
    periods: list["Period"] = field(default_factory=list)
    deal: "ChangeOffer | None" = None

    def __post_init__(self) -> None:
        for row in self.rows:
            nets = proportional(row.net, [weight for _, weight in row.units]) if row.units else []
            taxes = proportional(row.tax, [weight for _, weight in row.units]) if row.units else []
            for (unit, _), net, tax in zip(row.units, nets, taxes, strict=True):
                sums = self.own.setdefault(unit, {}).setdefault(row.key, [0, 0])
                sums[0] += net
                sums[1] += tax

    @property
    def groups(self) -> SumsByTax:
        return summed((row.key, row.net, row.tax) for row in self.rows)

    @property
    def total(self) -> int:
        return sum(row.net + row.tax for row in self.rows)

    @property
    def credited(self) -> int:
        return sum(net + tax for note in self.notes for net, tax in note.values())


@dataclass(eq=False)
class Period:
    """A billed period."""

    unit: "Unit"
    start: date
    end: date
    state: str


@dataclass(eq=False)
class Span:
    """Days that a unit has paid for: what it paid, how that was taxed, and the bills that paid for it."""

    start: date
    end: date
    value: int
    key: TaxKey
    bills: list[Bill]


@dataclass(eq=False)
class Unit:
    """One service."""

    plan: Plan
    cycle: str
    base: int
    value: str
    extra: int
    total_group_discount: int
    total_promo_discount: int
    code: str = ""
    anchor: date = date.min
    due: date = date.min
    spans: list[Span] = field(default_factory=list)
    covered: list[tuple[date, date]] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    running: bool = False
    asked: "ChangeOffer | None" = None

    @property
    def amount(self) -> int:
        return self.base + self.extra - self.total_group_discount - self.total_promo_discount

    @property
    def is_billed(self) -> bool:
        """One billed period at most is open."""
        return any(one.state == "open" for one in self.periods)

    def move(self) -> tuple[date, date]:
        """The period that is due, and the one after it: always counted from the anchor."""
        number = 0
        while start_of(self.anchor, self.cycle, number) < self.due:
            number += 1
        return self.due, start_of(self.anchor, self.cycle, number + 1)


@dataclass(eq=False)
class ChangeOffer:
    """What a plan change costs: as it is shown, and what it makes."""

    unit: Unit
    plan: Plan
    cycle: str
    credit: int
    charge: int
    total: int
    base: int
    extra: int
    total_group_discount: int
    day: date
    key: TaxKey
    values: list[tuple[date, date, int]]
    rows: list[AmountToTax]
    notes: list[tuple[Bill, SumsByTax]]
    bills: list[Bill]
    apart: bool
    bill: Bill | None = None


@dataclass(frozen=True)
class OrderedItem:
    """What is ordered: ``qty`` of a plan, or a name at a price."""

    plan: Plan | None
    cycle: str = ""
    qty: int = 1
    value: str = ""
    price: int = 0


@dataclass(frozen=True)
class Code:
    """A promo code for products: percent (basis points) or fixed, of the first invoice or of each."""

    code: str
    percent: int = 0
    fixed: int = 0
    recurring: bool = False


def summed(rows: Iterable[tuple[TaxKey, int, int]]) -> SumsByTax:
    found: SumsByTax = {}
    for key, net, tax in rows:
        sums = found.setdefault(key, [0, 0])
        sums[0] += net
        sums[1] += tax
    return found


def gross_of(notes: Iterable[tuple[Bill, SumsByTax]]) -> int:
    return sum(net + tax for _, note in notes for net, tax in note.values())
