"""What clients read for the kinds of entries that lower or raise what they owe, and what they have."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise

SETTLEMENT_LABELS: dict[str, Text] = {
    "payment": _("Payment"),
    "credit": _("Paid with credit"),
    "credit_note": _("Credit note"),
    "refund": _("Refund"),
    "refund_failed": _("Refund that did not arrive"),
    "to_credit": _("Moved to credit"),
    "reversal": _("Payment taken back by the bank"),
    "reversal_won": _("Payment confirmed by the bank"),
}
"""By the kind of a settlement entry."""

CREDIT_LABELS: dict[str, Text] = {
    "overpayment": _("Paid more than was due"),
    "late_payment": _("Paid for an invoice that was closed"),
    "refund_to_credit": _("Refund"),
    "downgrade": _("Change of plan"),
    "staff_add": _("Added by us"),
    "returned": _("Returned from an invoice"),
    "applied": _("Used for an invoice"),
    "staff_remove": _("Taken off by us"),
    "payout": _("Paid out"),
    "reversal": _("Payment taken back by the bank"),
}
"""By the reason of a row of the credit ledger."""
