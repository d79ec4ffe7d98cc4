"""What acts are given: all frozen."""

from dataclasses import dataclass
from datetime import date

from .arithmetic import TaxKey

OPEN = ("unpaid", "overdue")
LIVE = ("active", "suspended")


class Refused(Exception):
    """Nothing changed; the reason is the text."""


@dataclass(frozen=True)
class Tax:
    """How a line is taxed: category, rate in thousandths of a percent, and the seller's home rate (for rate 0)."""

    category: str = "S"
    rate: int = 0
    home: int = 0

    @property
    def key(self) -> TaxKey:
        """The tax group of a line."""
        return self.category, self.rate


@dataclass(frozen=True)
class Price:
    """The recurring price of one unit with its parts, as prices are (with or without tax)."""

    base: int
    options: tuple[int, ...] = ()
    group_discount: int = 0
    promo: int = 0

    @property
    def amount(self) -> int:
        """What a period costs."""
        return self.base + sum(self.options) - self.group_discount - self.promo


@dataclass(frozen=True)
class Target:
    """What a plan change leads to: product, cycle and price as `quote` gives them."""

    product: str
    cycle: str
    price: Price
    kind: str = "hosting"


@dataclass(frozen=True)
class PaidElsewhere:
    """What staff state that was paid elsewhere for an adopted service: a sum with tax, and its days."""

    amount: int
    start: date
    end: date
    reason: str = ""


@dataclass(frozen=True)
class OrderItem:
    """Some units of a product in an order; `promos` has one discount for each unit, or none."""

    units: tuple[str, ...]
    product: str
    cycle: str
    base: int
    options: tuple[int, ...] = ()
    setup: int = 0
    group_bp: int = 0
    promos: tuple[int, ...] = ()
    promo_recurring: bool = False
    kind: str = "hosting"
    tax: Tax | None = None


@dataclass(frozen=True)
class ManualLine:
    """A typed line of a manual invoice; it may name a service and days."""

    amount: int
    tax: Tax
    service: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class LegacyLine:
    """A line of a legacy document: its net and tax are facts; it may name a service and days."""

    net: int
    tax: int
    key: TaxKey
    service: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Settings:
    """Settings of the seller, and the readings that can be flipped (README, "Readings")."""

    inclusive: bool = False
    auto_apply_credit: bool = True
    consolidate: bool = True
    require_approval: bool = False
    enabled: bool = True
    advance_days: int = 7
    due_days: int = 14
    min_notice_days: int = 7
    bank_hold_days: int = 5
    cancel_unpaid_after_days: int = 30
    dunning: bool = False
    grace_days: int = 3
    termination_days: int = 14
    # readings
    given_days_stay_given: bool = False
    stated_days_are_billed: bool = True
    money_before_credit: bool = True
    symmetric_shares: bool = False
