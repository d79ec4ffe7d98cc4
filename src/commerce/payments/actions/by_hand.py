"""Payments that staff type: transfers, cash, cheques (payments.md 6)."""

import hashlib
from datetime import date, datetime

from django.db import transaction

from commerce.accounts.models import Client
from commerce.audit import locks
from commerce.billing.models import Invoice
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.payments.actions.booking import check_money, of, one_at_a_time, record_payment
from commerce.payments.models import Payment, StrayReceipt

LONGEST = 255


class NeedsConfirmation(Refused):
    """What was typed may be right, but must be said twice; ``what`` is ``reference`` or ``amount``."""

    def __init__(self, message: str, *, what: str) -> None:
        super().__init__(message, field=what)
        self.what = what


@transaction.atomic
def record_payment_by_hand(
    *,
    invoice: Invoice,
    amount: int,
    method: str,
    received_on: date,
    key: str,
    at: datetime,
    actor: Actor,
    reference: str = "",
    note: str = "",
    confirmed: frozenset[str] = frozenset(),
) -> Payment:
    """Book what staff received for an invoice, in minor units of its currency; the same ``key`` is the same payment.

    Raises ``NeedsConfirmation`` for a reference that exists already and for more than is due, unless ``confirmed``
    names ``reference`` and ``amount``; the rest becomes credit.
    """
    reference, note = " ".join(reference.split()), note.strip()
    _check(method, key, reference)
    check_money(amount, received_on, at)
    gateway = "bank_transfer" if method == Payment.Method.BANK_TRANSFER else "manual"
    locks.one_at_a_time(f"form {key}")
    if reference:
        one_at_a_time(gateway, reference)
    Client.objects.select_for_update(no_key=True).get(pk=invoice.client_id)
    if booked := Payment.objects.filter(key=key).first():
        return of(booked, invoice)
    is_known = bool(reference) and _exists(gateway, reference)
    if is_known and "reference" not in confirmed:
        raise NeedsConfirmation(
            f"A payment with the reference {reference} exists already.", what="reference"
        )
    due = Invoice.objects.values_list("amount_due", flat=True).get(pk=invoice.pk)
    if amount > due and "amount" not in confirmed:
        raise NeedsConfirmation(
            "This is more than is due; the rest becomes credit of the client.", what="amount"
        )
    is_bank_s_own = gateway == "bank_transfer" and reference and not is_known
    return record_payment(
        invoice=invoice,
        gateway=gateway,
        transaction_id=reference if is_bank_s_own else made_id(key),
        amount=amount,
        currency_code=invoice.currency_id,
        received_on=received_on,
        at=at,
        actor=actor,
        note=note,
        method=method,
        reference=reference,
        key=key,
    )


def made_id(key: str) -> str:
    """A transaction id of ours, from the form's one-time key."""
    return f"own-{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _check(method: str, key: str, reference: str) -> None:
    if method not in Payment.Method.values:
        raise Refused(f"The method is one of {', '.join(Payment.Method.values)}.", field="method")
    if not key or len(key) > 64:
        raise Refused("The one-time key has 1 to 64 characters.", field="key")
    if len(reference) > LONGEST:
        raise Refused(f"A reference has at most {LONGEST} characters.", field="reference")


def _exists(gateway: str, reference: str) -> bool:
    return (
        Payment.objects.filter(reference=reference).exists()
        or Payment.objects.filter(gateway=gateway, transaction_id=reference).exists()
        or StrayReceipt.objects.filter(gateway=gateway, transaction_id=reference).exists()
    )
