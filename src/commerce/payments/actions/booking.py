"""Booking money that reached us: one payment for one transaction, whoever reports it first (payments.md 2)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.models import Client
from commerce.audit import locks
from commerce.audit.actions import record
from commerce.billing.actions import receive
from commerce.billing.models import Invoice
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.payments.actions.aftermath import follow_booking
from commerce.payments.events import LatePaymentBooked, PaymentBooked
from commerce.payments.models import Attempt, Payment, StrayReceipt
from commerce.preferences import current


def one_at_a_time(gateway: str, transaction_id: str) -> None:
    """Let one report of a transaction through at a time, until the end of this database transaction.

    A payment and a stray receipt are in different tables, so that no constraint keeps a transaction out of both (U1).
    """
    locks.one_at_a_time(f"{gateway} {transaction_id}")


@transaction.atomic
def record_payment(
    *,
    invoice: Invoice,
    gateway: str,
    transaction_id: str,
    amount: int,
    currency_code: str,
    received_on: date,
    at: datetime,
    actor: Actor,
    note: str = "",
    attempt: Attempt | None = None,
    **details: Any,
) -> Payment:
    """Book what was received for an invoice, in minor units of its currency; what is more than due becomes credit.

    The same (gateway, transaction) is booked once: whoever reports it again gets the booking that exists. ``details``
    are columns of the payment (``method``, ``reference``, ``key``, ``fee``). Raises ``Refused`` for another currency
    (``receive_money`` keeps that), a draft, and a transaction that is booked on another invoice or kept as stray.
    """
    check_money(amount, received_on, at)
    if currency_code != invoice.currency_id:
        raise Refused(f"This invoice is in {invoice.currency_id}.", field="currency_code")
    one_at_a_time(gateway, transaction_id)
    # The client's row first, as everywhere: of two reports at once the second waits here, and then finds the first.
    Client.objects.select_for_update(no_key=True).get(pk=invoice.client_id)
    if booked := Payment.objects.filter(gateway=gateway, transaction_id=transaction_id).first():
        return of(booked, invoice)
    if StrayReceipt.objects.filter(gateway=gateway, transaction_id=transaction_id).exists():
        raise Refused("This transaction is kept as a stray receipt; assign that.")
    payment = Payment.objects.create(
        client_id=invoice.client_id,
        invoice=invoice,
        gateway=gateway,
        transaction_id=transaction_id,
        amount=amount,
        currency_id=currency_code,
        status=Payment.Status.COMPLETED,
        received_on=received_on,
        booked_at=at,
        note=note,
        attempt=attempt,
        recorded_by=actor.name,
        created_at=at,
        **details,
    )
    received = receive(
        invoice=invoice, source=f"payment:{payment.pk}", amount=amount, at=at, actor=actor
    )
    _record(payment, invoice, received.to_credit, at, actor)
    follow_booking(payment=payment, invoice=invoice, at=at, actor=actor)
    if received.booked:
        publish(PaymentBooked(payment.pk, invoice.amount_due), at=at)
    else:
        publish(LatePaymentBooked(payment.pk), at=at)
    return payment


def check_money(amount: int, received_on: date, at: datetime) -> None:
    """What holds for all money: something came, and not in the future. Raises ``Refused``."""
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    if received_on > current.business_date(at):
        raise Refused("The day of receipt must not be in the future.", field="received_on")


def of(booked: Payment, invoice: Invoice) -> Payment:
    """A booking that was found, if it is on this invoice. Raises ``Refused``."""
    if booked.invoice_id != invoice.pk:
        raise Refused("This transaction was booked on another invoice.")
    return booked


def _record(payment: Payment, invoice: Invoice, to_credit: int, at: datetime, actor: Actor) -> None:
    after = {"amount": payment.amount, "currency": payment.currency_id, "invoice": invoice.number}
    record(
        at=at,
        actor=actor,
        action="payment.completed",
        record=("payment", payment.pk),
        name=str(payment),
        client_id=payment.client_id,
        after=after | ({"to_credit": to_credit} if to_credit else {}),
    )
