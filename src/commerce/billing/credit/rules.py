"""Why credit moves (billing.md 7)."""

from enum import StrEnum


class CreditReason(StrEnum):
    """Why credit was added or taken."""

    OVERPAYMENT = "overpayment"
    LATE_PAYMENT = "late_payment"
    TOP_UP = "top_up"
    REFUND_TO_CREDIT = "refund_to_credit"
    DOWNGRADE = "downgrade"
    STAFF_ADD = "staff_add"
    RETURNED = "returned"
    APPLIED = "applied"
    STAFF_REMOVE = "staff_remove"
    PAYOUT = "payout"
    PAID_BACK = "paid_back"
    REVERSAL = "reversal"
    TOP_UP_REFUND = "top_up_refund"
