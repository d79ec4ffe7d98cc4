"""Money that reached us, whatever it is booked on: the payment's row, what it ends, its shares (payments.md 2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import chain
from typing import Any

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.audit.actions import write_audit_entry
from commerce.billing.books.queries import later_booking_day
from commerce.billing.changes.plan_changes.actions.paying import takes_money
from commerce.billing.credit.actions import post_credit
from commerce.billing.credit.rules import CreditReason
from commerce.billing.events import PlanChangeRequestEnded
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES, InvoiceKind, SettlementKind
from commerce.billing.models import Invoice, PlanChange
from commerce.db import locks
from commerce.events.publish import publish
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.states import decide_transfer_notice, move_attempt
from commerce.payments.events import PaymentShareBooked
from commerce.payments.gateways import registry
from commerce.payments.job_names import POLL_ATTEMPT
from commerce.payments.models import (
    Attempt,
    Payment,
    PaymentShare,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.rules import AttemptStatus, PaymentStatus, TransferNoticeStatus
from commerce.site_settings import current


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMoney:
    """Money that came, in minor units of its currency, with what the payment's row keeps of it.

    ``reference`` is what it came under, ``idempotency_key`` that of the form of staff. ``raw`` is what was reported,
    kept with money that cannot be booked.
    """

    gateway: str
    transaction_id: str
    amount: int
    currency_code: str
    received_on: date
    reference: str = ""
    fee: int = 0
    note: str = ""
    method: str = ""
    card_brand: str = ""
    card_last4: str = ""
    card_country: str = ""
    idempotency_key: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """As the payment's row has it."""
        names = {one.name for one in fields(self)} - {"currency_code", "raw"}
        return {"currency_id": self.currency_code} | {name: getattr(self, name) for name in names}


def lock_transaction(gateway: str, transaction_id: str) -> None:
    """Let one report of a transaction through at a time, until the end of this database transaction.

    A payment and an unallocated payment are in different tables, so that no constraint keeps a transaction out of both
    (U1).
    """
    locks.lock_name(f"{gateway} {transaction_id}")


def find_booking(money: ReceivedMoney) -> Payment | None:
    """The payment as which a transaction is booked. Raises ``BusinessError`` for one that is kept as unallocated."""
    known = {"gateway": money.gateway, "transaction_id": money.transaction_id}
    if booked := Payment.objects.filter(**known).first():
        return booked
    if UnallocatedPayment.objects.filter(**known).exists():
        raise BusinessError("payment.kept_unallocated")
    return None


def add_payment(
    money: ReceivedMoney,
    ctx: Context,
    *,
    client_id: int,
    invoice: Invoice | None = None,
    plan_change: PlanChange | None = None,
    attempt: Attempt | None = None,
) -> Payment:
    """The row of a payment that has come, for a caller who says in the same transaction what becomes of it.

    If the month in which it was received is closed, it is booked on the first open day.
    """
    bump_revision(client_id, ctx)
    booked_on = later_booking_day(money.received_on, current.business_date(ctx.at))
    return Payment.objects.create(
        client_id=client_id,
        invoice=invoice,
        plan_change=plan_change,
        attempt=attempt,
        status=PaymentStatus.COMPLETED,
        booked_on=booked_on,
        booked_at=ctx.at,
        recorded_by=ctx.actor.name,
        created_at=ctx.at,
        **money.columns(),
    )


def check_received_amount(amount: int, received_on: date, at: datetime) -> None:
    """What holds for all money: something came, and not in the future. Raises ``BusinessError``."""
    if amount <= 0:
        raise BusinessError("amount.not_positive", field="amount")
    if received_on > current.business_date(at):
        raise BusinessError("payment.day_in_future", field="received_on")


def booking_of(booked: Payment, meant: Invoice | PlanChange | Sequence[Invoice]) -> Payment:
    """A booking that was found, if it is of this invoice, of these, or of this request. Raises ``BusinessError``."""
    if isinstance(meant, Sequence):
        if not {*booked.invoices()} <= {*meant}:
            raise BusinessError("payment.booked_elsewhere")
        return booked
    of = booked.invoice_id if isinstance(meant, Invoice) else booked.plan_change_id
    if of != meant.pk:
        raise BusinessError("payment.booked_elsewhere")
    return booked


def record_booking(payment: Payment, about: dict[str, Any], to_credit: int, ctx: Context) -> None:
    """The entry of a booking in the audit log; ``about`` says what the money came for."""
    after = {"amount": payment.amount, "currency": payment.currency_id, **about}
    after |= {"received_on": str(payment.received_on)}
    after |= {"booked_on": str(payment.booked_on)} if payment.booked_on else {}
    after |= {"fee": payment.fee} if payment.fee else {}
    write_audit_entry(
        ctx=ctx,
        action="payment.completed",
        record=("payment", payment.pk),
        name=str(payment),
        client_id=payment.client_id,
        after=after | ({"to_credit": to_credit} if to_credit else {}),
    )


def succeed_attempt(payment: Payment, ctx: Context) -> None:
    """This payment is what its attempt was for; a second one of the same attempt is a payment all the same."""
    attempt = payment.attempt or _open_attempt(payment)
    if attempt is not None and attempt.status != AttemptStatus.SUCCEEDED:
        Payment.objects.filter(pk=payment.pk).update(attempt=attempt)
        payment.attempt = attempt
        move_attempt(attempt, AttemptStatus.SUCCEEDED, ctx, ended_at=ctx.at)


def end_what_waits(payment: Payment, invoice: Invoice, ctx: Context) -> None:
    """The transfer notice that announced a payment, and, once nothing is due, whatever else waits for the invoice."""
    notice = TransferNotice.objects.open().filter(invoice=invoice).order_by("pk").first()
    if notice is not None and registry.capabilities_of(payment.gateway).by_transfer:
        decide_transfer_notice(notice, TransferNoticeStatus.CONFIRMED, ctx, payment=payment)
        notice = None
    if Invoice.objects.filter(pk=invoice.pk, status__in=OPEN_INVOICE_STATUSES).exists():
        return
    if notice is not None:
        decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
    waiting = Attempt.objects.filter(status=AttemptStatus.OPEN)
    idle = chain(waiting.filter(invoice=invoice), waiting.of_several_with(invoice))
    _close_idle(idle, f"payment {payment.pk}", ctx)
    if invoice.kind == InvoiceKind.PLAN_CHANGE:
        for change in PlanChange.objects.filter(invoice=invoice):
            _end_what_waits_for(change, f"payment {payment.pk}", ctx)


def _close_idle(waiting: Iterable[Attempt], cause: str, ctx: Context) -> None:
    for idle in waiting:
        # What was made at a provider is not closed before it is asked.
        if registry.capabilities_of(idle.gateway).can_be_polled:
            enqueue(("attempt", idle.pk), POLL_ATTEMPT, cause, ctx.at)
        else:
            move_attempt(idle, AttemptStatus.CLOSED, ctx, ended_at=ctx.at)


def end_what_waits_for_request(event: PlanChangeRequestEnded, ctx: Context) -> None:
    """What a request that has ended leaves: attempts and a notice that bring nothing any more. One that was carried out
    on account has them until its invoice is paid.
    """
    change = PlanChange.objects.select_related("invoice").get(pk=event.plan_change_id)
    lock_client(change.client_id)
    change.refresh_from_db()
    if not takes_money(change):
        _end_what_waits_for(change, "request ended", ctx)


def _end_what_waits_for(change: PlanChange, cause: str, ctx: Context) -> None:
    for notice in TransferNotice.objects.open().filter(plan_change=change):
        decide_transfer_notice(notice, TransferNoticeStatus.LAPSED, ctx)
    waiting = Attempt.objects.for_request(change).filter(status=AttemptStatus.OPEN)
    _close_idle(waiting.order_by("pk"), cause, ctx)


def _open_attempt(payment: Payment) -> Attempt | None:
    """The attempt that the client began and the payment ends, where no provider names it."""
    if registry.capabilities_of(payment.gateway).can_be_polled:
        return None
    mine = Attempt.objects.filter(gateway=payment.gateway, status=AttemptStatus.OPEN)
    if payment.plan_change is not None:
        return mine.for_request(payment.plan_change).first()
    return mine.filter(invoice=payment.invoice).first() if payment.invoice else None


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
