"""Disputes: the payer's bank asks for the money back, and it is won or lost (payments.md 8)."""

import hashlib
from datetime import date
from operator import attrgetter
from typing import Annotated

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.locale import client_text
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.db import locks
from commerce.events.publish import publish
from commerce.jobs.queue import drop_obsolete, enqueue
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount, Day, Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.payment_parts import amount_at_gateway, give_back_won
from commerce.payments.actions.refunds import mark_payment_refunded
from commerce.payments.actions.reversals import (
    cause_of,
    causes_without_dispute,
    gone_of_reversed,
    reverse_locked_payment,
)
from commerce.payments.actions.saved_cards import stop_card
from commerce.payments.actions.states import move_payment
from commerce.payments.events import DisputeOpened
from commerce.payments.gateways.contract import DisputeReport
from commerce.payments.job_names import LOST_AFTER_REFUND, UNRECOVERED_AMOUNT
from commerce.payments.models import Dispute, Payment
from commerce.payments.rules import (
    ASKED_WITHIN,
    DISPUTE_MOVES,
    REVERSAL,
    REVERSED_OR_REFUNDED,
    DisputeStatus,
    PaymentStatus,
    ReportTooEarly,
)

AGAIN_MARK = "#"
"""Between the gateway's name of a case and the number of its dispute, from the second one on."""
DISPUTED_TEXT = _("A payment with this payment method is disputed.")


@transaction.atomic
def apply_dispute_report(*, gateway: str, report: DisputeReport, ctx: Context) -> None:
    """Make true here what a gateway says of a dispute; the same report again changes nothing.

    One that was won may be lost in the end, and is another dispute then. Raises ``ReportTooEarly`` while its payment is
    not booked, and ``StateConflict`` for what may be older news.
    """
    payment = Payment.objects.filter(
        gateway=gateway, transaction_id=report.transaction_id or None
    ).first()
    if payment is None:
        raise ReportTooEarly(report.transaction_id)
    same_money = report.currency_code == payment.currency_id
    # A bank may count in a currency of its own, and add its fee.
    amount = min(report.amount, payment.amount) if same_money else payment.amount
    dispute = open_dispute(
        payment=payment,
        reference=_reference_of(gateway, report, ctx),
        amount=amount,
        reason=report.reason,
        due_by=report.due_by,
        ctx=ctx,
    )
    if dispute.status == DisputeStatus.OPEN and report.state != DisputeStatus.WON:
        _change_amount(dispute, amount, ctx)
    if report.state == DisputeStatus.WON and dispute.status != DisputeStatus.WON:
        win_dispute(dispute=dispute, ctx=ctx)
    elif report.state == DisputeStatus.LOST and dispute.status == DisputeStatus.OPEN:
        lose_dispute(dispute=dispute, ctx=ctx)


def dispute_lock(gateway: str, reference: str) -> str:
    """The name that is locked, before the client is, for whatever is told of a dispute."""
    return f"dispute {gateway} {reference}"


def _reference_of(gateway: str, report: DisputeReport, ctx: Context) -> str:
    """Which dispute of ours a report is about: the last one of its case, or the next one after a case was won.

    Gateways are asked for each report, so that what they were asked after it was won is the truth.
    """
    case = report.dispute_reference
    locks.lock_name(dispute_lock(gateway, case))
    same = Q(reference=case) | Q(reference__startswith=f"{case}{AGAIN_MARK}")
    rows = list(Dispute.objects.filter(same, gateway=gateway).order_by("pk"))
    if not rows:
        return case
    last = rows[-1]
    is_news = last.status == DisputeStatus.WON and report.state == DisputeStatus.LOST
    if not is_news or case.startswith(REVERSAL):
        return last.reference
    if last.closed_at is None or ctx.at - last.closed_at < ASKED_WITHIN:
        raise StateConflict("dispute.won_just_now", reference=case)
    return f"{case}{AGAIN_MARK}{len(rows) + 1}"


def dispute_blocked_reason(payment: Payment, ctx: Context) -> StateConflict | None:
    """Why nobody can ask for money of a payment back: there is none."""
    is_not_here = payment.status in (PaymentStatus.PENDING, PaymentStatus.FAILED)
    return StateConflict("payment.not_received") if is_not_here else None


@transaction.atomic
def open_dispute(
    *,
    payment: Payment,
    reference: str,
    amount: int,
    reason: str,
    ctx: Context,
    due_by: date | None = None,
) -> Dispute:
    """The payer's bank asks for money of a payment back: the payment is disputed until that is decided, staff are told.

    Its invoice stays paid, and the saved card that paid is charged no more. The same reference is the same dispute, of
    which a later day to answer is kept. Money that is gone already without a case is that of this one, which is lost.
    """
    if not 0 < amount <= payment.amount:
        raise BusinessError("dispute.amount_not_valid", field="amount")
    locks.lock_name(dispute_lock(payment.gateway, reference))
    lock_client(payment.client_id)
    row = locks.lock(payment, "invoice")
    if found := Dispute.objects.filter(gateway=row.gateway, reference=reference).first():
        return _same(found, row, due_by)
    if reason_against := dispute_blocked_reason(row, ctx):
        raise reason_against
    gone = row.disputes.filter(reference__startswith=REVERSAL, status=DisputeStatus.LOST).first()
    if gone is not None and not reference.startswith(REVERSAL):
        return _name_case(gone, reference, reason, due_by, ctx)
    dispute = Dispute.objects.create(
        client_id=row.client_id,
        payment=row,
        gateway=row.gateway,
        reference=reference,
        amount=amount,
        reason=" ".join(reason.split())[:500],
        due_by=due_by,
        recorded_by=ctx.actor.name,
        opened_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="dispute.opened",
        record=("dispute", dispute.pk),
        name=str(dispute),
        client_id=row.client_id,
        after={"amount": amount, "currency": row.currency_id, "reference": reference},
        reason=dispute.reason,
    )
    if row.status == PaymentStatus.COMPLETED:
        move_payment(payment=row, to=PaymentStatus.DISPUTED, ctx=ctx, reason=dispute.reason)
    if row.attempt is not None and row.attempt.saved_card is not None:
        stop_card(
            card=row.attempt.saved_card, reason=client_text(row.client, DISPUTED_TEXT), ctx=ctx
        )
    publish(DisputeOpened(dispute.pk), at=ctx.at, client_id=row.client_id)
    return dispute


@act(
    "payment.open_dispute",
    Payment,
    label=_("Record dispute"),
    intro=_(
        "For a chargeback that your bank told you about. Disputes at payment gateways are"
        " recorded automatically."
    ),
    done=lambda _dispute, _payment: _(
        "The dispute was recorded. The invoice stays paid until it is decided."
    ),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=dispute_blocked_reason,
    example='payment open-dispute 7 --reason "unknown to the payer" --due-by 2030-01-31',
)
def open_dispute_manually(
    *,
    payment: Payment,
    reason: Annotated[str, REASON],
    ctx: Context,
    amount: Annotated[
        int | None,
        Amount(
            _("Disputed amount"),
            about=_("Leave blank for the whole payment."),
            currency=attrgetter("currency_id"),
            least=1,
        ),
    ] = None,
    due_by: Annotated[date | None, Day(_("Response due"))] = None,
    reference: Annotated[str, Line(_("The bank's reference"), most=255, least=0)] = "",
) -> Dispute:
    """Staff record a chargeback that a bank's letter tells of; the same words again are the same dispute."""
    amount = payment.amount if amount is None else amount
    said = f"{payment.pk} {amount} {' '.join(reason.split())}"
    own = f"own-{hashlib.sha256(said.encode()).hexdigest()[:24]}"
    return open_dispute(
        payment=payment,
        reference=reference or own,
        amount=amount,
        reason=reason,
        due_by=due_by,
        ctx=ctx,
    )


def _same(found: Dispute, payment: Payment, due_by: date | None) -> Dispute:
    if found.payment_id != payment.pk:
        raise BusinessError("dispute.of_another_payment", reference=found.reference)
    if due_by and due_by != found.due_by:
        Dispute.objects.filter(pk=found.pk).update(due_by=due_by)
        found.due_by = due_by
    return found


def _name_case(
    found: Dispute, reference: str, reason: str, due_by: date | None, ctx: Context
) -> Dispute:
    """The case of a reversal that was told before it."""
    before = found.reference
    found.reference, found.due_by = reference, due_by
    found.reason = " ".join(reason.split())[:500] or found.reason
    found.save(update_fields=["reference", "due_by", "reason"])
    write_audit_entry(
        ctx=ctx,
        action="dispute.opened",
        record=("dispute", found.pk),
        name=str(found),
        client_id=found.client_id,
        before={"reference": before},
        after={"reference": reference},
        reason=found.reason,
    )
    return found


def _change_amount(dispute: Dispute, amount: int, ctx: Context) -> None:
    """The payer asks for more or less than before, or gets less than they asked for."""
    if amount == dispute.amount:
        return
    Dispute.objects.filter(pk=dispute.pk).update(amount=amount)
    write_audit_entry(
        ctx=ctx,
        action="dispute.amount_changed",
        record=("dispute", dispute.pk),
        name=str(dispute),
        client_id=dispute.client_id,
        before={"amount": dispute.amount},
        after={"amount": amount},
    )
    dispute.amount = amount


def win_blocked_reason(dispute: Dispute, ctx: Context) -> StateConflict | None:
    """Why a dispute cannot be won: one that was lost can."""
    is_won = dispute.status == DisputeStatus.WON
    return StateConflict("dispute.already_won") if is_won else None


@act(
    "dispute.won",
    Dispute,
    label=_("Mark as won"),
    intro=_("The payment counts again."),
    done=_("The dispute was won. The payment counts again."),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=win_blocked_reason,
)
@transaction.atomic
def win_dispute(*, dispute: Dispute, ctx: Context) -> None:
    """The money stays with us: what a lost one had taken counts again, and the payment is completed again, unless it is
    refunded, or another dispute of it is lost or open. With the last lost one, what staff reversed counts again, too.

    Raises ``StateConflict`` for a dispute that was won before.
    """
    row = _locked(dispute)
    if reason := win_blocked_reason(row, ctx):
        raise reason
    payment = row.payment
    _close(dispute, DisputeStatus.WON, ctx)
    is_lost, is_disputed = _others_lost(row).exists(), payment.disputes.open().exists()
    _drop_todos(row, ctx, only_its_own=is_lost)
    if payment.status in REVERSED_OR_REFUNDED:
        give_back_won(payment, cause_of(row), ctx)
        if is_lost:
            return
        for cause in causes_without_dispute(payment):
            give_back_won(payment, cause, ctx)
        if payment.status == PaymentStatus.REFUNDED:
            return
    elif payment.status != PaymentStatus.DISPUTED or is_disputed:
        return
    move_payment(payment=payment, to=PaymentStatus.COMPLETED, ctx=ctx, reason=row.reason)
    if is_disputed:
        move_payment(payment=payment, to=PaymentStatus.DISPUTED, ctx=ctx, reason=row.reason)
    mark_payment_refunded(payment, row.reason, ctx)


def _drop_todos(dispute: Dispute, ctx: Context, *, only_its_own: bool) -> None:
    """What staff were asked to collect is ours again."""
    of_it = {"cause": cause_of(dispute)} if only_its_own else None
    reason, todo = "The dispute was won.", ("payment", dispute.payment_id)
    drop_obsolete(todo, [UNRECOVERED_AMOUNT], at=ctx.at, reason=reason, args=of_it)
    drop_obsolete(("dispute", dispute.pk), [LOST_AFTER_REFUND], at=ctx.at, reason=reason)


def loss_blocked_reason(dispute: Dispute, ctx: Context) -> StateConflict | None:
    """Why a dispute cannot be lost."""
    is_open = dispute.status == DisputeStatus.OPEN
    return None if is_open else StateConflict("dispute.already_decided")


@act(
    "dispute.lost",
    Dispute,
    label=_("Mark as lost"),
    intro=_(
        "The payment is reversed: its invoice is due again, and credit that came from it is"
        " removed."
    ),
    done=_("The dispute was lost. What the payment paid is due again."),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=loss_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def lose_dispute(*, dispute: Dispute, ctx: Context) -> None:
    """The money is gone: the payment is reversed and its invoice open again; what was refunded to credit is taken from
    credit, also of a payment that is refunded, and stays so. What its gateway sent back before, or other disputes took,
    is a to-do for staff. Raises ``StateConflict`` unless the dispute is open.
    """
    row = _locked(dispute)
    if reason_against := loss_blocked_reason(row, ctx):
        raise reason_against
    payment = row.payment
    others = sum(_others_lost(row).values_list("amount", flat=True))
    _close(dispute, DisputeStatus.LOST, ctx)
    covered = amount = min(row.amount, max(amount_at_gateway(payment) - others, 0))
    if payment.status in REVERSED_OR_REFUNDED:
        # Staff may have reversed it for this one.
        amount = max(min(covered, others + covered - gone_of_reversed(payment)), 0)
    if amount or payment.status != PaymentStatus.REFUNDED:
        reason = row.reason or f"Dispute {row.reference} was lost"
        reverse_locked_payment(payment, amount=amount, reason=reason, cause=cause_of(row), ctx=ctx)
    if left := row.amount - covered:
        enqueue(("dispute", row.pk), LOST_AFTER_REFUND, "lost", ctx.at, {"amount": left})


def _others_lost(dispute: Dispute) -> QuerySet[Dispute]:
    lost = dispute.payment.disputes.filter(status=DisputeStatus.LOST)
    return lost.exclude(pk=dispute.pk)


def _locked(dispute: Dispute) -> Dispute:
    lock_client(dispute.client_id)
    payment = locks.lock(dispute.payment, "invoice")
    row = Dispute.objects.get(pk=dispute.pk)
    row.payment = payment
    return row


def _close(dispute: Dispute, to: DisputeStatus, ctx: Context) -> None:
    move(
        dispute,
        to,
        allowed=DISPUTE_MOVES,
        ctx=ctx,
        client_id=dispute.client_id,
        reason=dispute.reason,
        closed_at=ctx.at,
    )
