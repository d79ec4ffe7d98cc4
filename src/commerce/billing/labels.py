"""What clients read for the kinds of entries that lower or raise what they owe, and what they have."""

from django.utils.translation import gettext_lazy as _

from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import SettlementKind
from commerce.presentation.labels import Text

SETTLEMENT_LABELS: dict[str, Text] = {
    SettlementKind.PAYMENT: _("Payment"),
    SettlementKind.CREDIT: _("Paid with credit"),
    SettlementKind.CREDIT_NOTE: _("Credit note"),
    SettlementKind.REFUND: _("Refund"),
    SettlementKind.REFUND_FAILED: _("Refund that did not arrive"),
    SettlementKind.TO_CREDIT: _("Moved to credit"),
    SettlementKind.REVERSAL: _("Payment taken back by the bank"),
    SettlementKind.REVERSAL_WON: _("Payment confirmed by the bank"),
}
"""By the kind of a settlement entry."""

CREDIT_LABELS: dict[str, Text] = {
    CreditReason.OVERPAYMENT: _("Paid more than was due"),
    CreditReason.LATE_PAYMENT: _("Paid for an invoice that was closed"),
    CreditReason.REFUND_TO_CREDIT: _("Refund"),
    CreditReason.DOWNGRADE: _("Change of plan"),
    CreditReason.STAFF_ADD: _("Added by us"),
    CreditReason.RETURNED: _("Returned from an invoice"),
    CreditReason.APPLIED: _("Used for an invoice"),
    CreditReason.STAFF_REMOVE: _("Taken off by us"),
    CreditReason.PAYOUT: _("Paid out"),
    CreditReason.REVERSAL: _("Payment taken back by the bank"),
}
"""By the reason of a row of the credit ledger."""
