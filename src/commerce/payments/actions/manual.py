"""Payments that staff book: what they type of transfers, cash and checks (payments.md 6), and money that is kept
without an invoice (2.3).
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.states import move
from commerce.billing.changes.plan_changes.actions.paying import amount_asked_for
from commerce.billing.changes.plan_changes.finding import find_what_is_paid
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.models import Invoice, PlanChange
from commerce.db import locks
from commerce.db.locks import lock
from commerce.kit import ids
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Day, Line, Reference
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.booking import book_payment, book_payment_of_invoices, record_payment
from commerce.payments.actions.plan_change_payments import (
    book_plan_change_payment,
    record_plan_change_payment,
)
from commerce.payments.actions.received_money import (
    ReceivedMoney,
    booking_of,
    check_received_amount,
    lock_transaction,
)
from commerce.payments.gateways import registry
from commerce.payments.gateways.method_names import METHOD_LABELS
from commerce.payments.models import Payment, UnallocatedPayment
from commerce.payments.rules import (
    UNALLOCATED_PAYMENT_MOVES,
    PaymentMethod,
    UnallocatedPaymentStatus,
)

MAX_REFERENCE_LENGTH = 255


class ConfirmationRequired(BusinessError):
    """What was typed may be right, but must be said twice; ``what`` is ``reference`` or ``amount``."""

    def __init__(self, code: str, /, *, what: str, **values: object) -> None:
        super().__init__(code, field=what, **values)
        self.what = what


class ReceivedByHand(TypedDict):
    """What staff type of money that came, in minor units of the currency of what it is for."""

    amount: int
    method: str
    received_on: date
    idempotency_key: str
    reference: NotRequired[str]
    note: NotRequired[str]
    confirmed: NotRequired[frozenset[str]]


@transaction.atomic
def record_manual_payment(
    *, invoice: Invoice, ctx: Context, **received: Unpack[ReceivedByHand]
) -> Payment:
    """Book what staff received for an invoice, in minor units of its currency; the same ``idempotency_key`` is the
    same payment.

    Raises ``ConfirmationRequired`` for a reference that exists already and for more than is due, unless ``confirmed``
    names ``reference`` and ``amount``; the rest becomes credit.
    """

    return record_received(invoice, ctx=ctx, **received)


@act(
    "invoice.mark_paid",
    Invoice,
    label=_("Mark as paid"),
    intro=_("What is due is recorded as received on that day."),
    done=_("A payment of what was due is recorded."),
    staff=StaffPermission.INVOICES_RECORD_PAYMENT,
    blocked=payable_only_blocked_reason,
    for_many=True,
    example="invoice mark-paid INV-0042 --received-on 2026-05-31 --method cash",
)
@transaction.atomic
def mark_invoice_paid(
    *,
    invoice: Invoice,
    received_on: Annotated[date, Day(_("Date received"))],
    method: Annotated[str, Choice(_("Method"), labels=METHOD_LABELS)],
    ctx: Context,
) -> Payment:
    """Book just what is due of an invoice. Raises ``StateConflict`` for one that cannot be paid, and what
    `record_manual_payment` raises.
    """
    lock_client(invoice.client_id)
    row = lock(invoice)
    if reason := payable_only_blocked_reason(row, ctx):
        raise reason
    return record_manual_payment(
        invoice=row,
        amount=row.amount_due,
        method=method,
        received_on=received_on,
        idempotency_key=ids.random_key(),
        ctx=ctx,
    )


@transaction.atomic
def record_manual_plan_change_payment(
    *, change: PlanChange, ctx: Context, **received: Unpack[ReceivedByHand]
) -> Payment:
    """``record_manual_payment`` for the request of a plan change, which it carries out."""
    return record_received(change, ctx=ctx, **received)


@transaction.atomic
def record_manual_payment_of_invoices(
    *, invoices: Sequence[Invoice], ctx: Context, **received: Unpack[ReceivedByHand]
) -> Payment:
    """``record_manual_payment`` for several open invoices of one client and currency, the oldest due date first.

    Raises ``BusinessError`` for those of two, and ``StateConflict`` for one that cannot be paid.
    """
    if len({(one.client_id, one.currency_id) for one in invoices}) != 1:
        raise BusinessError("payment.invoices_differ")
    rows = Invoice.objects.filter(pk__in=[one.pk for one in invoices])
    oldest_first = list(rows.order_by(F("due_date").asc(nulls_last=True), "pk"))

    def check() -> None:
        for row in oldest_first:
            if reason := payable_only_blocked_reason(lock(row), ctx):
                raise reason

    return record_received(oldest_first, check=check, ctx=ctx, **received)


type WhatIsPaid = Invoice | PlanChange | Sequence[Invoice]


def _due(meant: WhatIsPaid) -> int:
    if isinstance(meant, Sequence):
        return sum(map(_due, meant))
    if isinstance(meant, PlanChange):
        return amount_asked_for(PlanChange.objects.select_related("invoice").get(pk=meant.pk))
    return Invoice.objects.values_list("amount_due", flat=True).get(pk=meant.pk)


def _nothing_more() -> None:
    """All is checked."""


@transaction.atomic
def record_received(
    meant: WhatIsPaid,
    *,
    check: Callable[[], None] = _nothing_more,
    amount: int,
    method: str,
    received_on: date,
    idempotency_key: str,
    ctx: Context,
    reference: str = "",
    note: str = "",
    confirmed: frozenset[str] = frozenset(),
) -> Payment:
    """Check what was typed, under the locks of form, transaction and client, and have it booked; ``check`` raises what
    else is against it, unless it was booked before.
    """
    reference, note = " ".join(reference.split()), note.strip()
    _check(method, idempotency_key, reference)
    check_received_amount(amount, received_on, ctx.at)
    gateway = registry.gateway_of_method(method)
    locks.lock_name(f"form {idempotency_key}")
    if reference:
        lock_transaction(gateway, reference)
    first = meant[0] if isinstance(meant, Sequence) else meant
    lock_client(first.client_id)
    if booked := Payment.objects.filter(idempotency_key=idempotency_key).first():
        return booking_of(booked, meant)
    check()
    is_known = bool(reference) and _exists(gateway, reference)
    if is_known and "reference" not in confirmed:
        raise ConfirmationRequired(
            "payment.reference_exists", reference=reference, what="reference"
        )
    if amount > _due(meant) and "amount" not in confirmed:
        raise ConfirmationRequired("payment.more_than_due", what="amount")
    has_unique_references = registry.capabilities_of(gateway).unique_references
    is_bank_s_own = has_unique_references and reference and not is_known
    of = first.service if isinstance(first, PlanChange) else first
    money = ReceivedMoney(
        gateway=gateway,
        transaction_id=reference if is_bank_s_own else own_transaction_id(idempotency_key),
        amount=amount,
        currency_code=of.currency_id,
        received_on=received_on,
        note=note,
        method=method,
        reference=reference,
        idempotency_key=idempotency_key,
    )
    if isinstance(meant, PlanChange):
        return book_plan_change_payment(change=meant, money=money, ctx=ctx)
    if isinstance(meant, Sequence):
        return book_payment_of_invoices(invoices=meant, money=money, ctx=ctx)
    return book_payment(invoice=meant, money=money, ctx=ctx)


def own_transaction_id(idempotency_key: str) -> str:
    """A transaction id of ours, from the form's one-time key."""
    return f"own-{hashlib.sha256(idempotency_key.encode()).hexdigest()[:24]}"


def _check(method: str, key: str, reference: str) -> None:
    if method not in PaymentMethod:
        raise BusinessError(
            "payment.method_unknown", methods=", ".join(PaymentMethod), field="method"
        )
    if not key or len(key) > 64:
        raise BusinessError("idempotency_key.not_valid", field="key")
    if len(reference) > MAX_REFERENCE_LENGTH:
        raise BusinessError(
            "payment.reference_too_long", maximum=MAX_REFERENCE_LENGTH, field="reference"
        )


def _exists(gateway: str, reference: str) -> bool:
    return (
        Payment.objects.filter(reference=reference).exists()
        or Payment.objects.filter(gateway=gateway, transaction_id=reference).exists()
        or UnallocatedPayment.objects.filter(gateway=gateway, transaction_id=reference).exists()
    )


def allocation_blocked_reason(
    unallocated: UnallocatedPayment, ctx: Context
) -> StateConflict | None:
    """Why money without an invoice cannot be assigned or returned any more."""
    is_open = unallocated.status == UnallocatedPaymentStatus.OPEN
    return None if is_open else StateConflict("unallocated_payment.ended")


def _assigned_text(payment: Payment, _row: UnallocatedPayment) -> Any:
    if payment.invoice is None:
        return _("The payment was assigned to the plan change.")
    text = _("The payment was assigned to invoice %(number)s.")
    return text % {"number": payment.invoice.number}


@act(
    "unallocated_payment.assign",
    UnallocatedPayment,
    label=_("Assign"),
    intro=_(
        "Recorded as a payment of that invoice or plan change, which must be in the same currency."
    ),
    done=_assigned_text,
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=allocation_blocked_reason,
    example="payment unallocated assign 7 --to INV-0042",
)
@transaction.atomic
def assign_unallocated_payment(
    *,
    unallocated: UnallocatedPayment,
    to: Annotated[
        Invoice | PlanChange,
        Reference(
            _("Invoice or plan change"),
            about=_(
                "Number, payment reference, or ID of an invoice, or reference of a plan change."
            ),
            find=find_what_is_paid,
        ),
    ],
    ctx: Context,
) -> Payment:
    """Book an open unallocated payment on an invoice of its currency, or on the request of a plan change; from then on
    the transaction is that payment's.

    Raises ``BusinessError`` for another currency, ``StateConflict`` for a draft, and when it was assigned or returned
    already.
    """
    if isinstance(to, PlanChange):
        money = _take_unallocated(unallocated, to.service.currency_id, ctx, plan_change=to)
        payment = record_plan_change_payment(change=to, money=money, ctx=ctx)
    else:
        money = _take_unallocated(unallocated, to.currency_id, ctx, invoice=to)
        payment = record_payment(invoice=to, money=money, ctx=ctx)
    UnallocatedPayment.objects.filter(pk=unallocated.pk).update(payment=payment)
    unallocated.refresh_from_db()
    return payment


def _take_unallocated(
    unallocated: UnallocatedPayment, currency_code: str, ctx: Context, **to: Any
) -> ReceivedMoney:
    """Give the transaction of an open unallocated payment away: what is booked of it."""
    row = lock(unallocated)
    if reason := allocation_blocked_reason(row, ctx):
        raise reason
    if row.currency_code != currency_code:
        raise BusinessError(
            "unallocated_payment.currency_differs",
            invoice_currency=currency_code,
            payment_currency=row.currency_code,
        )
    meant = {"invoice": None, "plan_change": None, **to}
    _end_unallocated(
        unallocated, UnallocatedPaymentStatus.ASSIGNED, ctx, transaction_id=None, **meant
    )
    assert row.transaction_id is not None  # it is open
    return ReceivedMoney(
        gateway=row.gateway,
        transaction_id=row.transaction_id,
        amount=row.amount,
        currency_code=row.currency_code,
        received_on=row.received_on,
        note=row.note,
        reference=row.reference,
    )


@act(
    "unallocated_payment.return",
    UnallocatedPayment,
    label=_("Mark as returned"),
    done=_("The payment was marked as returned."),
    staff=StaffPermission.PAYMENTS_MANAGE,
    blocked=allocation_blocked_reason,
)
@transaction.atomic
def return_unallocated_payment(
    *,
    unallocated: UnallocatedPayment,
    note: Annotated[str, Line(_("Return details"))],
    ctx: Context,
) -> None:
    """The money went back to where it came from; ``note`` says how. Raises ``StateConflict`` when it is not open."""
    if reason := allocation_blocked_reason(lock(unallocated), ctx):
        raise reason
    _end_unallocated(unallocated, UnallocatedPaymentStatus.RETURNED, ctx, note=note)


def _end_unallocated(
    unallocated: UnallocatedPayment, to: UnallocatedPaymentStatus, ctx: Context, **changes: Any
) -> None:
    move(
        unallocated,
        to,
        allowed=UNALLOCATED_PAYMENT_MOVES,
        ctx=ctx,
        client_id=None,
        ended_at=ctx.at,
        **changes,
    )
