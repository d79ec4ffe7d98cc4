"""Documents among the other work: made by a job after issue, attached to mails once they are there."""

from datetime import datetime
from typing import Protocol

from commerce.billing.documents.actions import make_documents
from commerce.billing.documents.facts import CREDIT_NOTE, INVOICE, file_name
from commerce.billing.models import Document
from commerce.jobs.actions import queue
from commerce.jobs.registry import Later, Work, handles
from commerce.jobs.rules import Priority
from commerce.kit.actor import Actor
from commerce.mail import registry

ACTION = "documents.make"
WAIT = 20
"""Seconds after which a mail looks again for its attachment."""


class AboutInvoice(Protocol):
    """An event of an invoice."""

    @property
    def invoice_id(self) -> int: ...


class AboutCreditNote(Protocol):
    """An event of a credit note."""

    @property
    def credit_note_id(self) -> int: ...


def document_invoice(event: AboutInvoice, at: datetime, actor: Actor) -> None:
    """Reaction to the issue of an invoice."""
    queue((INVOICE, event.invoice_id), ACTION, "issued", at)


def document_credit_note(event: AboutCreditNote, at: datetime, actor: Actor) -> None:
    """Reaction to the issue of a credit note."""
    queue((CREDIT_NOTE, event.credit_note_id), ACTION, "issued", at)


@handles(ACTION, priority=Priority.BULK)
def make(work: Work) -> None:
    """The job: safe to repeat, since the files are stored once."""
    if work.subject_kind == INVOICE:
        make_documents(invoice_id=work.subject_id, at=work.at)
    else:
        make_documents(credit_note_id=work.subject_id, at=work.at)


def attached_invoice(invoice_id: int) -> tuple[str, bytes]:
    """The PDF of an invoice for a mail."""
    return _attached(INVOICE, invoice_id)


def attached_credit_note(credit_note_id: int) -> tuple[str, bytes]:
    """The PDF of a credit note for a mail."""
    return _attached(CREDIT_NOTE, credit_note_id)


def _attached(kind: str, pk: int) -> tuple[str, bytes]:
    rows = Document.objects.select_related("invoice", "credit_note")
    found = rows.filter(**{f"{kind}_id": pk}, form=Document.Form.PDF).first()
    if found is None:
        raise Later(WAIT, "The document is being made.")
    number = str(found.invoice or found.credit_note)
    return file_name(kind, number, "pdf"), bytes(found.content)


def register() -> None:
    """Called once, when the app is ready."""
    registry.attachment(INVOICE, attached_invoice)
    registry.attachment(CREDIT_NOTE, attached_credit_note)
