"""What an export of a client's data has of their payments, without what gateways call them (accounts.md 10)."""

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.payments.models import Payment, Refund, SavedCard


def payment_rows() -> tuple[ExportedRows, ...]:
    """Payments, refunds, and saved cards as their owner knows them."""
    return (
        ExportedRows(
            "payments.json",
            Payment.objects.for_client,
            "invoice__number gateway transaction_id amount currency_id status method received_on card_brand"
            " card_last4 plan_change__reference".split(),
        ),
        ExportedRows(
            "refunds.json",
            Refund.objects.for_client,
            "payment__transaction_id amount method status created_at ended_at".split(),
        ),
        ExportedRows(
            "payment_methods.json",
            SavedCard.objects.for_client,
            "gateway brand last4 label exp_month exp_year consent_text consented_at removed_at".split(),
        ),
    )
