"""What the books hold: records that change with the acts."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from .arithmetic import TaxKey
from .inputs import PaidElsewhere, Price, Target, Tax


@dataclass
class Part:
    """A unit's part of a line, for its days, and what notes took of it."""

    unit: str
    net: int
    tax: int
    start: date | None = None
    end: date | None = None
    given_from: date | None = None
    noted_net: int = 0
    noted_tax: int = 0

    @property
    def net_left(self) -> int:
        """Net after notes."""
        return self.net - self.noted_net

    @property
    def tax_left(self) -> int:
        """Tax after notes."""
        return self.tax - self.noted_tax


@dataclass
class Line:
    """A line of an invoice; `block` ties an item with its options and discounts."""

    number: int
    kind: str
    net: int
    tax: int
    key: TaxKey
    block: int
    parts: list[Part] = field(default_factory=list)
    noted_net: int = 0
    noted_tax: int = 0

    @property
    def net_left(self) -> int:
        """Net after notes."""
        return self.net - self.noted_net

    @property
    def tax_left(self) -> int:
        """Tax after notes."""
        return self.tax - self.noted_tax

    @property
    def left(self) -> int:
        """Gross after notes."""
        return self.net_left + self.tax_left


@dataclass(frozen=True)
class Entry:
    """A settlement entry: kind, signed amount, source."""

    kind: str
    amount: int
    source: str


@dataclass
class Invoice:
    """An issued invoice with its settlement entries."""

    number: int
    client: str
    kind: str
    day: date
    due: date
    inclusive: bool
    lines: list[Line]
    status: str = "unpaid"
    overdue_on: date | None = None
    hold_until: date | None = None
    entries: list[Entry] = field(default_factory=list)
    request: str | None = None
    legacy: bool = False

    @property
    def total(self) -> int:
        """Net and tax of all lines."""
        return sum(line.net + line.tax for line in self.lines)

    @property
    def noted(self) -> int:
        """What credit notes took."""
        return sum(entry.amount for entry in self.entries if entry.kind == "credit_note")

    @property
    def amount_due(self) -> int:
        """Total less all settlement entries."""
        return self.total - sum(entry.amount for entry in self.entries)

    @property
    def held(self) -> int:
        """Money that is still on the invoice: total less notes less what is due."""
        return self.total - self.noted - self.amount_due

    @property
    def credit_kept(self) -> int:
        """Applied credit that is still on the invoice: notes set it free before money (reading 24)."""
        kept = 0
        for entry in self.entries:
            if entry.kind == "credit" or entry.source.startswith("row "):
                kept += entry.amount
            elif entry.kind == "to_credit" and entry.source.startswith("note "):
                kept = max(0, kept + entry.amount)
        return kept

    @property
    def paid_share(self) -> Fraction:
        """As far as the invoice is paid (reading 5)."""
        whole = self.total - self.noted
        return Fraction(self.held, whole) if whole else Fraction(0)

    def units(self) -> set[str]:
        """The units that its lines are for."""
        return {part.unit for line in self.lines for part in line.parts}


@dataclass(frozen=True)
class NoteLine:
    """A line of a document: line number of the invoice, unit, net, tax, category, rate."""

    line: int
    unit: str | None
    net: int
    tax: int
    category: str
    rate: int


@dataclass(frozen=True)
class Note:
    """A credit note; that of a plan change says from which day it gives days back."""

    number: int
    invoice: int
    day: date
    kind: str
    lines: tuple[NoteLine, ...]
    given_from: date | None = None

    @property
    def net(self) -> int:
        """Net of all lines."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Tax of all lines."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """Net and tax."""
        return self.net + self.tax


@dataclass
class LedgerRow:
    """A signed row of a client's credit; `reversed` is what chargebacks undid of an `applied` one."""

    sequence: int
    client: str
    reason: str
    amount: int
    source: str
    day: date
    invoice: int | None = None
    reversed: int = 0


@dataclass
class Refund:
    """Money of a payment that went back for an invoice, by its way."""

    key: str
    payment: str
    invoice: int
    amount: int
    way: str
    failed: bool = False


@dataclass
class Payment:
    """Money that reached us: shares on invoices, and what became credit."""

    key: str
    client: str
    amount: int
    day: date
    rows_before: int = 0
    """Rows that the ledger had when it came: what became credit before is other money."""
    state: str = "completed"
    shares: dict[int, int] = field(default_factory=dict)
    named: tuple[int, ...] = ()
    credit_rows: list[int] = field(default_factory=list)
    request: str | None = None
    paid_back: int = 0
    top_up_refunded: int = 0
    taken: int = 0
    undone: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass
class Period:
    """A billed period of a service."""

    service: str
    start: date
    end: date
    state: str
    invoice: int | None


@dataclass(frozen=True)
class GivenDays:
    """Days that no document billed before a change charged for them, and the amount they were worth."""

    start: date
    end: date
    level: int


@dataclass
class Service:
    """One unit sold."""

    key: str
    client: str
    product: str
    cycle: str
    price: Price
    kind: str
    state: str = "pending"
    anchor: date | None = None
    next_due: date | None = None
    ends_on: date | None = None
    suspended_on: date | None = None
    elsewhere: PaidElsewhere | None = None
    stated_for: str = ""
    given: list[GivenDays] = field(default_factory=list)
    begun: date | None = None


@dataclass
class Request:
    """A plan change that was asked for."""

    key: str
    service: str
    client: str
    target: Target
    tax: Tax
    day: date
    use_credit: bool
    last_day: date
    difference: int
    state: str = "pending"
    own_credit: int = 0
    invoice: int | None = None
    notes: list[int] = field(default_factory=list)
    credit_row: int = 0
    released: list[date] = field(default_factory=list)


@dataclass
class Client:
    """Who is billed, how each kind of product is taxed for them today, and into whom they were merged."""

    key: str
    taxes: dict[str, Tax]
    merged_into: str | None = None


@dataclass
class Todo:
    """What a chargeback took and nothing could give: for staff."""

    client: str
    payment: str
    amount: int
