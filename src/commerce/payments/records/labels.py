"""What staff read of refunds, and of money that has no invoice."""

from django.utils.translation import gettext_lazy as _

from commerce.payments.rules import RefundMethod, UnallocatedPaymentReason
from commerce.presentation.labels import Text

REFUND_METHOD_LABELS: dict[str, Text] = {
    RefundMethod.GATEWAY: _("Payment gateway"),
    RefundMethod.CREDIT: _("Credit balance"),
}
UNALLOCATED_REASON_LABELS: dict[str, Text] = {
    UnallocatedPaymentReason.REFERENCE: _("Unknown reference"),
    UnallocatedPaymentReason.CURRENCY: _("Another currency"),
    UnallocatedPaymentReason.ACCOUNT: _("Another account"),
}
"""Why it could not be booked."""
