"""What became of refunds through gateways, whoever tells it: our own call, an event, a poll, staff (payments.md 8)."""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.reversals import (
    GatewayRefund,
    book_failed_refund,
    book_gateway_refund,
    take_from_credit,
)
from commerce.billing.models import Invoice
from commerce.db import locks
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.payment_parts import (
    PaymentPart,
    amount_at_gateway,
    give_back_to_credit,
    payment_parts,
    refunds_of_part,
)
from commerce.payments.actions.refunds import finish_refund, move_refund, used_of_part
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.job_names import (
    FOLLOW_REFUND,
    REFUND_FAILED,
    UNRECOVERED_REFUND,
)
from commerce.payments.models import Payment, Refund
from commerce.payments.rules import (
    DisputeStatus,
    PaymentStatus,
    RefundMethod,
    RefundStatus,
    ReportTooEarly,
)

OUTSIDE_REASON = "Refunded at the gateway"
PART_MARK = "#"
"""Between the gateway's name of a refund and the number of its row, from the second one on."""


def refund_lock(gateway: str, report: RefundReport) -> str:
    """The name that is locked, before the client is, for whatever is told of a refund."""
    return f"refund {gateway} {report.refund_reference}"


@transaction.atomic
def apply_refund_report(*, gateway: str, report: RefundReport, ctx: Context) -> None:
    """Make true here what a gateway says of a refund, ours or one that was made at its own site.

    One of several invoices has a row for each. The same report again, or an older one, changes nothing. Raises
    ``ReportTooEarly`` while its payment is not booked, and while it may be the one that we are just asking for;
    ``BusinessError`` for what staff must look at.
    """
    locks.lock_name(refund_lock(gateway, report))
    refunds = _known(gateway, report)
    if not refunds and report.state != RefundStatus.FAILED:
        refunds = _outside(gateway, report, ctx)
    for refund in refunds:
        reference = refund.reference or report.refund_reference
        if report.state == RefundStatus.FAILED:
            fail_refund(refund=refund, reason=report.reason, reference=reference, ctx=ctx)
            continue
        accept_refund(refund=refund, reference=reference, ctx=ctx)
        if report.state == RefundStatus.SUCCEEDED:
            complete_refund(refund=refund, ctx=ctx)


@transaction.atomic
def accept_refund(*, refund: Refund, reference: str, ctx: Context) -> None:
    """The gateway sends the money: the credit note, the entry of the refund, and the mail. Again changes nothing.

    What the invoice does not hold any more is taken from credit; what is in neither is a to-do for staff.
    """
    row = _locked(refund)
    if row.status != RefundStatus.REQUESTED:
        refund.refresh_from_db()
        return
    booked = _book(row, ctx)
    finish_refund(
        refund,
        RefundStatus.ACCEPTED,
        ctx,
        credit_note=booked.note,
        reference=reference or None,
        unrecovered_amount=booked.short,
        accepted_at=ctx.at,
    )
    if booked.short:
        enqueue(("refund", row.pk), UNRECOVERED_REFUND, "accepted", ctx.at)
    is_told_with_others = PART_MARK in reference
    can_be_polled = registry.capabilities_of(row.gateway).can_be_polled
    if reference and can_be_polled and not is_told_with_others:
        enqueue(("refund", row.pk), FOLLOW_REFUND, "accepted", ctx.at)


def _book(row: Refund, ctx: Context) -> GatewayRefund:
    """What was sent back comes from its invoice, or from the credit that the payment had become."""
    source, payment = f"refund:{row.pk}", row.payment
    if row.is_paid_back and not row.is_outside:
        return GatewayRefund(None, row.amount, 0)  # it left the balance when it was asked for
    if row.is_paid_back:
        return _book_from_credit(row, CreditReason.PAID_BACK, ctx)
    if invoice := row.invoice or payment.invoice:
        return book_gateway_refund(
            invoice=invoice, source=source, amount=row.amount, reason=row.reason, ctx=ctx
        )
    return _book_from_credit(row, CreditReason.TOP_UP_REFUND, ctx)


def _book_from_credit(row: Refund, reason: CreditReason, ctx: Context) -> GatewayRefund:
    taken = take_from_credit(
        client_id=row.client_id,
        currency_code=row.payment.currency_id,
        reason=reason,
        source=f"refund:{row.pk}",
        amount=row.amount,
        ctx=ctx,
    )
    return GatewayRefund(None, taken, row.amount - taken)


@transaction.atomic
def complete_refund(*, refund: Refund, ctx: Context) -> None:
    """The money arrived, as far as the gateway knows. Later than a failure, or again, it changes nothing."""
    if _locked(refund).status == RefundStatus.ACCEPTED:
        move_refund(refund, RefundStatus.SUCCEEDED, ctx)


@transaction.atomic
def fail_refund(*, refund: Refund, reason: str, ctx: Context, reference: str = "") -> None:
    """No money reached the client, and staff are told. Before it was accepted nothing had changed; after that the money
    becomes credit, its credit note stays, and nothing is to be collected any more. Credit that was to go back is credit
    again in both cases. Again changes nothing.

    ``reference`` is the gateway's name of the refund. Without one nobody there has said that it failed.
    """
    row = _locked(refund)
    if row.status == RefundStatus.FAILED:
        refund.refresh_from_db()
        return
    if row.accepted_at is not None or row.is_paid_back:
        _book_failed(row, ctx)
    move_refund(
        refund,
        RefundStatus.FAILED,
        ctx,
        failure=" ".join(reason.split())[:255],
        reference=row.reference or reference or None,
    )
    drop_obsolete(("refund", row.pk), [UNRECOVERED_REFUND], at=ctx.at, reason="The refund failed.")
    enqueue(("refund", row.pk), REFUND_FAILED, "failed", ctx.at)


def _book_failed(row: Refund, ctx: Context) -> None:
    source = f"refund:{row.pk}"
    invoice = None if row.is_paid_back else row.invoice or row.payment.invoice
    if invoice is not None:
        book_failed_refund(invoice=invoice, source=source, ctx=ctx)
    elif back := row.amount - row.unrecovered_amount:
        give_back_to_credit(row.payment, source, back, ctx)


def _locked(refund: Refund) -> Refund:
    """The refund as it is stored, under the locks of client and payment, with payment and invoice."""
    lock_client(refund.client_id)
    payment = locks.lock(refund.payment, "invoice")
    row = Refund.objects.select_related("invoice").get(pk=refund.pk)
    row.payment = refund.payment = payment
    return row


def _known(gateway: str, report: RefundReport) -> list[Refund]:
    """The rows of a report: by our key that was sent along, or by the gateway's reference.

    One that staff took for not made, though it was, is another refund: that one has ended.
    """
    mine = Refund.objects.filter(gateway=gateway, method=RefundMethod.GATEWAY)
    name = report.refund_reference
    of_name = Q(reference=name) | Q(reference__startswith=f"{name}{PART_MARK}", is_outside=True)
    found = list(mine.filter(of_name).order_by("pk"))
    if not found and report.idempotency_key:
        asked = mine.exclude(status=RefundStatus.FAILED, reference=None)
        found = list(asked.filter(idempotency_key=report.idempotency_key))
    return found


def _outside(gateway: str, report: RefundReport, ctx: Context) -> list[Refund]:
    """The rows of a refund that nobody asked for here. Raises ``ReportTooEarly``, or ``BusinessError``."""
    payment = Payment.objects.filter(
        gateway=gateway, transaction_id=report.transaction_id or None
    ).first()
    if payment is None:
        raise ReportTooEarly(report.transaction_id)
    lock_client(payment.client_id)
    row = locks.lock(payment)
    asked = row.refunds.filter(status=RefundStatus.REQUESTED, amount=report.amount)
    if asked.exists():
        raise ReportTooEarly(report.transaction_id)
    if report.currency_code != row.currency_id:
        raise BusinessError("refund.currency_differs", currency=row.currency_id)
    # Of a payment that is reversed a part may have been lost only; what was refunded to credit is still here.
    if row.status in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        raise StateConflict("payment.not_received")
    if not 0 < report.amount <= _left_at_gateway(row):
        raise BusinessError("refund.outside_too_large", reference=report.refund_reference)
    refunds = []
    for n, (invoice, amount, is_paid_back) in enumerate(_spread(row, report.amount)):
        reference = report.refund_reference + (f"{PART_MARK}{n}" if n else "")
        refund = Refund.objects.create(
            client_id=row.client_id,
            payment=row,
            invoice=invoice,
            gateway=gateway,
            amount=amount,
            method=RefundMethod.GATEWAY,
            reference=reference,
            idempotency_key=_outside_key(gateway, reference),
            reason=" ".join(report.reason.split())[:500] or OUTSIDE_REASON,
            is_outside=True,
            is_paid_back=is_paid_back,
            recorded_by=ctx.actor.name,
            created_at=ctx.at,
        )
        refunds.append(refund)
    return refunds


def _left_at_gateway(payment: Payment) -> int:
    """What the gateway can still send back of a payment, less what we are asking for. A case that is lost may be told
    of as a refund, too, and no money is taken twice.
    """
    lost = payment.disputes.filter(status=DisputeStatus.LOST).values_list("amount", flat=True)
    asked = payment.refunds.filter(method=RefundMethod.GATEWAY, status=RefundStatus.REQUESTED)
    return amount_at_gateway(payment) - sum(lost) - sum(asked.values_list("amount", flat=True))


def _spread(payment: Payment, amount: int) -> list[tuple[Invoice | None, int, bool]]:
    """Of what somebody refunded who could not name it: of the one invoice, or of that one of several which has just
    this amount left; else of all, what became credit first and the last invoice that was settled next. What is left of
    none was refunded to credit before, and goes back from there: the pieces that say True.
    """
    parts = payment_parts(payment)
    is_of_several = payment.invoice_id is None
    rooms = [part.amount - used_of_part(payment, part) for part in parts]
    names = [part.invoice if is_of_several else None for part in parts]
    for name, room in zip(names, rooms, strict=True):
        if name is not None and room == amount:
            return [(name, amount, False)]
    noted = _shared_out(amount, rooms)
    sent = [_sent_of_part(payment, part) for part in parts]
    rooms = [
        part.amount - gone - piece for part, gone, piece in zip(parts, sent, noted, strict=True)
    ]
    from_credit = _shared_out(amount - sum(noted), rooms)
    spread = [(name, piece, False) for name, piece in zip(names, noted, strict=True) if piece]
    return spread + [
        (name, piece, True) for name, piece in zip(names, from_credit, strict=True) if piece
    ]


def _shared_out(amount: int, rooms: Sequence[int]) -> list[int]:
    """As much of an amount as fits in each, in their order."""
    pieces = []
    for room in rooms:
        pieces.append(max(min(amount, room), 0))
        amount -= pieces[-1]
    return pieces


def _sent_of_part(payment: Payment, part: PaymentPart) -> int:
    """What gateways sent back of a part, or are asked to."""
    rows = Refund.objects.filter(refunds_of_part(payment, part), method=RefundMethod.GATEWAY)
    return sum(rows.not_failed().values_list("amount", flat=True))


def _outside_key(gateway: str, reference: str) -> str:
    return f"outside-{hashlib.sha256(f'{gateway} {reference}'.encode()).hexdigest()[:32]}"
