"""The pages of money: lists, records and files."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.money.credit import CreditAccountAdmin, CreditEntryAdmin
from commerce.backoffice.money.documents import DOCUMENT_PAGES, CreditNoteAdmin
from commerce.backoffice.money.gateway_events import GatewayEventAdmin, RefusedMessageAdmin
from commerce.backoffice.money.invoices import InvoiceAdmin
from commerce.backoffice.money.payments import DisputeAdmin, PaymentAdmin, RefundAdmin
from commerce.backoffice.money.transfer_notices import TransferNoticeAdmin
from commerce.backoffice.money.unallocated import UnallocatedPaymentAdmin

ROOM = Room(
    records=(
        InvoiceAdmin,
        CreditNoteAdmin,
        PaymentAdmin,
        RefundAdmin,
        DisputeAdmin,
        UnallocatedPaymentAdmin,
        TransferNoticeAdmin,
        CreditEntryAdmin,
        CreditAccountAdmin,
        GatewayEventAdmin,
        RefusedMessageAdmin,
    ),
    pages=DOCUMENT_PAGES,
)
