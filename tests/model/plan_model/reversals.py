"""Chargebacks and bounces: what is opened again, what comes out of credit, what is a to-do."""

from dataclasses import dataclass
from datetime import date

from .books import Books, account, add_credit, balance, enter, refuse_if, settle, settle_reversal
from .inputs import OPEN
from .money import left_of, refunded
from .records import Invoice, LedgerRow, Payment, Todo


@dataclass
class Claim:
    """What a bank takes: the rest that still has to be found, and what was done so far."""

    payment: Payment
    day: date
    rest: int


def dispute(books: Books, key: str) -> None:
    """A dispute is opened."""
    refuse_if(books.payments[key].state != "completed", "not completed")
    books.payments[key].state = "disputed"


def can_be_taken(books: Books, key: str) -> int:
    """What of a payment a bank can still take: what did not go back, and what was refunded to credit."""
    payment = books.payments[key]
    return left_of(books, payment) + refunded(books, key, "credit")


def charge_back(books: Books, day: date, key: str, amount: int | None = None) -> None:
    """A payment is charged back or bounces, whole or (with `amount`) in part."""
    payment = books.payments[key]
    refuse_if(payment.state not in ("completed", "disputed", "refunded"), "nothing to take")
    most = can_be_taken(books, key)
    taken = most if amount is None else min(amount, most)
    refuse_if(taken <= 0, "nothing to take")
    payment.taken += taken
    claim = Claim(payment, day, taken)
    reopen_shares(books, claim)
    from_credit(books, claim)
    for row in where_credit_went(books, payment):
        reopen_row(books, claim, row)
    if claim.rest:
        todo(books, claim, claim.rest)
    payment.state = "reversed"


def note_done(claim: Claim, kind: str, target: int, amount: int) -> None:
    """Remember what was undone, for a chargeback that is won."""
    claim.payment.undone.append((kind, target, amount))
    claim.rest -= amount


def can_reopen(invoice: Invoice) -> bool:
    """Only open and paid invoices can be open again."""
    return invoice.status in (*OPEN, "paid")


def reopen_shares(books: Books, claim: Claim) -> None:
    """What of the payment is still on the invoices that it paid."""
    for number, share in claim.payment.shares.items():
        invoice = books.invoices[number]
        own = share - refunded(books, claim.payment.key, None, number)
        part = min(own, invoice.held, claim.rest) if can_reopen(invoice) else 0
        if part > 0:
            enter(invoice, "reversal", -part, f"payment {claim.payment.key}")
            note_done(claim, "invoice", number, part)
            settle_reversal(books, invoice, claim.day)


def from_credit(books: Books, claim: Claim) -> None:
    """What credit has."""
    there = min(claim.rest, balance(books, account(books, claim.payment.client)))
    if there > 0:
        source = f"payment {claim.payment.key}"
        add_credit(books, claim.payment.client, "reversal", -there, source, claim.day)
        note_done(claim, "credit", 0, there)


def todo(books: Books, claim: Claim, amount: int) -> None:
    """Staff are told what is missing."""
    books.todos.append(Todo(account(books, claim.payment.client), claim.payment.key, amount))
    note_done(claim, "todo", len(books.todos) - 1, amount)


def where_credit_went(books: Books, payment: Payment) -> list[LedgerRow]:
    """Applied rows: those of the changes' invoices first, then the others since, newest first."""
    changes: list[int] = []
    since: list[int] = list(payment.credit_rows)
    if payment.request is not None:
        changes.append(books.requests[payment.request].invoice or 0)
    for request in books.requests.values():
        if any(books.notes[note - 1].invoice in payment.shares for note in request.notes):
            changes.append(request.invoice or 0)
    for row in books.ledger[payment.rows_before :]:
        if row.amount > 0 and row.invoice in payment.shares:
            since.append(row.sequence)
    first = min(since, default=len(books.ledger) + 1)
    owner = account(books, payment.client)
    rows = [
        row
        for row in reversed(books.ledger)
        if row.reason == "applied" and row.sequence > first and account(books, row.client) == owner
    ]
    mine = [row for row in rows if row.invoice in changes]
    return mine + [row for row in rows if row.invoice not in changes]


def reopen_row(books: Books, claim: Claim, row: LedgerRow) -> None:
    """An invoice that credit paid is open again by so much."""
    assert row.invoice is not None
    invoice = books.invoices[row.invoice]
    there = min(-row.amount - row.reversed, invoice.credit_kept, invoice.held)
    part = min(claim.rest, there) if can_reopen(invoice) else 0
    if part > 0:
        row.reversed += part
        enter(invoice, "reversal", -part, f"row {row.sequence} of payment {claim.payment.key}")
        note_done(claim, "row", row.sequence, part)
        settle_reversal(books, invoice, claim.day)


def win_back(books: Books, day: date, key: str) -> None:
    """A chargeback was won: invoices first, then what is over is credit (reading 20)."""
    payment = books.payments[key]
    refuse_if(payment.state not in ("disputed", "reversed"), "no dispute")
    if payment.state == "disputed":
        payment.state = "completed"
        return
    spare = 0
    for kind, target, amount in payment.undone:
        if kind == "todo":
            books.todos[target].amount -= amount
        elif kind == "credit":
            spare += amount
        else:
            spare += amount - put_back(books, day, payment, kind, target, amount)
    payment.undone, payment.taken, payment.state = [], 0, "completed"
    row = add_credit(books, payment.client, "reversal_won", spare, f"payment {key}", day)
    if row is not None:
        payment.credit_rows.append(row.sequence)


def put_back(books: Books, day: date, payment: Payment, kind: str, target: int, amount: int) -> int:
    """Settle again what was opened, as far as it is still due."""
    row = books.ledger[target - 1] if kind == "row" else None
    number = target if row is None else row.invoice
    assert number is not None
    invoice = books.invoices[number]
    part = min(amount, invoice.amount_due) if invoice.status in OPEN else 0
    if part:
        of = "" if row is None else f"row {row.sequence} of "
        enter(invoice, "reversal_won", part, f"{of}payment {payment.key}")
        settle(books, invoice, day)
    if row is not None:
        row.reversed -= part
    elif part < amount:
        payment.shares[number] -= amount - part
    return part
