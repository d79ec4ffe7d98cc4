"""From records to frozen pictures, and the invariants."""

from datetime import date

from .books import Books, account, balance
from .changes import asks
from .money import refunded
from .records import Invoice, NoteLine, Service
from .views import (
    ClientView,
    InvoiceView,
    LedgerView,
    PaymentView,
    PeriodView,
    RequestView,
    ServiceView,
    Snapshot,
)


def invoice_lines(invoice: Invoice) -> tuple[NoteLine, ...]:
    """One row for each unit of a line, or one for a line without units."""
    found = []
    for line in invoice.lines:
        for part in line.parts:
            found.append(NoteLine(line.number, part.unit, part.net, part.tax, *line.key))
        if not line.parts:
            found.append(NoteLine(line.number, None, line.net, line.tax, *line.key))
    return tuple(found)


def show_invoice(books: Books, number: int) -> InvoiceView:
    """An invoice."""
    invoice = books.invoices[number]
    net = sum(line.net for line in invoice.lines)
    return InvoiceView(
        number,
        invoice.client,
        invoice.kind,
        invoice.day,
        invoice.due,
        invoice.status,
        net,
        invoice.total - net,
        invoice.total,
        invoice.amount_due,
        invoice_lines(invoice),
        tuple((entry.kind, entry.amount) for entry in invoice.entries),
    )


def show_service(books: Books, unit: str) -> ServiceView:
    """A service."""
    service: Service = books.services[unit]
    return ServiceView(
        unit,
        service.client,
        service.product,
        service.cycle,
        service.price,
        service.price.amount,
        service.state,
        service.anchor,
        service.next_due,
    )


def show_client(books: Books, client: str) -> ClientView:
    """A client's credit."""
    rows = tuple(LedgerView(row.reason, row.amount) for row in books.ledger if row.client == client)
    missing = sum(todo.amount for todo in books.todos if account(books, todo.client) == client)
    return ClientView(client, balance(books, client), rows, missing)


def show_payment(books: Books, key: str) -> PaymentView:
    """A payment."""
    payment = books.payments[key]
    shares = tuple(sorted(payment.shares.items()))
    return PaymentView(
        key, payment.amount, payment.state, shares, refunded(books, key), payment.paid_back
    )


def show_request(books: Books, key: str) -> RequestView:
    """A request, with what it asks for."""
    request = books.requests[key]
    return RequestView(
        key,
        request.service,
        request.state,
        request.last_day,
        request.difference,
        asks(books, key),
        request.invoice,
        tuple(request.notes),
        request.credit_row,
        tuple(request.released),
    )


def snapshot(books: Books) -> Snapshot:
    """Everything at once."""
    return Snapshot(
        tuple(show_client(books, key) for key in books.clients),
        tuple(show_service(books, key) for key in books.services),
        tuple(show_invoice(books, number) for number in books.invoices),
        tuple(books.notes),
        tuple(show_payment(books, key) for key in books.payments),
        tuple(PeriodView(p.service, p.start, p.end, p.state, p.invoice) for p in books.periods),
    )


def conservation(books: Books, client: str) -> tuple[int, int]:
    """Both sides of M12 for a present client: money that came in and stayed, and where it is."""
    payments = [p for p in books.payments.values() if account(books, p.client) == client]
    came = 0
    for payment in payments:
        gone = refunded(books, payment.key, "gateway") + payment.paid_back + payment.top_up_refunded
        came += payment.amount - gone - payment.taken
    rows = [row for row in books.ledger if account(books, row.client) == client]
    given = ("staff_add", "opening", "paid_elsewhere", "staff_remove", "payout")
    came += sum(row.amount for row in rows if row.reason in given)
    invoices = [one for one in books.invoices.values() if account(books, one.client) == client]
    entries = [entry for one in invoices for entry in one.entries if entry.kind != "credit_note"]
    missing = sum(todo.amount for todo in books.todos if account(books, todo.client) == client)
    return came, sum(entry.amount for entry in entries) + balance(books, client) - missing


def problems(books: Books) -> list[str]:
    """Every invariant that does not hold (M8 to M12, M18)."""
    found: list[str] = []
    for client in [key for key, one in books.clients.items() if one.merged_into is None]:
        came, there = conservation(books, client)
        if came != there:
            found.append(f"M12 {client}: {came} came, {there} there")
        if balance(books, client) < 0:
            found.append(f"M10 {client}")
    for invoice in books.invoices.values():
        found += invoice_problems(invoice)
    found += [f"note {note.number} of nothing" for note in books.notes if note.total <= 0]
    found += request_problems(books)
    return found + given_twice(books)


def given_twice(books: Books) -> list[str]:
    """M18: a note that gives days back after another one gives those before the other's."""
    found: list[str] = []
    since: dict[tuple[int, int, str | None], date] = {}
    for note in books.notes:
        for line in note.lines if note.given_from else ():
            assert note.given_from is not None
            key = note.invoice, line.line, line.unit
            if note.given_from >= since.get(key, date.max):
                found.append(f"M18: days of line {line.line} given back twice")
            since[key] = note.given_from
    return found


def invoice_problems(invoice: Invoice) -> list[str]:
    """M8, M9, M11, and what units were given back."""
    found: list[str] = []
    name = f"invoice {invoice.number}"
    if not 0 <= invoice.amount_due <= invoice.total:
        found.append(f"M8 {name}")
    if invoice.status in ("paid", "refunded", "cancelled") and invoice.amount_due:
        found.append(f"M9 {name}")
    if invoice.status in ("unpaid", "overdue") and not invoice.amount_due:
        found.append(f"M9 {name} {invoice.status}")
    if invoice.noted > invoice.total or invoice.held < 0:
        found.append(f"M11 {name}")
    for unit in invoice.units():
        parts = [part for line in invoice.lines for part in line.parts if part.unit == unit]
        if sum(part.net_left + part.tax_left for part in parts) < -len(parts):
            found.append(f"{name}: more given back for {unit} than it had")
    if (
        sum(line.net_left for line in invoice.lines) < 0
        or sum(line.tax_left for line in invoice.lines) < 0
    ):
        found.append(f"{name}: more net or tax given back than it had")
    return found


def request_problems(books: Books) -> list[str]:
    """M18: documents only of applied changes, and their sum is the difference kept with them."""
    found = []
    for request in books.requests.values():
        invoice = books.invoices[request.invoice].total if request.invoice else 0
        notes = sum(books.notes[number - 1].total for number in request.notes)
        if request.state != "applied":
            if invoice or notes:
                found.append(f"M18 {request.key}: a document of a change that is {request.state}")
        elif invoice - notes - request.credit_row != request.difference:
            found.append(
                f"M18 {request.key}: {invoice} - {notes} - {request.credit_row} != {request.difference}"
            )
    return found
