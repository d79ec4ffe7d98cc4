"""Rows of payments, one file for each noun; import them from here."""

from commerce.payments.models.attempts import (
    Attempt,
    AttemptInvoice,
    AttemptQuerySet,
    AutopayTry,
)
from commerce.payments.models.disputes import Dispute
from commerce.payments.models.gateway_accounts import GatewayAccount
from commerce.payments.models.gateway_events import GatewayEvent, RefusedMessage
from commerce.payments.models.payments import Payment, PaymentQuerySet, PaymentShare
from commerce.payments.models.receipts import PaymentReceipt
from commerce.payments.models.refunds import Refund
from commerce.payments.models.saved_cards import CardSetup, GatewayCustomer, SavedCard
from commerce.payments.models.transfer_notices import TransferNotice
from commerce.payments.models.unallocated import UnallocatedPayment

__all__ = [
    "Attempt",
    "AttemptInvoice",
    "AttemptQuerySet",
    "AutopayTry",
    "CardSetup",
    "Dispute",
    "GatewayAccount",
    "GatewayCustomer",
    "GatewayEvent",
    "Payment",
    "PaymentQuerySet",
    "PaymentReceipt",
    "PaymentShare",
    "Refund",
    "RefusedMessage",
    "SavedCard",
    "TransferNotice",
    "UnallocatedPayment",
]
