"""Money for the request of a plan change: attempts to pay it, and booking what came (billing.md 8, "Paying a request").

It carries the change out, and is settled on its invoice as a share; what is not needed for that, or comes too late, is
credit.
"""

from django.db import transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import User
from commerce.billing.changes.plan_changes.actions.carrying_out import (
    amount_to_pay,
    ask_for_payment,
    carry_out_with_money,
)
from commerce.billing.changes.plan_changes.actions.paying import pay_plan_change_blocked_reason
from commerce.billing.changes.plan_changes.actions.requests import expect_payment
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.actions.states import lock_invoice
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.models import PlanChange
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.attempts import (
    bind_attempt,
    bind_card_charge,
    check_card_can_be_saved,
    chosen_card,
    chosen_gateway,
    consent_columns,
    live_attempt,
    session_time,
)
from commerce.payments.actions.received_money import (
    ReceivedMoney,
    add_payment,
    add_to_credit,
    booking_of,
    check_received_amount,
    find_booking,
    lock_transaction,
    record_booking,
    settle_share,
    succeed_attempt,
)
from commerce.payments.actions.states import decide_transfer_notice
from commerce.payments.events import LatePaymentBooked
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Payment, SavedCard, TransferNotice
from commerce.payments.queries import gateways_of_request
from commerce.payments.rules import AttemptKind, AttemptPurpose, TransferNoticeStatus
from commerce.site_settings import current


@transaction.atomic
def start_attempt_for_plan_change(
    *,
    change: PlanChange,
    gateway: str,
    created_by: User | None,
    ctx: Context,
    save_card: bool = False,
) -> Attempt:
    """Bind a try to pay what a request asks for; the live one is used again, and keeps its amount.

    The renewal of its service waits as long as the attempt lives, but for a transfer. With ``save_card`` the client
    agreed to ``card_consent_text``. Raises ``StateConflict`` for a request that cannot be paid any more, and while a
    live attempt has another amount or consent (close that first); ``BusinessError`` for a gateway that is not offered.
    """
    row = _lock_payable(change, ctx)
    found = chosen_gateway(gateway, gateways_of_request(row, current.business_date(ctx.at)))
    if save_card:
        check_card_can_be_saved(row.client_id, found)
    amount = amount_to_pay(row)
    if live := live_attempt(row, gateway, amount, save_card=save_card):
        return live
    attempt = bind_attempt(
        gateway=found,
        client_id=row.client_id,
        amount=amount,
        currency_code=row.service.currency_id,
        created_by=created_by,
        ctx=ctx,
        about={"plan_change": row.reference or f"{row.pk}"},
        purpose=AttemptPurpose.PLAN_CHANGE,
        plan_change=row,
        **consent_columns(ctx, save_card=save_card),
    )
    if not found.capabilities.by_transfer:
        expect_payment(change=row, until=ctx.at + session_time(), ctx=ctx)
    return attempt


@transaction.atomic
def charge_card_for_plan_change(
    *,
    change: PlanChange,
    card: SavedCard,
    amount: int,
    created_by: User | None,
    ctx: Context,
) -> Attempt:
    """Charge a saved card what a request asks for, at once: bound here, sent by a job after commit.

    One at a time: a charge that is under way is given back as it is. Raises ``StateConflict`` for a request that
    cannot be paid any more, or asks for another ``amount`` than the client agreed to; ``BusinessError`` for a card
    that cannot be charged.
    """
    row = _lock_payable(change, ctx)
    charges = Attempt.objects.for_request(row).live().filter(kind=AttemptKind.OFF_SESSION)
    if live := charges.first():
        return live
    if amount != amount_to_pay(row):
        raise StateConflict("attempt.amount_changed")
    attempt = bind_card_charge(
        card=chosen_card(card, row.client_id, row.service.currency_id, amount),
        amount=amount,
        currency_code=row.service.currency_id,
        created_by=created_by,
        ctx=ctx,
        about={"plan_change": row.reference or f"{row.pk}"},
        purpose=AttemptPurpose.PLAN_CHANGE,
        plan_change=row,
    )
    expect_payment(change=row, until=ctx.at + session_time(), ctx=ctx)
    return attempt


def _lock_payable(change: PlanChange, ctx: Context) -> PlanChange:
    """The stored row, locked after its client. Raises ``StateConflict`` unless it asks for money today."""
    lock_client(change.client_id)
    row = lock(change, "client", "service")
    if reason := pay_plan_change_blocked_reason(row, ctx):
        raise reason
    if not amount_to_pay(row):
        raise StateConflict("plan_change.nothing_to_pay")
    return row


@transaction.atomic
def record_plan_change_payment(
    *, change: PlanChange, money: ReceivedMoney, ctx: Context, attempt: Attempt | None = None
) -> Payment:
    """Book what was received for the request of a plan change, in its service's currency.

    The same (gateway, transaction) is booked once: whoever reports it again gets the booking that exists. Raises
    ``BusinessError`` for a transaction that is booked for something else, or kept as unallocated.
    """
    check_received_amount(money.amount, money.received_on, ctx.at)
    lock_transaction(money.gateway, money.transaction_id)
    lock_client(change.client_id)
    return book_plan_change_payment(change=change, money=money, ctx=ctx, attempt=attempt)


def book_plan_change_payment(
    *, change: PlanChange, money: ReceivedMoney, ctx: Context, attempt: Attempt | None = None
) -> Payment:
    """``record_plan_change_payment`` of what was checked, for a caller who has locked transaction and client."""
    if booked := find_booking(money):
        return booking_of(booked, change)
    payment = add_payment(
        money, ctx, client_id=change.client_id, plan_change=change, attempt=attempt
    )
    succeed_attempt(payment, ctx)
    _confirm_notice(payment, change, ctx)
    rest = _carry_out(payment, change, ctx)
    record_booking(payment, {"plan_change": change.reference or f"{change.pk}"}, rest, ctx)
    return payment


def _carry_out(payment: Payment, change: PlanChange, ctx: Context) -> int:
    """Carry the change out with a payment, and settle it; what of it became credit."""
    status = PlanChange.objects.values_list("status", flat=True).get(pk=change.pk)
    was_asked_for = status == PlanChangeStatus.AWAITING_PAYMENT
    invoice = carry_out_with_money(change=change, money=payment.amount, ctx=ctx)
    change.refresh_from_db()
    rest, is_used = payment.amount, was_asked_for and change.status != PlanChangeStatus.LAPSED
    if invoice is not None:
        row = lock_invoice(invoice, ctx)
        if row.status in OPEN_INVOICE_STATUSES and (amount := min(rest, row.amount_due)):
            settle_share(payment, row, amount, ctx)
            rest, is_used = rest - amount, True
    if rest:
        reason = CreditReason.OVERPAYMENT if is_used else CreditReason.LATE_PAYMENT
        add_to_credit(payment, rest, reason, ctx)
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        ask_for_payment(change, ctx)
    if not is_used and not was_asked_for:  # of one that lapsed just now staff are told by that
        publish(LatePaymentBooked(payment.pk), at=ctx.at, client_id=payment.client_id)
    return rest


def _confirm_notice(payment: Payment, change: PlanChange, ctx: Context) -> None:
    """The transfer notice that announced a payment."""
    if registry.capabilities_of(payment.gateway).by_transfer:
        for notice in TransferNotice.objects.open().filter(plan_change=change):
            decide_transfer_notice(notice, TransferNoticeStatus.CONFIRMED, ctx, payment=payment)
