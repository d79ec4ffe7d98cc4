"""Ways to pay, for tests."""

from datetime import datetime

from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import open_dispute
from commerce.payments.actions.refund_results import apply_refund_report
from commerce.payments.actions.refunds import amount_left
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.payments.gateways.contract import RefundReport
from commerce.payments.models import Dispute, Payment, Refund, TransferNotice
from commerce.payments.rules import RefundStatus
from tests.make.people import AT
from tests.make.settings import switch_on_gateway

ACCOUNT = {
    "account_name": "Example Hosting GmbH",
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
}


def switch_on_bank_transfer(**over: str) -> None:
    """Bank transfer with an account; ``over`` are its fields."""
    switch_on_gateway("bank_transfer", **{**ACCOUNT, **over})


def declare_transfer(invoice: Invoice, at: datetime = AT) -> TransferNotice:
    """The client says that the transfer for an invoice was made."""
    switch_on_bank_transfer()
    return submit_transfer_notice(invoice=invoice, ctx=Context(at, SYSTEM))


def refund_whole_payment(*, payment: Payment, reason: str, ctx: Context) -> None:
    """The gateway sent back all that was left of a payment, at its own site."""
    apply_refund_report(
        gateway=payment.gateway,
        report=RefundReport(
            RefundStatus.SUCCEEDED,
            payment.transaction_id,
            f"re-{payment.pk}-{payment.refunds.count()}",
            amount_left(payment),
            payment.currency_id,
            reason=reason,
        ),
        ctx=ctx,
    )
    payment.refresh_from_db()


def make_requested_refund(payment: Payment, amount: int) -> Refund:
    """A refund that its gateway was not asked for yet."""
    return Refund.objects.create(
        client_id=payment.client_id,
        payment=payment,
        gateway=payment.gateway,
        amount=amount,
        method="gateway",
        idempotency_key=f"k-{payment.pk}-{amount}",
        reason="asked",
        created_at=AT,
    )


def dispute_payment(*, payment: Payment, reason: str, ctx: Context) -> Dispute:
    """The payer's bank asks for all of a payment back."""
    dispute = open_dispute(
        payment=payment,
        reference=f"dp-{payment.pk}",
        amount=payment.amount,
        reason=reason,
        ctx=ctx,
    )
    payment.refresh_from_db()
    return dispute
