"""Rows of payments, one file for each noun; import them from here."""

from commerce.payments.models.attempts import Attempt
from commerce.payments.models.gateway_events import GatewayEvent, RefusedMessage
from commerce.payments.models.payments import Payment, PaymentQuerySet
from commerce.payments.models.refunds import Refund
from commerce.payments.models.transfer_notices import TransferNotice
from commerce.payments.models.unallocated import UnallocatedPayment

__all__ = [
    "Attempt",
    "GatewayEvent",
    "Payment",
    "PaymentQuerySet",
    "Refund",
    "RefusedMessage",
    "TransferNotice",
    "UnallocatedPayment",
]
