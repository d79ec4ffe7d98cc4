"""Money that belongs to no invoice as it came, and what becomes of it (payments.md 2.3)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.billing.models import Invoice
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.payments.actions.attempts import fail_attempt
from commerce.payments.actions.booking import check_money, one_at_a_time, record_payment
from commerce.payments.events import StrayReceiptKept
from commerce.payments.models import Attempt, Payment, StrayReceipt
from commerce.payments.rules import STRAY_MOVES

KEPT = gettext_noop(
    "Your money came in another currency than that of the invoice. We have it, and write to you what to do."
)


@transaction.atomic
def receive_money(
    *,
    invoice: Invoice | None,
    gateway: str,
    transaction_id: str,
    amount: int,
    currency_code: str,
    received_on: date,
    at: datetime,
    actor: Actor,
    reference: str = "",
    attempt: Attempt | None = None,
    raw: Mapping[str, Any] | None = None,
    **details: Any,
) -> Payment | StrayReceipt:
    """Book what a gateway or bank reports, or keep it as a stray receipt: unknown reference, another currency.

    Never refuses money for what it is; the same report again finds what the first one made, wherever staff booked it.
    An attempt whose money is kept has ended, so that it keeps nobody from paying anew. ``raw`` is kept with a stray
    receipt; ``details`` are those of ``record_payment``.
    """
    report: dict[str, Any] = {"gateway": gateway, "transaction_id": transaction_id}
    report |= {"amount": amount, "currency_code": currency_code, "received_on": received_on}
    report |= {"at": at, "actor": actor}
    one_at_a_time(gateway, transaction_id)
    if booked := Payment.objects.filter(gateway=gateway, transaction_id=transaction_id).first():
        return booked
    if kept := StrayReceipt.objects.filter(gateway=gateway, transaction_id=transaction_id).first():
        return kept
    report["reference"] = reference
    if invoice is None:
        return keep_stray(reason="reference", raw=raw, **report)
    if currency_code != invoice.currency_id:
        if attempt is not None and attempt.is_live:
            fail_attempt(attempt=attempt, reason=_(KEPT), at=at, actor=actor)
        return keep_stray(reason="currency", invoice=invoice, raw=raw, **report)
    return record_payment(invoice=invoice, attempt=attempt, **report, **details)


@transaction.atomic
def keep_stray(
    *,
    gateway: str,
    transaction_id: str,
    amount: int,
    currency_code: str,
    received_on: date,
    reason: str,
    at: datetime,
    actor: Actor,
    reference: str = "",
    note: str = "",
    invoice: Invoice | None = None,
    raw: Mapping[str, Any] | None = None,
) -> StrayReceipt:
    """Keep money that cannot be booked; staff decide. The same transaction again is the same receipt.

    Raises ``Refused`` for a transaction that is booked as a payment (U1).
    """
    check_money(amount, received_on, at)
    if reason not in StrayReceipt.Reason.values:
        raise Refused("This is no reason for a stray receipt.")
    one_at_a_time(gateway, transaction_id)
    if Payment.objects.filter(gateway=gateway, transaction_id=transaction_id).exists():
        raise Refused("This transaction is booked as a payment already.")
    if kept := StrayReceipt.objects.filter(gateway=gateway, transaction_id=transaction_id).first():
        return kept
    receipt = StrayReceipt.objects.create(
        gateway=gateway,
        transaction_id=transaction_id,
        amount=amount,
        currency_code=currency_code,
        received_on=received_on,
        reason=reason,
        reference=reference,
        note=note,
        invoice=invoice,
        raw=dict(raw or {}),
        recorded_by=actor.name,
        created_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="strayreceipt.kept",
        record=("strayreceipt", receipt.pk),
        name=str(receipt),
        client_id=invoice.client_id if invoice else None,
        after={"amount": amount, "currency": currency_code, "reason": reason},
        staff_only=True,
    )
    publish(StrayReceiptKept(receipt.pk), at=at)
    return receipt


@transaction.atomic
def assign_stray(*, receipt: StrayReceipt, invoice: Invoice, at: datetime, actor: Actor) -> Payment:
    """Book an open stray receipt on an invoice of its currency; from then on the transaction is that payment's.

    Raises ``Refused`` for another currency or a draft, ``Moved`` when it was assigned or returned already.
    """
    row = StrayReceipt.objects.select_for_update().get(pk=receipt.pk)
    if row.status != StrayReceipt.Status.OPEN or row.transaction_id is None:
        raise Moved(f"This receipt is {row.status} already.")
    if row.currency_code != invoice.currency_id:
        raise Refused(
            f"This invoice is in {invoice.currency_id}, the receipt in {row.currency_code}."
        )
    transaction_id = row.transaction_id
    _move(receipt, StrayReceipt.Status.ASSIGNED, at, actor, transaction_id=None, invoice=invoice)
    payment = record_payment(
        invoice=invoice,
        gateway=row.gateway,
        transaction_id=transaction_id,
        amount=row.amount,
        currency_code=row.currency_code,
        received_on=row.received_on,
        at=at,
        actor=actor,
        note=row.note,
        reference=row.reference,
    )
    StrayReceipt.objects.filter(pk=row.pk).update(payment=payment)
    receipt.refresh_from_db()
    return payment


@transaction.atomic
def return_stray(*, receipt: StrayReceipt, note: str, at: datetime, actor: Actor) -> None:
    """The money went back to where it came from; ``note`` says how. Raises ``Moved`` when it is not open."""
    if not note.strip():
        raise Refused("Say how the money was returned.", field="note")
    _move(receipt, StrayReceipt.Status.RETURNED, at, actor, note=note.strip()[:500])


def _move(receipt: StrayReceipt, to: str, at: datetime, actor: Actor, **changes: Any) -> None:
    move(
        receipt,
        to,
        allowed=STRAY_MOVES,
        at=at,
        actor=actor,
        client_id=None,
        ended_at=at,
        **changes,
    )
