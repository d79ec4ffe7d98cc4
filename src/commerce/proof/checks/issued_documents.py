"""What was issued stays whose it was, under its number, and taxed as its lines say (M6, M13, M14)."""

from commerce.proof.check import ProofCheck, finds_no_row

# Rates are thousandths of a percent. The net is the gross without its tax, rounded half away from zero; tax on a net
# is never further off. What a change of plan deducts may be below 0. ``short`` is twice what rounding left off.
GROUP_TAX_SQL = """
WITH summed AS (
  SELECT max(id) AS id, invoice_id, category, rate_milli, sum(net) AS net, sum(tax) AS tax,
         sum(lines_net) AS lines_net, sum(lines_tax) AS lines_tax
  FROM (
    SELECT id, invoice_id, category, rate_milli, net, tax, 0 AS lines_net, 0 AS lines_tax FROM billing_taxgroup
    UNION ALL
    SELECT 0, invoice_id, tax_category, tax_rate_milli, 0, 0, amount, tax_amount FROM billing_invoiceline
  ) both_sides
  GROUP BY invoice_id, category, rate_milli
), signed AS (
  SELECT s.*, CASE WHEN net + tax < 0 THEN -net ELSE net END AS n, CASE WHEN net + tax < 0 THEN -tax ELSE tax END AS t
  FROM summed s
), measured AS (
  SELECT g.*, 100000 + rate_milli AS whole, 2 * (t * 100000 - n * rate_milli) AS short FROM signed g
)
SELECT g.id, i.number, i.currency_code, g.category, g.rate_milli, g.net, g.tax, g.lines_net, g.lines_tax
FROM measured g JOIN billing_invoice i ON i.id = g.invoice_id
WHERE g.net <> g.lines_net OR g.tax <> g.lines_tax
   OR NOT (g.short >= -g.whole AND g.short < g.whole)
"""

LINE_TAX_SQL = """
SELECT l.id, i.number, i.currency_code, l.position, l.amount, l.tax_amount, l.tax_rate_milli
FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
WHERE abs(l.tax_amount * 100000 - l.amount * l.tax_rate_milli) >= 100000 + l.tax_rate_milli
"""

# Each record beside an invoice that knows its client, and who the audit log says it was issued to.
OF_ANOTHER_SQL = """
SELECT i.id, i.number, i.client_id, min(other.what) AS what, min(other.client_id) AS other_client
FROM (
  SELECT o.invoice_id, o.client_id, 'order' AS what FROM orders_order o WHERE o.invoice_id IS NOT NULL
  UNION ALL
  SELECT p.invoice_id, p.client_id, 'payment' FROM payments_payment p
  UNION ALL
  SELECT h.invoice_id, p.client_id, 'payment'
  FROM payments_paymentshare h JOIN payments_payment p ON p.id = h.payment_id
  UNION ALL
  SELECT t.invoice_id, t.client_id, 'attempt' FROM payments_attempt t
  UNION ALL
  SELECT l.invoice_id, t.client_id, 'attempt'
  FROM payments_attemptinvoice l JOIN payments_attempt t ON t.id = l.attempt_id
  UNION ALL
  SELECT n.invoice_id, n.client_id, 'credit note' FROM billing_creditnote n
  UNION ALL
  SELECT c.invoice_id, c.client_id, 'plan change' FROM billing_planchange c WHERE c.invoice_id IS NOT NULL
  UNION ALL
  SELECT b.invoice_id, s.client_id, 'service'
  FROM billing_invoicesubject b JOIN hosting_service s ON s.id = b.service_id
  UNION ALL
  SELECT b.invoice_id, d.client_id, 'domain' FROM billing_invoicesubject b JOIN domains_domain d ON d.id = b.domain_id
  UNION ALL
  SELECT e.record_id, e.client_id, 'audit log' FROM audit_auditentry e
  WHERE e.record_kind = 'invoice' AND e.action IN ('invoice.unpaid', 'invoice.paid')
) other JOIN billing_invoice i ON i.id = other.invoice_id
WHERE other.client_id <> i.client_id
GROUP BY i.id, i.number, i.client_id
"""

RENUMBERED_SQL = """
SELECT i.id, 'Invoice' AS what, i.number, e.record_name AS issued_as
FROM audit_auditentry e JOIN billing_invoice i ON i.id = e.record_id
WHERE e.record_kind = 'invoice' AND e.action IN ('invoice.unpaid', 'invoice.paid') AND e.record_name <> i.number
UNION ALL
SELECT n.id, 'Credit note', n.number, e.record_name
FROM audit_auditentry e JOIN billing_creditnote n ON n.id = e.record_id
WHERE e.record_kind = 'credit_note' AND e.action = 'credit_note.issued' AND e.record_name <> n.number
"""

CHECKS = (
    ProofCheck(
        "M6",
        "The tax of each tax group is calculated on the sum of its line items and rounded once.",
        finds_no_row(
            "tax_group",
            "Invoice {number}, {category} at {rate_milli}: net {net}, tax {tax}; its lines {lines_net} and"
            " {lines_tax} ({currency_code}).",
            GROUP_TAX_SQL,
        ),
    ),
    ProofCheck(
        "M6-lines",
        "The tax of each line item is within one minor unit of its rate.",
        finds_no_row(
            "invoice_line",
            "Line {position} of invoice {number}: {amount} at {tax_rate_milli}, tax {tax_amount} ({currency_code}).",
            LINE_TAX_SQL,
        ),
    ),
    ProofCheck(
        "M13-client",
        "Each invoice and everything on it belong to the client it was issued to.",
        finds_no_row(
            "invoice",
            "Invoice {number} belongs to client {client_id}, but its {what} belongs to client {other_client}.",
            OF_ANOTHER_SQL,
        ),
    ),
    ProofCheck(
        "M14-issued",
        "Each invoice and credit note has the number it was issued with.",
        finds_no_row("invoice", "{what} {number} was issued as {issued_as}.", RENUMBERED_SQL),
    ),
)
