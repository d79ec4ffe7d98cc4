"""What an export of a client's data has of their invoices, credit notes and credit (accounts.md 10)."""

from collections.abc import Iterator

from django.db.models import Q

from commerce.accounts.data_export.hooks import ExportedRows
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import (
    CancellationRequest,
    CreditAccount,
    CreditEntry,
    CreditNote,
    CreditNoteLine,
    Document,
    Invoice,
    InvoiceLine,
    PlanChange,
    VatCheck,
)
from commerce.billing.records import (
    CANCELLATION_FIELDS,
    CREDIT_ACCOUNT_FIELDS,
    CREDIT_ENTRY_FIELDS,
    CREDIT_NOTE_FIELDS,
    CREDIT_NOTE_LINE_FIELDS,
    INVOICE_FIELDS,
    INVOICE_LINE_FIELDS,
    PLAN_CHANGE_FIELDS,
    VAT_CHECK_FIELDS,
)


def billing_rows() -> tuple[ExportedRows, ...]:
    """Issued invoices with their lines, credit notes, credit, requests to cancel, checks of VAT numbers."""
    return (
        ExportedRows(
            "invoices.json",
            lambda pk: Invoice.objects.for_client(pk).exclude(status=InvoiceStatus.DRAFT),
            INVOICE_FIELDS,
        ),
        ExportedRows(
            "invoice_lines.json",
            lambda pk: InvoiceLine.objects.filter(
                invoice__client_id=pk, invoice__issued_at__isnull=False
            ),
            INVOICE_LINE_FIELDS,
        ),
        ExportedRows("credit_notes.json", CreditNote.objects.for_client, CREDIT_NOTE_FIELDS),
        ExportedRows(
            "credit_note_lines.json",
            lambda pk: CreditNoteLine.objects.filter(credit_note__client_id=pk),
            CREDIT_NOTE_LINE_FIELDS,
        ),
        ExportedRows("plan_changes.json", PlanChange.objects.for_client, PLAN_CHANGE_FIELDS),
        ExportedRows(
            "credit_balances.json", CreditAccount.objects.for_client, CREDIT_ACCOUNT_FIELDS
        ),
        ExportedRows(
            "credit.json",
            lambda pk: CreditEntry.objects.filter(account__client_id=pk),
            CREDIT_ENTRY_FIELDS,
        ),
        ExportedRows(
            "cancellation_requests.json",
            CancellationRequest.objects.for_client,
            CANCELLATION_FIELDS,
        ),
        ExportedRows("vat_checks.json", VatCheck.objects.for_client, VAT_CHECK_FIELDS),
    )


def document_files(client_id: int) -> Iterator[tuple[str, bytes]]:
    """The PDFs of invoices and credit notes, as they were given."""
    theirs = Q(invoice__client_id=client_id) | Q(credit_note__client_id=client_id)
    documents = Document.objects.filter(theirs, form=DocumentFormat.PDF)
    for pk in documents.order_by("pk").values_list("pk", flat=True):
        document = documents.select_related("invoice", "credit_note").get(pk=pk)
        kind = INVOICE if document.invoice_id else CREDIT_NOTE
        name = document_file_name(kind, str(document.invoice or document.credit_note), "pdf")
        yield f"documents/{pk}-{name}", bytes(document.content)
