"""Keeping documents: made once for each record, from what was frozen at its issue, and never changed (billing.md 2)."""

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction

from commerce.audit.actions import write_audit_entry as note
from commerce.billing.documents.branding import style_of
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, DocumentContent
from commerce.billing.documents.queries import content_of
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Document, Invoice
from commerce.db.locks import lock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError

if TYPE_CHECKING:
    from commerce.billing.documents.rendering import DocumentFiles


def make_documents(
    *,
    invoice_id: int | None = None,
    credit_note_id: int | None = None,
    ctx: Context,
) -> list[Document]:
    """The files of one record, made and stored unless they are there; again and again gives the same rows.

    Takes a tenth of a second, in no transaction. Raises ``BusinessError`` for a draft or a record that is not there.
    """
    record = _record(invoice_id, credit_note_id)
    if stored := list(record.documents.order_by("form")):
        return stored
    # The typesetter and the rules take memory, which only processes that make documents shall spend.
    from commerce.billing.documents.rendering import render_documents

    facts = content_of(record)
    return _store(record, facts, render_documents(facts, style_of(record), at=ctx.at), ctx=ctx)


def _record(invoice_id: int | None, credit_note_id: int | None) -> Invoice | CreditNote:
    record: Invoice | CreditNote | None = None
    if invoice_id is not None:
        record = Invoice.objects.select_related("client").filter(pk=invoice_id).first()
    elif credit_note_id is not None:
        notes = CreditNote.objects.select_related("client", "invoice")
        record = notes.filter(pk=credit_note_id).first()
    if record is None:
        raise BusinessError("document.not_found")
    return record


@transaction.atomic
def _store(
    record: Invoice | CreditNote,
    facts: DocumentContent,
    files: "DocumentFiles",
    *,
    ctx: Context,
) -> list[Document]:
    """Whoever comes first stores all files; who comes second gets those."""
    lock(record)
    if stored := list(record.documents.order_by("form")):
        return stored
    kind = INVOICE if isinstance(record, Invoice) else CREDIT_NOTE
    contents = {DocumentFormat.PDF: files.pdf, DocumentFormat.UBL: files.ubl}
    rows = [
        Document(
            **{kind: record},
            form=form,
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            snapshot_sha256=facts.sha256(),
            problem=files.problem,
            made_at=ctx.at,
        )
        for form, content in contents.items()
        if content is not None
    ]
    for row in rows:
        row.save(force_insert=True)
    note(
        ctx=ctx,
        action="document.made",
        record=(kind, record.pk),
        name=facts.number,
        client_id=record.client_id,
        after={str(row.form): row.sha256 for row in rows} | {"problem": files.problem},
    )
    return rows


def check_document(document: Document) -> list[str]:
    """What is wrong with a stored document: its content against its hash, its record against its snapshot (M15)."""
    record = document.invoice or document.credit_note
    assert record is not None
    wrong = []
    if hashlib.sha256(bytes(document.content)).hexdigest() != document.sha256:
        wrong.append(f"the content of {document} is not what was stored")
    if content_of(record).sha256() != document.snapshot_sha256:
        wrong.append(f"{record} does not say any more what {document} says")
    return wrong
