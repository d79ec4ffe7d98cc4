"""Booking money that reached us: one payment for one transaction, whoever reports it first (payments.md 2 and 9).

What cannot be booked is the exception, in ``unallocated.py``; what a payment's row keeps and ends, in
``received_money.py``.
"""

from collections.abc import Sequence

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.settlement import receive_payment
from commerce.billing.invoices.actions.states import lock_invoice
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import Invoice
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.plan_change_payments import record_plan_change_payment
from commerce.payments.actions.received_money import (
    ReceivedMoney,
    add_payment,
    add_to_credit,
    booking_of,
    check_received_amount,
    end_what_waits,
    find_booking,
    lock_transaction,
    record_booking,
    settle_share,
    succeed_attempt,
)
from commerce.payments.actions.unallocated import record_reported_money
from commerce.payments.events import LatePaymentBooked, PaymentBooked
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.payments.rules import AttemptPurpose


@transaction.atomic
def book_reported_payment(
    *,
    money: ReceivedMoney,
    invoice: Invoice | None,
    ctx: Context,
    attempt: Attempt | None = None,
) -> Payment | UnallocatedPayment:
    """Book what a gateway or bank reports, or keep it as an unallocated payment: unknown reference, another currency.

    Never refuses money for what it is; the same report again finds what the first one made, wherever staff booked it.
    """
    lock_transaction(money.gateway, money.transaction_id)
    same = {"gateway": money.gateway, "transaction_id": money.transaction_id}
    if booked := Payment.objects.filter(**same).first():
        return booked
    if kept := UnallocatedPayment.objects.filter(**same).first():
        return kept
    bound_to = attempt or invoice
    if bound_to is None or money.currency_code != bound_to.currency_id:
        return record_reported_money(money=money, invoice=invoice, attempt=attempt, ctx=ctx)
    if invoice is not None:
        return record_payment(invoice=invoice, money=money, attempt=attempt, ctx=ctx)
    assert attempt is not None
    if attempt.plan_change is not None:
        return record_plan_change_payment(
            change=attempt.plan_change, money=money, attempt=attempt, ctx=ctx
        )
    return record_shared_payment(attempt=attempt, money=money, ctx=ctx)


@transaction.atomic
def record_payment(
    *, invoice: Invoice, money: ReceivedMoney, ctx: Context, attempt: Attempt | None = None
) -> Payment:
    """Book what was received for an invoice; what is more than due becomes credit.

    The same (gateway, transaction) is booked once: whoever reports it again gets the booking that exists. Raises
    ``BusinessError`` for another currency (`book_reported_payment` keeps that), a draft, and a transaction that is
    booked on another invoice or kept as unallocated.
    """
    check_received_amount(money.amount, money.received_on, ctx.at)
    if money.currency_code != invoice.currency_id:
        raise BusinessError(
            "payment.currency_differs", currency=invoice.currency_id, field="currency_code"
        )
    lock_transaction(money.gateway, money.transaction_id)
    # Of two reports at once the second waits here, and then finds the first.
    lock_client(invoice.client_id)
    return book_payment(invoice=invoice, money=money, ctx=ctx, attempt=attempt)


def book_payment(
    *, invoice: Invoice, money: ReceivedMoney, ctx: Context, attempt: Attempt | None = None
) -> Payment:
    """``record_payment`` of what was checked, for a caller who has locked the transaction and the client."""
    if booked := find_booking(money):
        return booking_of(booked, invoice)
    payment = add_payment(money, ctx, client_id=invoice.client_id, invoice=invoice, attempt=attempt)
    received = receive_payment(
        invoice=invoice, source=f"payment:{payment.pk}", amount=money.amount, ctx=ctx
    )
    record_booking(payment, {"invoice": invoice.number}, received.to_credit, ctx)
    succeed_attempt(payment, ctx)
    end_what_waits(payment, invoice, ctx)
    if received.settled:
        publish(
            PaymentBooked(payment.pk, invoice.amount_due), at=ctx.at, client_id=invoice.client_id
        )
    else:
        publish(LatePaymentBooked(payment.pk), at=ctx.at, client_id=invoice.client_id)
    return payment


@transaction.atomic
def record_shared_payment(*, attempt: Attempt, money: ReceivedMoney, ctx: Context) -> Payment:
    """Book what was received for an attempt without an invoice of its own, in the attempt's currency.

    It settles the invoices that the attempt lists, oldest due date first; the rest, and funds that were added, become
    credit. The same (gateway, transaction) is booked once. Raises ``BusinessError`` for a transaction that is kept as
    unallocated.
    """
    check_received_amount(money.amount, money.received_on, ctx.at)
    lock_transaction(money.gateway, money.transaction_id)
    lock_client(attempt.client_id)
    if booked := find_booking(money):
        return booked
    payment = add_payment(money, ctx, client_id=attempt.client_id, attempt=attempt)
    if attempt.purpose == AttemptPurpose.TOP_UP:
        rest, reason = money.amount, CreditReason.TOP_UP
    else:
        rest, reason = _settle_invoices(payment, attempt.invoices(), ctx)
    _book_shares(payment, rest, reason, ctx)
    succeed_attempt(payment, ctx)
    return payment


def book_payment_of_invoices(
    *, invoices: Sequence[Invoice], money: ReceivedMoney, ctx: Context
) -> Payment:
    """What was received for several open invoices of one client, in this order; the rest becomes credit. For a caller
    who has checked it, and locked the transaction and the client.
    """
    if booked := find_booking(money):
        return booked
    payment = add_payment(money, ctx, client_id=invoices[0].client_id)
    _book_shares(payment, *_settle_invoices(payment, invoices, ctx), ctx)
    return payment


def _book_shares(payment: Payment, rest: int, reason: CreditReason, ctx: Context) -> None:
    """What no invoice has of a payment is credit; the audit log has both."""
    if rest:
        add_to_credit(payment, rest, reason, ctx)
    shares = payment.shares.select_related("invoice").order_by("pk")
    numbers = ", ".join(str(share.invoice) for share in shares)
    record_booking(payment, {"invoices": numbers} if numbers else {}, rest, ctx)


def _settle_invoices(
    payment: Payment, invoices: Sequence[Invoice], ctx: Context
) -> tuple[int, CreditReason]:
    """Give each invoice what is due of it, as far as the money goes; what is left of it, and why.

    An invoice that was closed meanwhile makes the rest a late payment, of which staff are told.
    """
    rest, was_closed = payment.amount, False
    for invoice in invoices:
        row = lock_invoice(invoice, ctx)
        if row.status not in OPEN_INVOICE_STATUSES:
            was_closed = True
        elif amount := min(rest, row.amount_due):
            rest -= amount
            settle_share(payment, row, amount, ctx)
    if rest and was_closed:
        publish(LatePaymentBooked(payment.pk), at=ctx.at, client_id=payment.client_id)
    return rest, CreditReason.LATE_PAYMENT if was_closed else CreditReason.OVERPAYMENT
