"""Invoices and credit notes add up, and what is due of them is what was not settled (M5, M8, M9, M11)."""

from commerce.proof.check import ProofCheck, finds_no_row

SUMS_SQL = """
SELECT i.id, coalesce(i.number, 'draft') AS number, i.currency_code, i.subtotal, i.tax_amount, i.total,
       coalesce(l.net, 0) AS lines_net, coalesce(l.tax, 0) AS lines_tax,
       coalesce(g.net, 0) AS groups_net, coalesce(g.tax, 0) AS groups_tax
FROM billing_invoice i
LEFT JOIN (SELECT invoice_id, sum(amount) AS net, sum(tax_amount) AS tax
           FROM billing_invoiceline GROUP BY invoice_id) l ON l.invoice_id = i.id
LEFT JOIN (SELECT invoice_id, sum(net) AS net, sum(tax) AS tax
           FROM billing_taxgroup GROUP BY invoice_id) g ON g.invoice_id = i.id
WHERE i.subtotal <> coalesce(l.net, 0) OR i.tax_amount <> coalesce(l.tax, 0)
   OR i.subtotal <> coalesce(g.net, 0) OR i.tax_amount <> coalesce(g.tax, 0)
   OR i.total <> i.subtotal + i.tax_amount OR i.total < 0
"""

NOTE_SUMS_SQL = """
SELECT n.id, n.number, n.currency_code, n.subtotal, n.tax_amount, n.total,
       coalesce(l.net, 0) AS lines_net, coalesce(l.tax, 0) AS lines_tax,
       coalesce(g.net, 0) AS groups_net, coalesce(g.tax, 0) AS groups_tax
FROM billing_creditnote n
LEFT JOIN (SELECT credit_note_id, sum(amount) AS net, sum(tax_amount) AS tax
           FROM billing_creditnoteline GROUP BY credit_note_id) l ON l.credit_note_id = n.id
LEFT JOIN (SELECT credit_note_id, sum(net) AS net, sum(tax) AS tax
           FROM billing_creditnotetaxgroup GROUP BY credit_note_id) g ON g.credit_note_id = n.id
WHERE n.subtotal <> coalesce(l.net, 0) OR n.tax_amount <> coalesce(l.tax, 0)
   OR n.subtotal <> coalesce(g.net, 0) OR n.tax_amount <> coalesce(g.tax, 0)
   OR n.total <> n.subtotal + n.tax_amount
"""

DUE_SQL = """
SELECT i.id, i.number, i.currency_code, i.total, i.amount_due, coalesce(s.settled, 0) AS settled
FROM billing_invoice i
LEFT JOIN (SELECT invoice_id, sum(amount) AS settled
           FROM billing_settlemententry GROUP BY invoice_id) s ON s.invoice_id = i.id
WHERE i.issued_at IS NOT NULL
  AND (i.amount_due <> i.total - coalesce(s.settled, 0) OR i.amount_due < 0 OR i.amount_due > i.total)
"""

# Credit that is given back by a credit note comes off what was applied until that is used up, entry by entry: the
# running sum, lifted by the deepest point that it had below 0.
CREDIT_APPLIED_SQL = """
WITH moved AS (
  SELECT e.id, e.invoice_id, sum(e.amount) OVER (PARTITION BY e.invoice_id ORDER BY e.id) AS so_far
  FROM billing_settlemententry e
  WHERE e.kind = 'credit' OR e.kind = 'to_credit' AND e.source LIKE 'credit_note:%%'
     OR e.kind IN ('reversal', 'reversal_won') AND e.source LIKE 'credit:%%'
), lifted AS (
  SELECT invoice_id, so_far, min(so_far) OVER (PARTITION BY invoice_id) AS deepest,
         row_number() OVER (PARTITION BY invoice_id ORDER BY id DESC) AS back
  FROM moved
), kept AS (
  SELECT invoice_id, so_far - CASE WHEN deepest < 0 THEN deepest ELSE 0 END AS applied
  FROM lifted WHERE back = 1
)
SELECT i.id, i.number, i.currency_code, i.credit_applied, coalesce(k.applied, 0) AS applied
FROM billing_invoice i LEFT JOIN kept k ON k.invoice_id = i.id
WHERE i.issued_at IS NOT NULL AND i.credit_applied <> coalesce(k.applied, 0)
"""

PAID_SQL = """
SELECT i.id, i.number, i.currency_code, i.status, i.amount_due
FROM billing_invoice i
WHERE i.status = 'paid' AND (i.amount_due <> 0 OR i.paid_at IS NULL)
   OR i.status IN ('unpaid', 'overdue') AND i.amount_due = 0
   OR i.status IN ('cancelled', 'refunded') AND i.amount_due <> 0
"""

NOTES_WITHIN_SQL = """
SELECT i.id, i.number, i.currency_code, i.total, sum(n.total) AS credited
FROM billing_invoice i JOIN billing_creditnote n ON n.invoice_id = i.id
GROUP BY i.id, i.number, i.currency_code, i.total
HAVING sum(n.total) > i.total
"""

NOTES_SETTLED_SQL = """
SELECT max(note) AS id, source, sum(credited) AS credited, sum(settled) AS settled
FROM (
  SELECT id AS note, 'credit_note:' || id AS source, total AS credited, 0 AS settled FROM billing_creditnote
  UNION ALL
  SELECT 0, source, 0, amount FROM billing_settlemententry WHERE kind = 'credit_note'
) both_sides
GROUP BY source HAVING sum(credited) <> sum(settled)
"""

_ADDS_UP = (
    "{number}: subtotal {subtotal}, tax {tax_amount}, total {total}; lines {lines_net} and {lines_tax},"
    " tax groups {groups_net} and {groups_tax} ({currency_code})"
)

CHECKS = (
    ProofCheck(
        "M5",
        "The line items and tax groups of each invoice add up to its subtotal, tax, and total.",
        finds_no_row("invoice", f"Invoice {_ADDS_UP}.", SUMS_SQL),
    ),
    ProofCheck(
        "M5-notes",
        "The line items and tax groups of each credit note add up to its subtotal, tax, and total.",
        finds_no_row("credit_note", f"Credit note {_ADDS_UP}.", NOTE_SUMS_SQL),
    ),
    ProofCheck(
        "M8",
        "The amount due of each invoice is its total minus its settlement entries, and between 0 and its total.",
        finds_no_row(
            "invoice",
            "Invoice {number}: total {total}, settled {settled}, but {amount_due} due ({currency_code}).",
            DUE_SQL,
        ),
    ),
    ProofCheck(
        "M8-credit",
        "The credit applied to each invoice matches its settlement entries, minus what was returned.",
        finds_no_row(
            "invoice",
            "Invoice {number}: credit applied {credit_applied}, settlement entries {applied} ({currency_code}).",
            CREDIT_APPLIED_SQL,
        ),
    ),
    ProofCheck(
        "M9",
        "An invoice is paid exactly when nothing is due and it isn't canceled, refunded, or a draft.",
        finds_no_row(
            "invoice",
            "Invoice {number} is {status} with {amount_due} due ({currency_code}).",
            PAID_SQL,
        ),
    ),
    ProofCheck(
        "M11-notes",
        "The credit notes of an invoice never exceed its total.",
        finds_no_row(
            "invoice",
            "Invoice {number}: total {total}, credited {credited} ({currency_code}).",
            NOTES_WITHIN_SQL,
        ),
    ),
    ProofCheck(
        "M11-settled",
        "Each credit note is settled on its invoice once and in full.",
        finds_no_row(
            "credit_note", "{source}: total {credited}, settled {settled}.", NOTES_SETTLED_SQL
        ),
    ),
)
