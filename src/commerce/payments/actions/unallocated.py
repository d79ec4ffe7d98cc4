"""Money that belongs to no invoice as it came is kept until staff decide, in ``manual.py`` (payments.md 2.3)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.audit.actions import write_audit_entry
from commerce.billing.models import Invoice, PlanChange
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.attempts import fail_attempt
from commerce.payments.actions.received_money import (
    ReceivedMoney,
    check_received_amount,
    lock_transaction,
)
from commerce.payments.events import PaymentUnallocated
from commerce.payments.models import Attempt, Payment, UnallocatedPayment
from commerce.payments.rules import (
    UnallocatedPaymentReason,
)

OTHER_CURRENCY_TEXT = _(
    "We received your payment, but in a different currency than the invoice. We'll contact you about the next steps."
)


def record_reported_money(
    *, money: ReceivedMoney, invoice: Invoice | None, attempt: Attempt | None, ctx: Context
) -> UnallocatedPayment:
    """Keep money that is reported and cannot be booked: of nothing of ours, or in another currency than what it is for.

    An attempt whose money is kept has ended, so that it keeps nobody from paying anew.
    """
    bound_to = attempt or invoice
    if attempt is not None and attempt.is_live:
        why = client_text(attempt.client, OTHER_CURRENCY_TEXT)
        fail_attempt(attempt=attempt, reason=why, ctx=ctx)
    reason = UnallocatedPaymentReason.CURRENCY if bound_to else UnallocatedPaymentReason.REFERENCE
    return record_unallocated_payment(
        gateway=money.gateway,
        transaction_id=money.transaction_id,
        amount=money.amount,
        currency_code=money.currency_code,
        received_on=money.received_on,
        reason=reason,
        reference=money.reference,
        note=_meant_for(attempt) if attempt and not invoice else "",
        invoice=invoice,
        plan_change=attempt.plan_change if attempt else None,
        client_id=bound_to.client_id if bound_to else None,
        raw=money.raw,
        ctx=ctx,
    )


def _meant_for(attempt: Attempt) -> str:
    """What staff read of money that came for no single invoice."""
    if attempt.plan_change is not None:
        return f"For plan change {attempt.plan_change.reference} of {attempt.client}"[:500]
    invoices = ", ".join(str(each) for each in attempt.invoices())
    return f"For {invoices or 'added funds'} of {attempt.client}"[:500]


@transaction.atomic
def record_unallocated_payment(
    *,
    gateway: str,
    transaction_id: str,
    amount: int,
    currency_code: str,
    received_on: date,
    reason: str,
    ctx: Context,
    reference: str = "",
    note: str = "",
    invoice: Invoice | None = None,
    plan_change: PlanChange | None = None,
    client_id: int | None = None,
    raw: Mapping[str, Any] | None = None,
) -> UnallocatedPayment:
    """Keep money that cannot be booked; staff decide. The same transaction again is the same row.

    ``invoice``, ``plan_change`` and ``client_id`` say for what and whom it was meant, where that is known.

    Raises ``BusinessError`` for a transaction that is booked as a payment (U1).
    """
    check_received_amount(amount, received_on, ctx.at)
    if reason not in UnallocatedPaymentReason:
        raise BusinessError("unallocated_payment.reason_unknown")
    lock_transaction(gateway, transaction_id)
    if Payment.objects.filter(gateway=gateway, transaction_id=transaction_id).exists():
        raise BusinessError("unallocated_payment.already_booked")
    if kept := UnallocatedPayment.objects.filter(
        gateway=gateway, transaction_id=transaction_id
    ).first():
        return kept
    meant = invoice or plan_change
    concerns = meant.client_id if meant else client_id
    unallocated = UnallocatedPayment.objects.create(
        gateway=gateway,
        transaction_id=transaction_id,
        amount=amount,
        currency_code=currency_code,
        received_on=received_on,
        reason=reason,
        reference=reference,
        note=note,
        invoice=invoice,
        plan_change=plan_change,
        raw=dict(raw or {}),
        recorded_by=ctx.actor.name,
        created_at=ctx.at,
    )
    write_audit_entry(
        ctx=ctx,
        action="unallocated_payment.kept",
        record=("unallocated_payment", unallocated.pk),
        name=str(unallocated),
        client_id=concerns,
        after={"amount": amount, "currency": currency_code, "reason": reason},
        staff_only=True,
    )
    publish(PaymentUnallocated(unallocated.pk), at=ctx.at, client_id=concerns)
    return unallocated
