"""Facts from rows: only what was frozen when the record was issued, so that later changes reach no document (M17)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from django.db.models import Prefetch

from commerce.billing.documents.content import (
    CREDIT_NOTE,
    INVOICE,
    AccountingTax,
    DocumentContent,
    DocumentLine,
    DocumentParty,
    DocumentTaxGroup,
)
from commerce.billing.documents.models import Document
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTaxGroup,
    Invoice,
    InvoiceLine,
    InvoiceQuerySet,
    TaxGroup,
)
from commerce.kit.errors import BusinessError
from commerce.kit.money import currency_exponent

PDFS_AT_ONCE = 20
"""Documents in memory while many are read."""

_TEXTS = tuple(field.name for field in fields(DocumentParty) if field.name != "more")


def stored_pdfs(invoices: InvoiceQuerySet) -> Iterator[tuple[Invoice, bytes | None]]:
    """The PDF of each of these invoices, read a few at a time; None where it is still being made."""
    pdfs = Document.objects.filter(form=DocumentFormat.PDF).only("invoice", "content")
    rows = invoices.only("number").prefetch_related(Prefetch("documents", pdfs, "pdfs"))
    for row in rows.iterator(chunk_size=PDFS_AT_ONCE):
        found: list[Document] = row.pdfs  # type: ignore[attr-defined]  # as prefetched
        yield row, bytes(found[0].content) if found else None


def content_of(record: Invoice | CreditNote) -> DocumentContent:
    """What the document of this record says. Raises ``BusinessError`` for a draft."""
    return _invoice(record) if isinstance(record, Invoice) else _credit_note(record)


def _invoice(invoice: Invoice) -> DocumentContent:
    if invoice.issued_at is None or invoice.number is None:
        raise BusinessError("invoice.draft_has_no_document")
    at_issue = invoice.settlement_entries.filter(kind=SettlementKind.CREDIT, at=invoice.issued_at)
    return DocumentContent(
        kind=INVOICE,
        number=invoice.number,
        issued_on=str(invoice.issue_date),
        due_on=str(invoice.due_date),
        credit=sum(at_issue.values_list("amount", flat=True)),
        reference=invoice.payment_reference or "",
        notes=invoice.notes,
        terms=invoice.terms,
        accounting=_accounting(invoice.accounting_tax),
        **_shared(invoice),
    )


def _credit_note(note: CreditNote) -> DocumentContent:
    return DocumentContent(
        kind=CREDIT_NOTE,
        number=note.number,
        issued_on=str(note.issue_date),
        due_on="",
        credit=0,
        reason=note.reason,
        about_number=note.invoice.number or "",
        about_day=str(note.invoice.issue_date),
        accounting=_accounting(note.accounting_tax),
        **_shared(note),
    )


def _shared(record: Invoice | CreditNote) -> dict[str, Any]:
    return {
        "currency": record.currency_id,
        "exponent": record.exponent,
        "subtotal": record.subtotal,
        "tax": record.tax_amount,
        "total": record.total,
        "footer": record.footer,
        "seller": party_from_snapshot(record.seller),
        "buyer": party_from_snapshot(record.buyer),
        "lines": tuple(_line(line) for line in record.lines.order_by("position")),
        "groups": tuple(
            _group(group) for group in record.tax_groups.order_by("-rate_milli", "category")
        ),
    }


def _line(line: InvoiceLine | CreditNoteLine) -> DocumentLine:
    return DocumentLine(
        line.description,
        line.quantity_milli,
        line.unit_amount,
        line.amount,
        line.tax_category,
        line.tax_rate_milli,
    )


def _group(group: TaxGroup | CreditNoteTaxGroup) -> DocumentTaxGroup:
    return DocumentTaxGroup(
        group.category, group.rate_milli, group.net, group.tax, group.name, group.note
    )


def party_from_snapshot(snapshot: Mapping[str, Any]) -> DocumentParty:
    """A seller or buyer out of what was frozen of it."""
    texts = {name: str(snapshot.get(name) or "") for name in _TEXTS}
    return DocumentParty(more=_more(snapshot.get("custom_fields")), **texts)


def _more(stored: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(stored, list):
        return ()
    pairs = [(str(each.get("label", "")), str(each.get("value", ""))) for each in stored]
    return tuple((label, value) for label, value in pairs if value)


def _accounting(stored: Mapping[str, Any]) -> AccountingTax | None:
    if not stored:
        return None
    code = str(stored["currency"])
    return AccountingTax(
        currency=code,
        exponent=currency_exponent(code),
        tax=int(stored["amount"]),
        rate=str(stored.get("rate") or ""),
        day=str(stored.get("date") or ""),
    )
