"""Rows of payments, one file for each noun; import them from here."""

from commerce.payments.models.attempts import Attempt
from commerce.payments.models.declarations import BankDeclaration
from commerce.payments.models.payments import Payment, PaymentQuerySet
from commerce.payments.models.refunds import Refund
from commerce.payments.models.stray import StrayReceipt

__all__ = ["Attempt", "BankDeclaration", "Payment", "PaymentQuerySet", "Refund", "StrayReceipt"]
