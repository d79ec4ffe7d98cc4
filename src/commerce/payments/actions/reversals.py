"""Money that was booked and taken back from us: a cheque that bounced, a transfer that was returned (payments.md 8)."""

from datetime import datetime

from django.db import transaction

from commerce.accounts.models import Client
from commerce.billing import actions as billing
from commerce.billing.actions import Reversal
from commerce.jobs.actions import queue
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.payments.actions.states import move_payment
from commerce.payments.models import Payment, Refund
from commerce.payments.tasks import SHORTAGE

REVERSIBLE = (Payment.Status.COMPLETED, Payment.Status.DISPUTED)


@transaction.atomic
def reverse_payment(*, payment: Payment, reason: str, at: datetime, actor: Actor) -> Reversal:
    """The money of a payment is gone again: its invoice is open, what had become credit is taken from credit.

    What the credit does not hold any more is a to-do for staff. Raises ``Moved`` unless the payment is completed or
    disputed, so that a second time changes nothing, and ``Refused`` without a reason.
    """
    reason = " ".join(reason.split())[:500]
    if not reason:
        raise Refused("Say why the money went back.", field="reason")
    Client.objects.select_for_update(no_key=True).get(pk=payment.client_id)
    rows = Payment.objects.select_for_update(of=("self",)).select_related("invoice")
    row = rows.get(pk=payment.pk)
    if row.status not in REVERSIBLE:
        raise Moved(f"This payment is {row.status}; only money that counts can be taken back.")
    taken = billing.reverse_payment(
        invoice=row.invoice,
        source=f"payment:{row.pk}",
        amount=row.amount - _sent_back(row),
        at=at,
        actor=actor,
    )
    move_payment(payment=payment, to=Payment.Status.REVERSED, at=at, actor=actor, reason=reason)
    if taken.short:
        queue(("payment", row.pk), SHORTAGE, "reversed", at, {"short": taken.short})
    return taken


def _sent_back(payment: Payment) -> int:
    """What the gateway had sent back before, which is gone already; refunds to credit are still with us."""
    rows = Refund.objects.filter(payment_id=payment.pk, way=Refund.Way.GATEWAY).counting()
    return sum(rows.values_list("amount", flat=True))
