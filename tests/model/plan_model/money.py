"""Payments, credit and refunds."""

from collections.abc import Sequence
from datetime import date

from .books import (
    Books,
    account,
    add_credit,
    apply_to,
    balance,
    enter,
    invoice_of,
    refuse_if,
    settle,
)
from .inputs import OPEN
from .notes import by_amount, by_lines, write_note
from .records import Invoice, Note, Payment, Refund


def to_credit(books: Books, payment: Payment, reason: str, amount: int, day: date) -> None:
    """A part of a payment becomes credit."""
    row = add_credit(books, payment.client, reason, amount, f"payment {payment.key}", day)
    if row is not None:
        payment.credit_rows.append(row.sequence)


def share(books: Books, payment: Payment, invoice: Invoice, amount: int, day: date) -> None:
    """Settle a share of a payment on an invoice."""
    if amount:
        enter(invoice, "payment", amount, f"payment {payment.key}")
        payment.shares[invoice.number] = payment.shares.get(invoice.number, 0) + amount
    settle(books, invoice, day)


def new_payment(books: Books, day: date, key: str, client: str, amount: int) -> Payment:
    """Money that reached us."""
    refuse_if(key in books.payments or amount <= 0, "not a new payment")
    payment = Payment(key, client, amount, day, len(books.ledger))
    books.payments[key] = payment
    return payment


def pay(books: Books, day: date, key: str, numbers: Sequence[int], amount: int) -> Payment:
    """Money for one invoice or several, oldest due date first; what does not fit is credit."""
    invoices = sorted(
        (invoice_of(books, number) for number in numbers), key=lambda one: (one.due, one.number)
    )
    payment = new_payment(books, day, key, invoices[0].client, amount)
    payment.named = tuple(numbers)
    left, fitted = amount, False
    for invoice in invoices:
        if invoice.status in OPEN and left:
            part = min(left, invoice.amount_due)
            share(books, payment, invoice, part, day)
            left, fitted = left - part, True
    to_credit(books, payment, "overpayment" if fitted else "late_payment", left, day)
    return payment


def top_up(books: Books, day: date, key: str, client: str, amount: int) -> Payment:
    """Money that a client pays into credit."""
    payment = new_payment(books, day, key, client, amount)
    to_credit(books, payment, "top_up", amount, day)
    return payment


def apply_credit(books: Books, day: date, number: int, amount: int) -> None:
    """Credit is used for an open invoice."""
    invoice = invoice_of(books, number)
    refuse_if(invoice.status not in OPEN, "not open")
    owner = account(books, invoice.client)
    refuse_if(not 0 < amount <= min(balance(books, owner), invoice.amount_due), "not so much")
    apply_to(books, invoice, amount, day)
    settle(books, invoice, day)


def staff_credit(books: Books, day: date, client: str, amount: int, source: str = "") -> None:
    """Staff add (+) or remove (−) credit."""
    add_credit(books, client, "staff_add" if amount > 0 else "staff_remove", amount, source, day)


def payout(books: Books, day: date, client: str, amount: int, source: str = "") -> None:
    """Credit goes out by hand."""
    refuse_if(amount <= 0, "nothing")
    add_credit(books, client, "payout", -amount, source, day)


def refunded(books: Books, payment: str, way: str | None = None, invoice: int | None = None) -> int:
    """What refunds took of a payment: by one way or all, on one invoice or all."""
    return sum(
        refund.amount
        for refund in books.refunds.values()
        if refund.payment == payment
        and (
            way is None
            or (refund.way == way and not refund.failed)
            or (way == "credit" and refund.failed)
        )
        and (invoice is None or refund.invoice == invoice)
    )


def left_of(books: Books, payment: Payment) -> int:
    """What of a payment can still go back; what was refunded to credit can go from there once more."""
    to_credit = refunded(books, payment.key, "credit")
    return can_leave(books, payment) - max(0, to_credit - payment.paid_back)


def can_leave(books: Books, payment: Payment) -> int:
    """What of a payment did not leave us, though it may be credit."""
    to_credit = refunded(books, payment.key, "credit")
    went = refunded(books, payment.key) - to_credit + payment.paid_back
    return payment.amount - went - payment.top_up_refunded - payment.taken


def refund(
    books: Books,
    day: date,
    key: str,
    payment_key: str,
    number: int,
    amount: int | None = None,
    way: str = "gateway",
    lines: Sequence[int] = (),
) -> Note:
    """A refund of a payment, with a note of the same gross amount on the invoice it paid."""
    payment, invoice = books.payments[payment_key], invoice_of(books, number)
    taken = by_amount(invoice, amount) if amount is not None else by_lines(invoice, lines)
    gross = sum(line.net + line.tax for line in taken)
    refuse_if(payment.state != "completed" or key in books.refunds, "cannot be refunded")
    refuse_if(invoice.status not in (*OPEN, "paid"), "the invoice is closed")
    refuse_if(not 0 < gross <= min(left_of(books, payment), invoice.held), "more than is left")
    note = write_note(books, invoice, day, "refund", taken)
    books.refunds[key] = Refund(key, payment_key, number, gross, way)
    enter(invoice, "to_credit" if way == "credit" else "refund", -gross, f"refund {key}")
    enter(invoice, "credit_note", gross, f"note {note.number}")
    if way == "credit":
        add_credit(books, invoice.client, "refund_to_credit", gross, f"refund {key}", day, number)
    if invoice.noted == invoice.total:
        invoice.status = "refunded"
    if refunded(books, payment_key) == payment.amount:
        payment.state = "refunded"
    return note


def refund_failed(books: Books, day: date, key: str) -> None:
    """A refund that the gateway had accepted fails: the money is credit."""
    back = books.refunds[key]
    refuse_if(back.way != "gateway" or back.failed, "not so")
    invoice = books.invoices[back.invoice]
    back.failed = True
    enter(invoice, "to_credit", -back.amount, f"failed {key}")
    enter(invoice, "refund_failed", back.amount, f"failed {key}")
    add_credit(
        books, invoice.client, "refund_to_credit", back.amount, f"failed {key}", day, back.invoice
    )


def pay_back(books: Books, day: date, payment_key: str, amount: int) -> None:
    """Credit of notes goes back through a payment."""
    payment = books.payments[payment_key]
    refuse_if(
        payment.state not in ("completed", "refunded")
        or not 0 < amount <= can_leave(books, payment),
        "more than is left",
    )
    add_credit(books, payment.client, "paid_back", -amount, f"payment {payment_key}", day)
    payment.paid_back += amount


def refund_top_up(books: Books, day: date, payment_key: str, amount: int) -> None:
    """A top-up goes back, as far as the credit is still there."""
    payment = books.payments[payment_key]
    refuse_if(
        payment.state != "completed" or not 0 < amount <= left_of(books, payment),
        "more than is left",
    )
    add_credit(books, payment.client, "top_up_refund", -amount, f"payment {payment_key}", day)
    payment.top_up_refunded += amount
