"""Booking money that came for several invoices at once, or to be credit (payments.md 9)."""

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.credit.actions import post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.invoices.actions.states import lock_invoice
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, SettlementKind
from commerce.billing.models import Invoice
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.payments.actions.booking import (
    ReceivedMoney,
    add_payment,
    check_received_amount,
    end_what_waits,
    find_booking,
    lock_transaction,
    record_booking,
    succeed_attempt,
)
from commerce.payments.events import LatePaymentBooked, PaymentShareBooked
from commerce.payments.models import Attempt, Payment, PaymentShare
from commerce.payments.rules import AttemptPurpose


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
        rest, reason = _settle_invoices(payment, ctx)
    if rest:
        add_to_credit(payment, rest, reason, ctx)
    shares = payment.shares.select_related("invoice").order_by("pk")
    numbers = ", ".join(str(share.invoice) for share in shares)
    record_booking(payment, {"invoices": numbers} if numbers else {}, rest, ctx)
    succeed_attempt(payment, ctx)
    return payment


def _settle_invoices(payment: Payment, ctx: Context) -> tuple[int, CreditReason]:
    """Give each invoice what is due of it, as far as the money goes; what is left of it, and why.

    An invoice that was closed meanwhile makes the rest a late payment, of which staff are told.
    """
    assert payment.attempt is not None
    rest, was_closed = payment.amount, False
    for invoice in payment.attempt.invoices():
        row = lock_invoice(invoice, ctx)
        if row.status not in OPEN_INVOICE_STATUSES:
            was_closed = True
        elif amount := min(rest, row.amount_due):
            rest -= amount
            settle_share(payment, row, amount, ctx)
    if rest and was_closed:
        publish(LatePaymentBooked(payment.pk), at=ctx.at, client_id=payment.client_id)
    return rest, CreditReason.LATE_PAYMENT if was_closed else CreditReason.OVERPAYMENT


def settle_share(payment: Payment, row: Invoice, amount: int, ctx: Context) -> None:
    """So much of a payment is the share of an open invoice, whose row is locked."""
    share = PaymentShare.objects.create(payment=payment, invoice=row, amount=amount)
    settle(invoice=row, kind=SettlementKind.PAYMENT, source=share.source, amount=amount, ctx=ctx)
    end_what_waits(payment, row, ctx)
    booked = PaymentShareBooked(share.pk, row.amount_due)
    publish(booked, at=ctx.at, client_id=row.client_id)


def add_to_credit(payment: Payment, amount: int, reason: CreditReason, ctx: Context) -> None:
    """What is in no share of a payment is credit."""
    post_credit(
        client_id=payment.client_id,
        currency_code=payment.currency_id,
        reason=reason,
        source=f"payment:{payment.pk}",
        amount=amount,
        ctx=ctx,
    )
