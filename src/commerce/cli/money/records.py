"""Invoices, credit notes, payments and credit as records of the command line."""

from decimal import Decimal
from typing import Any

from commerce.billing.invoices.credit_note_preview import CreditNotePreview
from commerce.billing.models import CreditEntry, CreditNote, Invoice
from commerce.billing.tax.rate_text import rate_percent
from commerce.kit.money import Money
from commerce.payments.models import Payment, TransferNotice, UnallocatedPayment


def invoice_record(row: Invoice) -> dict[str, Any]:
    """What a list says of an invoice or a draft."""
    return {
        "id": row.pk,
        "number": row.number,
        "kind": row.kind,
        "status": row.status,
        "client": str(row.client),
        "client_id": row.client_id,
        "issue_date": row.issue_date,
        "due_date": row.due_date,
        "total": Money(row.total, row.currency_id),
        "amount_due": Money(row.amount_due, row.currency_id),
    }


def credit_note_record(row: CreditNote) -> dict[str, Any]:
    return {
        "number": row.number,
        "issue_date": row.issue_date,
        "total": Money(row.total, row.currency_id),
        "reason": row.reason,
    }


def invoice_details(row: Invoice) -> dict[str, Any]:
    """All that staff ask of an invoice: lines, taxes, money in and out, periods, corrections."""
    code = row.currency_id
    return invoice_record(row) | {
        "payment_reference": row.payment_reference,
        "notes": row.notes,
        "sent_at": row.sent_at,
        "dunning_hold_until": row.dunning_hold_until,
        "suspension_hold_until": row.suspension_hold_until,
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
                "from": one.period_start,
                "to": one.period_end,
                "status": one.status,
            }
            for one in row.billed_periods.order_by("pk").select_related("service", "domain")
        ],
        "credit_notes": [credit_note_record(one) for one in row.credit_notes.order_by("pk")],
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


def payment_record(row: Payment) -> dict[str, Any]:
    """What a list says of a payment."""
    return {
        "id": row.pk,
        "invoice": ", ".join(str(each) for each in row.invoices()) or None,
        "plan_change": row.plan_change.reference if row.plan_change else None,
        "amount": Money(row.amount, row.currency_id),
        "method": row.method or row.gateway,
        "transaction": row.transaction_id,
        "received_on": row.received_on,
        "status": row.status,
    }


def unallocated_payment_record(row: UnallocatedPayment) -> dict[str, Any]:
    payment = row.payment
    return {
        "id": row.pk,
        "amount": Money(row.amount, row.currency_code),
        "transaction": row.transaction_id or (payment.transaction_id if payment else ""),
        "reference": row.reference,
        "received_on": row.received_on,
        "reason": row.reason,
        "status": row.status,
        "invoice": ", ".join(str(each) for each in payment.invoices()) if payment else None,
        "plan_change": row.plan_change.reference if row.plan_change else None,
    }


def transfer_notice_record(row: TransferNotice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice": row.invoice.number if row.invoice else None,
        "plan_change": row.plan_change.reference if row.plan_change else None,
        "client": row.client.name,
        "amount": Money(row.amount, row.currency_code),
        "reference": row.payment_reference,
        "submitted_at": row.submitted_at,
        "status": row.status,
    }


def credit_entry_record(row: CreditEntry) -> dict[str, Any]:
    """An entry with the balance after it."""
    code = row.account.currency_id
    return {
        "id": row.pk,
        "at": row.at,
        "reason": row.reason,
        "amount": Money(row.amount, code),
        "balance": Money(row.balance, code),
        "source": row.source,
        "note": row.note,
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
