"""What people read for kinds of invoices and cancellations, and for what lowers or raises what clients owe and have."""

from django.utils.translation import gettext_lazy as _

from commerce.billing.changes.cancellations.rules import CancellationKind
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import InvoiceKind, SettlementKind
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind
from commerce.presentation.labels import Text

INVOICE_KIND_LABELS: dict[str, Text] = {
    InvoiceKind.ORDER: _("Order"),
    InvoiceKind.RENEWAL: _("Renewal"),
    InvoiceKind.DOMAIN_RENEWAL: _("Domain renewal"),
    InvoiceKind.PLAN_CHANGE: _("Plan change"),
    InvoiceKind.LATE_FEE: _("Late fee"),
    InvoiceKind.MANUAL: _("Manual"),
}
"""What an invoice bills."""
SETTLEMENT_LABELS: dict[str, Text] = {
    SettlementKind.PAYMENT: _("Payment"),
    SettlementKind.CREDIT: _("Credit applied"),
    SettlementKind.CREDIT_NOTE: _("Credit note"),
    SettlementKind.REFUND: _("Refund"),
    SettlementKind.REFUND_FAILED: _("Failed refund"),
    SettlementKind.TO_CREDIT: _("Added to credit balance"),
    SettlementKind.REVERSAL: _("Payment reversed by the bank"),
    SettlementKind.REVERSAL_WON: _("Payment confirmed by the bank"),
}
"""By the kind of a settlement entry."""

CREDIT_LABELS: dict[str, Text] = {
    CreditReason.OVERPAYMENT: _("Overpayment"),
    CreditReason.LATE_PAYMENT: _("Payment for a closed invoice"),
    CreditReason.TOP_UP: _("Funds added"),
    CreditReason.REFUND_TO_CREDIT: _("Refund"),
    CreditReason.DOWNGRADE: _("Plan change"),
    CreditReason.STAFF_ADD: _("Adjustment"),
    CreditReason.RETURNED: _("Returned from an invoice"),
    CreditReason.APPLIED: _("Applied to an invoice"),
    CreditReason.STAFF_REMOVE: _("Adjustment"),
    CreditReason.PAYOUT: _("Payout"),
    CreditReason.PAID_BACK: _("Refund to payment method"),
    CreditReason.REVERSAL: _("Payment reversed by the bank"),
    CreditReason.TOP_UP_REFUND: _("Refund of added funds"),
}
"""By the reason of a row of the credit ledger."""


def credit_label(reason: str, source: str) -> Text:
    """What a client reads for one row of the credit ledger; one that gives back what another took says why."""
    given_back = f"{SettlementKind.REVERSAL_WON}:"
    if not source.startswith(given_back):
        return CREDIT_LABELS[reason]
    is_refund = source.startswith(f"{given_back}refund:")
    return SETTLEMENT_LABELS[
        SettlementKind.REFUND_FAILED if is_refund else SettlementKind.REVERSAL_WON
    ]


CANCELLATION_KIND_LABELS: dict[str, Text] = {
    CancellationKind.END_OF_PERIOD: _("At the end of the billing period"),
    CancellationKind.IMMEDIATE: _("Immediately"),
}
"""When a service is to end, in the order in which a client is asked."""

TAX_CATEGORY_LABELS: dict[str, Text] = {
    "S": _("S: standard or reduced rate"),
    "Z": _("Z: zero rate"),
    "E": _("E: exempt"),
    "O": _("O: outside the scope of tax"),
    "AE": _("AE: reverse charge"),
    "G": _("G: export"),
}
TAX_PRODUCT_KIND_LABELS: dict[str, Text] = {
    TaxProductKind.ALL: _("All products"),
    TaxProductKind.HOSTING: _("Hosting"),
    TaxProductKind.DOMAIN: _("Domains"),
    TaxProductKind.OTHER: _("Other services"),
}
TAX_CLIENT_KIND_LABELS: dict[str, Text] = {
    TaxClientKind.ALL: _("All clients"),
    TaxClientKind.BUSINESS: _("Businesses"),
    TaxClientKind.CONSUMER: _("Consumers"),
}
"""Of a tax rule: what kind of tax, on which products, of which clients."""
