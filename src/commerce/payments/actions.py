"""Everything that changes payments (payments.md 2 and 8). One booking for one transaction, whoever reports it first."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.billing.actions import refund_invoice, settle
from commerce.billing.models import Invoice, SettlementEntry
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.payments.models import Payment
from commerce.payments.rules import PAYMENT_MOVES
from commerce.preferences import current


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
) -> Payment:
    """Book money that reached us for an open invoice, in minor units of its currency; at most what is due.

    The same (gateway, transaction) is booked once: whoever reports it again gets the booking that exists. Raises
    ``Refused`` for another currency, for more than is due, and for a transaction that was booked on another invoice.
    """
    if currency_code != invoice.currency_id:
        raise Refused(f"This invoice is in {invoice.currency_id}.", field="currency_code")
    if amount <= 0:
        raise Refused("The amount must be above 0.", field="amount")
    if received_on > current.business_date(at):
        raise Refused("The day of receipt must not be in the future.", field="received_on")
    # The client's row first, as everywhere: of two reports at once the second waits here, and then finds the first.
    Client.objects.select_for_update(no_key=True).get(pk=invoice.client_id)
    key = {"gateway": gateway, "transaction_id": transaction_id}
    if booked := Payment.objects.filter(**key).first():
        return _of(booked, invoice)
    try:
        with transaction.atomic():
            payment = Payment.objects.create(
                client_id=invoice.client_id,
                invoice=invoice,
                amount=amount,
                currency_id=currency_code,
                status=Payment.Status.COMPLETED,
                received_on=received_on,
                booked_at=at,
                note=note,
                created_at=at,
                **key,
            )
    except IntegrityError:  # reported at the same moment for an invoice of another client
        return _of(Payment.objects.get(**key), invoice)
    settle(
        invoice=invoice,
        kind=SettlementEntry.Kind.PAYMENT,
        source=f"payment:{payment.pk}",
        amount=amount,
        at=at,
        actor=actor,
    )
    _record_booking(payment, invoice, at, actor)
    return payment


def _of(booked: Payment, invoice: Invoice) -> Payment:
    """The booking of a transaction, if it is on this invoice."""
    if booked.invoice_id != invoice.pk:
        raise Refused("This transaction was booked on another invoice.")
    return booked


def _record_booking(payment: Payment, invoice: Invoice, at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action="payment.completed",
        record=("payment", payment.pk),
        name=str(payment),
        client_id=payment.client_id,
        after={
            "amount": payment.amount,
            "currency": payment.currency_id,
            "invoice": invoice.number,
        },
    )


@transaction.atomic
def move_payment(
    *, payment: Payment, to: str, at: datetime, actor: Actor, reason: str = "", **changes: Any
) -> None:
    """Move a payment along its table; its invoice shows the change. Raises ``Moved`` if that is not allowed."""
    touch(payment.client_id)
    move(
        payment,
        to,
        allowed=PAYMENT_MOVES,
        at=at,
        actor=actor,
        client_id=payment.client_id,
        reason=reason,
        **changes,
    )
    Invoice.objects.filter(pk=payment.invoice_id).update(changed_at=at)


@transaction.atomic
def refund_payment(*, payment: Payment, reason: str, at: datetime, actor: Actor) -> None:
    """The gateway sent the whole payment back: payment and invoice are refunded.

    Raises ``Refused`` unless this payment alone settled its invoice.
    """
    if payment.amount != payment.invoice.total:
        raise Refused("Only a payment that settled its whole invoice can be refunded.")
    move_payment(payment=payment, to=Payment.Status.REFUNDED, at=at, actor=actor, reason=reason)
    refund_invoice(
        invoice=payment.invoice,
        source=f"payment:{payment.pk}",
        reason=reason,
        at=at,
        actor=actor,
    )


def dispute_payment(*, payment: Payment, reason: str, at: datetime, actor: Actor) -> None:
    """The payer's bank asks for the money back; until that is decided the invoice stays paid."""
    move_payment(payment=payment, to=Payment.Status.DISPUTED, at=at, actor=actor, reason=reason)
