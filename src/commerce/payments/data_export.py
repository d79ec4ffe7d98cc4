"""What an export of a client's data has of their payments, without what gateways call them (accounts.md 10)."""

from collections.abc import Iterator

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.payments.client_view.receipts import receipt_file_name
from commerce.payments.models import Payment, PaymentReceipt, Refund, SavedCard


def payment_rows() -> tuple[ExportedRows, ...]:
    """Payments, refunds, and saved cards as their owner knows them."""
    return (
        ExportedRows(
            "payments.json",
            Payment.objects.for_client,
            "invoice__number gateway transaction_id amount currency_id status method received_on card_brand"
            " card_last4 card_country plan_change__reference".split(),
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


def receipt_files(client_id: int) -> Iterator[tuple[str, bytes]]:
    """The receipts that were made of their payments, as they were given."""
    receipts = PaymentReceipt.objects.filter(payment__client_id=client_id)
    for pk in receipts.order_by("pk").values_list("pk", flat=True):
        receipt = receipts.select_related("payment").get(pk=pk)
        yield f"documents/{receipt_file_name(receipt.payment)}", bytes(receipt.content)
