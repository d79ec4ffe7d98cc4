"""Frozen pictures of the books, for a driver to compare."""

from dataclasses import dataclass
from datetime import date

from .inputs import Price
from .records import Note, NoteLine


@dataclass(frozen=True)
class InvoiceView:
    """An invoice: a line of several units has one row for each."""

    number: int
    client: str
    kind: str
    day: date
    due: date
    status: str
    net: int
    tax: int
    total: int
    amount_due: int
    lines: tuple[NoteLine, ...]
    entries: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ServiceView:
    """A service: what it is, what it costs, and when."""

    key: str
    client: str
    product: str
    cycle: str
    price: Price
    amount: int
    state: str
    anchor: date | None
    next_due: date | None


@dataclass(frozen=True)
class LedgerView:
    """A row of credit."""

    reason: str
    amount: int


@dataclass(frozen=True)
class ClientView:
    """A client's credit with its rows."""

    key: str
    balance: int
    ledger: tuple[LedgerView, ...]
    todos: int


@dataclass(frozen=True)
class PaymentView:
    """A payment: state, shares on invoices, what went back."""

    key: str
    amount: int
    state: str
    shares: tuple[tuple[int, int], ...]
    refunded: int
    paid_back: int


@dataclass(frozen=True)
class PeriodView:
    """A billed period."""

    service: str
    start: date
    end: date
    state: str
    invoice: int | None


@dataclass(frozen=True)
class NoteFigure:
    """What a change gives back on one invoice."""

    invoice: int
    lines: tuple[NoteLine, ...]
    given_from: date

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


@dataclass(frozen=True)
class ChargeFigure:
    """A line that a change charges, for its days."""

    net: int
    tax: int
    category: str
    rate: int
    start: date
    end: date | None
    amount: int


@dataclass(frozen=True)
class Figures:
    """A plan change on a day: notes, sum paid elsewhere, charge lines."""

    day: date
    counted_from: date
    notes: tuple[NoteFigure, ...]
    elsewhere: int
    lines: tuple[ChargeFigure, ...]
    amount: int

    @property
    def unused(self) -> int:
        """What is given back, with tax."""
        return sum(note.total for note in self.notes) + self.elsewhere

    @property
    def charge(self) -> int:
        """What is charged, with tax."""
        return sum(line.net + line.tax for line in self.lines)

    @property
    def difference(self) -> int:
        """Charge less unused part, both with tax."""
        return self.charge - self.unused


@dataclass(frozen=True)
class Offer:
    """Whether a change is offered, why not, and its figures."""

    blocked: str | None
    figures: Figures | None


@dataclass(frozen=True)
class RequestView:
    """A request: state, last day, difference as confirmed or carried out, documents."""

    key: str
    service: str
    state: str
    last_day: date
    difference: int
    asks: int
    invoice: int | None
    notes: tuple[int, ...]
    credit_row: int
    released: tuple[date, ...]


@dataclass(frozen=True)
class Snapshot:
    """Everything at once."""

    clients: tuple[ClientView, ...]
    services: tuple[ServiceView, ...]
    invoices: tuple[InvoiceView, ...]
    notes: tuple[Note, ...]
    payments: tuple[PaymentView, ...]
    periods: tuple[PeriodView, ...]
