"""Invoices, credit notes, payments and credit as records of the command line."""

from decimal import Decimal
from typing import Any

from commerce.billing.invoices.credit_note_preview import CreditNotePreview
from commerce.billing.models import Invoice
from commerce.billing.records import BILLED_PERIOD_FIELDS, CREDIT_NOTE_FIELDS, INVOICE_FIELDS
from commerce.billing.tax.rate_text import rate_percent
from commerce.kit.money import Money


def invoice_details(row: Invoice) -> dict[str, Any]:
    """All that staff ask of an invoice: lines, taxes, money in and out, periods, corrections."""
    code = row.currency_id
    return INVOICE_FIELDS.read(row) | {
        **_priced_lines(row),
        "entries": [
            {
                "at": one.at,
                "kind": one.kind,
                "source": one.source,
                "amount": Money(one.amount, code),
            }
            for one in row.settlement_entries.order_by("pk")
        ],
        "periods": [
            {
                "item": str(one.service or one.domain),
                **BILLED_PERIOD_FIELDS.read(one, "from to status"),
            }
            for one in row.billed_periods.order_by("pk").select_related("service", "domain")
        ],
        "credit_notes": [
            CREDIT_NOTE_FIELDS.read(one, "number issue_date total reason")
            for one in row.credit_notes.order_by("pk")
        ],
    }


def _priced_lines(row: Invoice) -> dict[str, Any]:
    """What an invoice charges, and the tax on it."""
    code = row.currency_id
    return {
        "lines": [
            {
                "line": one.position,
                "text": one.description,
                "quantity": Decimal(one.quantity_milli) / 1000,
                "net": Money(one.amount, code),
                "tax": Money(one.tax_amount, code),
                "tax_kind": one.tax_kind or "none",
            }
            for one in row.lines.order_by("position")
        ],
        "taxes": [
            {
                "category": one.category,
                "percent": rate_percent(one.rate_milli),
                "name": one.name,
                "net": Money(one.net, code),
                "tax": Money(one.tax, code),
            }
            for one in row.tax_groups.order_by("pk")
        ],
    }


def credit_preview_record(invoice: Invoice, preview: CreditNotePreview) -> dict[str, Any]:
    """What a credit note would take back, and what becomes of it."""
    code = invoice.currency_id
    return {
        "invoice": str(invoice),
        "total": Money(preview.total, code),
        "lowers_due": Money(preview.lowers_due, code),
        "becomes_credit": Money(preview.becomes_credit, code),
        "lines": [
            {
                "line": one.position,
                "description": one.description,
                "left": Money(one.left, code),
                "net": Money(one.net, code),
                "tax": Money(one.tax, code),
                "goes_along": one.goes_along,
            }
            for one in preview.lines
        ],
    }
