"""What an export of a client's data has of their payments, without what gateways call them (accounts.md 10)."""

from collections.abc import Iterator

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.payments.client_view.receipts import receipt_file_name
from commerce.payments.models import Payment, PaymentReceipt, Refund, SavedCard
from commerce.payments.records.payments import PAYMENT_FIELDS, REFUND_FIELDS, SAVED_CARD_FIELDS


def payment_rows() -> tuple[ExportedRows, ...]:
    """Payments, refunds, and saved cards as their owner knows them."""
    return (
        ExportedRows("payments.json", Payment.objects.for_client, PAYMENT_FIELDS),
        ExportedRows("refunds.json", Refund.objects.for_client, REFUND_FIELDS),
        ExportedRows("payment_methods.json", SavedCard.objects.for_client, SAVED_CARD_FIELDS),
    )


def receipt_files(client_id: int) -> Iterator[tuple[str, bytes]]:
    """The receipts that were made of their payments, as they were given."""
    receipts = PaymentReceipt.objects.filter(payment__client_id=client_id)
    for pk in receipts.order_by("pk").values_list("pk", flat=True):
        receipt = receipts.select_related("payment").get(pk=pk)
        yield f"documents/{receipt_file_name(receipt.payment)}", bytes(receipt.content)
