"""What a booking ends: the attempt that brought it, the declaration that announced it, tries that are pointless now."""

from datetime import datetime

from commerce.billing.models import Invoice
from commerce.billing.rules import OPEN
from commerce.jobs.actions import queue
from commerce.kit.actor import Actor
from commerce.payments.actions.states import decide_declaration, move_attempt
from commerce.payments.models import Attempt, BankDeclaration, Payment
from commerce.payments.tasks import LOOK

BANK = "bank_transfer"


def follow_booking(*, payment: Payment, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """In the transaction of a booking, after its settlement."""
    attempt = payment.attempt or _open_attempt(payment)
    if attempt is not None and attempt.status != Attempt.Status.SUCCEEDED:
        Payment.objects.filter(pk=payment.pk).update(attempt=attempt)
        payment.attempt = attempt
        move_attempt(attempt, Attempt.Status.SUCCEEDED, at, actor, ended_at=at)
    declaration = BankDeclaration.objects.open().filter(invoice=invoice).first()
    if declaration is not None and BANK in (payment.gateway, payment.method):
        decide_declaration(
            declaration, BankDeclaration.Status.CONFIRMED, at, actor, payment=payment
        )
        declaration = None
    if Invoice.objects.filter(pk=invoice.pk, status__in=OPEN).exists():
        return
    if declaration is not None:
        decide_declaration(declaration, BankDeclaration.Status.LAPSED, at, actor)
    for idle in Attempt.objects.filter(invoice=invoice, status=Attempt.Status.OPEN):
        # Nothing was made outside for a bank transfer; elsewhere the gateway is asked before it is closed.
        if idle.gateway == BANK:
            move_attempt(idle, Attempt.Status.CLOSED, at, actor, ended_at=at)
        else:
            queue(("attempt", idle.pk), LOOK, f"payment {payment.pk}", at)


def _open_attempt(payment: Payment) -> Attempt | None:
    if payment.gateway != BANK:
        return None
    return Attempt.objects.filter(
        invoice_id=payment.invoice_id, gateway=BANK, status="open"
    ).first()
