"""Documents among the other work: made by a job after issue, attached to mails once they are there."""

from typing import Protocol

from django.utils.translation import gettext_lazy as _

from commerce.billing.documents.actions import make_documents
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Document, Invoice
from commerce.jobs.handlers import JobRun, RetryLater, job_handler
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobPriority
from commerce.jobs.words import JobWords, titled
from commerce.kit.context import SYSTEM, Context

MAKE_DOCUMENTS = "documents.make"
ATTACHMENT_RETRY_SECONDS = 20
"""Seconds after which a mail looks again for its attachment."""


class InvoiceEvent(Protocol):
    """An event of an invoice."""

    @property
    def invoice_id(self) -> int: ...


class CreditNoteEvent(Protocol):
    """An event of a credit note."""

    @property
    def credit_note_id(self) -> int: ...


def queue_invoice_documents(event: InvoiceEvent, ctx: Context) -> None:
    """Reaction to the issue of an invoice."""
    enqueue((INVOICE, event.invoice_id), MAKE_DOCUMENTS, "issued", ctx.at)


def queue_credit_note_documents(event: CreditNoteEvent, ctx: Context) -> None:
    """Reaction to the issue of a credit note."""
    enqueue((CREDIT_NOTE, event.credit_note_id), MAKE_DOCUMENTS, "issued", ctx.at)


@job_handler(MAKE_DOCUMENTS, priority=JobPriority.BULK, limit_seconds=240)
def make_documents_job(run: JobRun) -> None:
    """The job: safe to repeat, since the files are stored once."""
    if run.subject_kind == INVOICE:
        make_documents(invoice_id=run.subject_id, ctx=Context(run.at, SYSTEM))
    else:
        make_documents(credit_note_id=run.subject_id, ctx=Context(run.at, SYSTEM))


def describe_document_job(job: Job) -> JobWords:
    """What a job about an invoice or a credit note does."""
    model = Invoice if job.subject_kind == INVOICE else CreditNote
    record = model._default_manager.select_related("client").filter(pk=job.subject_id).first()
    title = _("create the PDF of {number}") if job.action == MAKE_DOCUMENTS else None
    if record is None:
        return JobWords(titled(None, job))
    return JobWords(titled(title, job, number=str(record)), record.client)


def invoice_attachment(invoice_id: int) -> tuple[str, bytes]:
    """The PDF of an invoice for a mail."""
    return _attached(INVOICE, invoice_id)


def credit_note_attachment(credit_note_id: int) -> tuple[str, bytes]:
    """The PDF of a credit note for a mail."""
    return _attached(CREDIT_NOTE, credit_note_id)


def _attached(kind: str, pk: int) -> tuple[str, bytes]:
    rows = Document.objects.select_related("invoice", "credit_note")
    document = rows.filter(**{f"{kind}_id": pk}, form=DocumentFormat.PDF).first()
    if document is None:
        raise RetryLater(ATTACHMENT_RETRY_SECONDS, "The document is being made.")
    number = str(document.invoice or document.credit_note)
    return document_file_name(kind, number, "pdf"), bytes(document.content)
