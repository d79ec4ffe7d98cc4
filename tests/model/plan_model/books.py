"""The books: storage, credit ledger, settlement, and what follows from being paid."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from .inputs import LIVE, OPEN, Refused, Settings, Tax
from .records import (
    Client,
    Entry,
    Invoice,
    LedgerRow,
    Note,
    Payment,
    Period,
    Refund,
    Request,
    Service,
    Todo,
)


@dataclass
class Books:
    """Everything the model knows; acts are functions on it."""

    settings: Settings = field(default_factory=Settings)
    clients: dict[str, Client] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    ledger: list[LedgerRow] = field(default_factory=list)
    payments: dict[str, Payment] = field(default_factory=dict)
    refunds: dict[str, Refund] = field(default_factory=dict)
    periods: list[Period] = field(default_factory=list)
    requests: dict[str, Request] = field(default_factory=dict)
    todos: list[Todo] = field(default_factory=list)


def refuse_if(condition: object, reason: str) -> None:
    """Refuse with a reason where something holds."""
    if condition:
        raise Refused(reason)


def account(books: Books, client: str) -> str:
    """The present client: who a client was merged into, or itself."""
    found = books.clients[client]
    while found.merged_into is not None:
        found = books.clients[found.merged_into]
    return found.key


def tax_of(books: Books, client: str, kind: str) -> Tax:
    """How a kind of product is taxed for a client today."""
    taxes = books.clients[account(books, client)].taxes
    return taxes.get(kind, taxes.get("", Tax("O", 0)))


def balance(books: Books, client: str) -> int:
    """Credit of a client: the sum of its rows."""
    return sum(row.amount for row in books.ledger if row.client == client)


def add_credit(
    books: Books,
    client: str,
    reason: str,
    amount: int,
    source: str,
    day: date,
    invoice: int | None = None,
) -> LedgerRow | None:
    """Write a row of credit; nothing for 0; never below 0."""
    if amount == 0:
        return None
    owner = account(books, client)
    refuse_if(balance(books, owner) + amount < 0, "more than the credit")
    row = LedgerRow(len(books.ledger) + 1, owner, reason, amount, source, day, invoice)
    books.ledger.append(row)
    return row


def enter(invoice: Invoice, kind: str, amount: int, source: str) -> None:
    """Write a settlement entry; nothing for 0."""
    if amount:
        invoice.entries.append(Entry(kind, amount, source))
        if not 0 <= invoice.amount_due <= invoice.total:
            raise AssertionError(
                f"amount due of {invoice.number}: {invoice.amount_due} of {invoice.total}"
            )


def apply_to(books: Books, invoice: Invoice, amount: int, day: date) -> None:
    """Use credit of the invoice's present client for it, without looking at its state."""
    if amount:
        add_credit(
            books,
            invoice.client,
            "applied",
            -amount,
            f"invoice {invoice.number}",
            day,
            invoice.number,
        )
        enter(invoice, "credit", amount, f"row {len(books.ledger)}")


def settle(books: Books, invoice: Invoice, day: date) -> None:
    """Set the status by the amount due, with the effects of becoming paid."""
    due = invoice.amount_due
    if invoice.status in OPEN and due == 0:
        invoice.status = "paid"
        for period in [
            p for p in books.periods if p.invoice == invoice.number and p.state == "open"
        ]:
            finish_period(books, period, "paid")
        resume(books, invoice, day)
    elif invoice.status == "paid" and due > 0:
        invoice.status = "overdue" if invoice.due < day else "unpaid"
        invoice.overdue_on = day if invoice.due < day else None


def settle_reversal(books: Books, invoice: Invoice, day: date) -> None:
    """A payment of it is lost: open again, or still, it is held for the days of grace (reading 40)."""
    settle(books, invoice, day)
    until = day + timedelta(days=books.settings.grace_days)
    invoice.hold_until = max(until, invoice.hold_until or until)


def resume(books: Books, invoice: Invoice, day: date) -> None:
    """Services that the run suspended are resumed when no invoice of theirs suspends them any more (reading 23)."""
    for unit in invoice.units():
        service = books.services[unit]
        left = [one for one in overdue_of(books, unit) if is_past_grace(books, one, day)]
        if service.state == "suspended" and service.suspended_on is not None and not left:
            service.state, service.suspended_on = "active", None


def is_past_grace(books: Books, invoice: Invoice, day: date) -> bool:
    """Whether an overdue invoice suspends what it bills: due and grace are over, and it is not held."""
    held = invoice.hold_until is not None and day <= invoice.hold_until
    return invoice.due + timedelta(days=books.settings.grace_days) <= day and not held


def overdue_of(books: Books, unit: str) -> list[Invoice]:
    """Overdue invoices that may suspend a service."""
    kinds = ("order", "renewal", "plan_change")
    return [
        one for one in invoices_of(books, unit) if one.status == "overdue" and one.kind in kinds
    ]


def finish_period(books: Books, period: Period, state: str) -> None:
    """A billed period becomes paid or waived: the next due date moves by one cycle, from its old value."""
    period.state = state
    service = books.services[period.service]
    if service.state in LIVE and service.next_due == period.start:
        service.next_due = period.end


def invoices_of(books: Books, service: str) -> list[Invoice]:
    """All invoices with a line of a service, oldest first."""
    return [invoice for invoice in books.invoices.values() if service in invoice.units()]


def open_request(books: Books, service: str) -> Request | None:
    """The open plan change of a service."""
    for request in books.requests.values():
        if request.service == service and request.state in ("pending", "awaiting_payment"):
            return request
    return None


def invoice_of(books: Books, number: int) -> Invoice:
    """An invoice by its number."""
    refuse_if(number not in books.invoices, "no such invoice")
    return books.invoices[number]
