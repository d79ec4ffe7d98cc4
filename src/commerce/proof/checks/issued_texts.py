"""Issued documents say what they said when they were issued, all of them, each night (M4, M17)."""

from commerce.audit.models import SEALS
from commerce.billing.invoices.seals import (
    INVOICE_LINE_JOINS,
    INVOICE_LINE_MARK,
    INVOICE_MARK,
    NOTE_LINE_JOINS,
    NOTE_LINE_MARK,
    NOTE_MARK,
)
from commerce.proof.check import ProofCheck, finds_no_row

# What was erased lost its texts, and its entry may have lost its marks.
_SEALED = f"""
WITH sealed AS (
  SELECT e.record_id, e.after -> '{SEALS}' AS marks FROM audit_auditentry e
  WHERE e.record_kind = '{{noun}}' AND e.action IN ({{actions}}) AND e.after -> '{SEALS}' IS NOT NULL
)
SELECT {{head}}.id, {{head}}.number, 'it' AS part
FROM sealed s JOIN {{table}} {{head}} ON {{head}}.id = s.record_id
WHERE {{head}}.buyer ->> 'name' <> '[erased]' AND s.marks ->> 0 <> '[erased]' AND s.marks ->> 0 <> {{mark}}
UNION ALL
SELECT {{head}}.id, {{head}}.number, 'line ' || l.position
FROM sealed s JOIN {{table}} {{head}} ON {{head}}.id = s.record_id JOIN {{table}}line l ON l.{{noun}}_id = s.record_id
{{joins}}
WHERE {{head}}.buyer ->> 'name' <> '[erased]' AND s.marks ->> 0 <> '[erased]'
  AND coalesce(s.marks ->> CAST(l.position AS integer), '') <> {{line_mark}}
"""  # noqa: S608 - columns of our own tables

INVOICES_SQL = _SEALED.format(
    noun="invoice",
    actions="'invoice.unpaid', 'invoice.paid'",
    table="billing_invoice",
    head="i",
    mark=INVOICE_MARK,
    joins=INVOICE_LINE_JOINS,
    line_mark=INVOICE_LINE_MARK,
)
NOTES_SQL = _SEALED.format(
    noun="credit_note",
    actions="'credit_note.issued'",
    table="billing_creditnote",
    head="n",
    mark=NOTE_MARK,
    joins=NOTE_LINE_JOINS,
    line_mark=NOTE_LINE_MARK,
)

EXPONENTS_SQL = """
SELECT i.id, 'Invoice' AS what, coalesce(i.number, 'draft') AS number, i.exponent, i.currency_code,
       k.exponent AS right_one
FROM billing_invoice i JOIN catalog_currency k ON k.code = i.currency_code WHERE i.exponent <> k.exponent
UNION ALL
SELECT n.id, 'Credit note', n.number, n.exponent, n.currency_code, k.exponent
FROM billing_creditnote n JOIN catalog_currency k ON k.code = n.currency_code WHERE n.exponent <> k.exponent
"""

# Of documents without marks, too: what a line counts is its quantity at its price, as it was typed. A net that was
# worked out of a price with tax is off by what rounding the price leaves, times the quantity.
QUANTITIES_SQL = """
SELECT l.id, i.number, l.position, l.quantity_milli, l.unit_amount, l.amount, i.currency_code
FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
WHERE 2 * abs(1000 * l.amount - l.quantity_milli * l.unit_amount) >
      CASE WHEN l.typed_unit_amount IS NULL THEN 1000 ELSE l.quantity_milli + 2000 END
"""

CHECKS = (
    ProofCheck(
        "M4",
        "Each invoice and credit note has the decimal places of its currency.",
        finds_no_row(
            "invoice",
            "{what} {number} in {currency_code} has {exponent} decimal places in place of {right_one}.",
            EXPONENTS_SQL,
        ),
    ),
    ProofCheck(
        "M5-lines",
        "The amount of each line item is its quantity times its unit price.",
        finds_no_row(
            "invoice_line",
            "Line {position} of invoice {number}: {quantity_milli} thousandths at {unit_amount}, amount {amount}"
            " ({currency_code}).",
            QUANTITIES_SQL,
        ),
    ),
    ProofCheck(
        "M17",
        "Each invoice says what it said when it was issued.",
        finds_no_row("invoice", "Invoice {number}: {part} isn't as it was issued.", INVOICES_SQL),
    ),
    ProofCheck(
        "M17-notes",
        "Each credit note says what it said when it was issued.",
        finds_no_row(
            "credit_note", "Credit note {number}: {part} isn't as it was issued.", NOTES_SQL
        ),
    ),
)
