"""Claims: each period has its lines, and goes with the state of its invoice (U18, billing.md 7 and 8)."""

from datetime import timedelta

from commerce.proof.check import Check, no_row

LINES = """
SELECT c.id, c.net, c.tax, i.number, coalesce(sum(l.amount), 0) AS lines_net,
       coalesce(sum(l.tax_amount), 0) AS lines_tax,
       sum(CASE WHEN l.kind = 'renewal' THEN 1 ELSE 0 END) AS renewals
FROM billing_claim c
JOIN billing_invoice i ON i.id = c.invoice_id
LEFT JOIN billing_invoiceline l ON l.claim_id = c.id AND l.invoice_id = c.invoice_id
GROUP BY c.id, c.net, c.tax, i.number
HAVING c.net <> coalesce(sum(l.amount), 0) OR c.tax <> coalesce(sum(l.tax_amount), 0)
    OR sum(CASE WHEN l.kind = 'renewal' THEN 1 ELSE 0 END) <> 1
"""

STRAY_LINES = """
SELECT l.id, l.invoice_id, l.position, i.number
FROM billing_invoiceline l
JOIN billing_invoice i ON i.id = l.invoice_id
LEFT JOIN billing_claim c ON c.id = l.claim_id
WHERE l.kind = 'renewal' AND i.issued_at IS NOT NULL AND c.id IS NULL
   OR c.id IS NOT NULL AND (c.invoice_id IS NULL OR c.invoice_id <> l.invoice_id)
"""

# A reversal opens an invoice again whose periods stay paid.
STATES = """
SELECT c.id, c.status, c.period_start, c.period_end, i.number, i.status AS invoice_status
FROM billing_claim c JOIN billing_invoice i ON i.id = c.invoice_id
WHERE c.status = 'open' AND i.status NOT IN ('unpaid', 'overdue')
   OR c.status = 'paid' AND i.status NOT IN ('paid', 'refunded') AND NOT EXISTS (
     SELECT 1 FROM billing_settlemententry s WHERE s.invoice_id = i.id AND s.kind = 'reversal'
   )
"""

# domains.md 4: paid a day ago, or about to expire, and the registrar has not renewed it.
UNRENEWED = """
SELECT c.id, d.domain_name, d.expiry_date, c.period_start, c.period_end
FROM billing_claim c JOIN domains_domain d ON d.id = c.domain_id
WHERE c.status IN ('paid', 'waived') AND d.status IN ('active', 'expired', 'redemption')
  AND d.expiry_date <= c.period_start
  AND (c.ended_at < %(yesterday)s OR d.expiry_date <= %(soon)s)
"""

CHECKS = (
    Check(
        "U18",
        "Each claim has one renewal line, and its net and tax are those of its lines.",
        no_row(
            "claim",
            "Claim {id} on invoice {number}: net {net}, tax {tax}; {renewals} renewal lines,"
            " its lines sum to {lines_net} and {lines_tax}.",
            LINES,
        ),
    ),
    Check(
        "U18-lines",
        "Each renewal line of an issued invoice belongs to a claim of that invoice.",
        no_row(
            "invoice_line", "Line {position} of invoice {number} has no claim of it.", STRAY_LINES
        ),
    ),
    Check(
        "U18-states",
        "The invoice of an open claim is open; that of a paid one is paid, or was credited or reversed later.",
        no_row(
            "claim",
            "Claim {id}, {period_start} to {period_end}, is {status}; its invoice {number} is {invoice_status}.",
            STATES,
        ),
    ),
    Check(
        "S10-renewals",
        "Each paid renewal of a name is carried out within a day, and before its last week.",
        no_row(
            "claim",
            "{domain_name} expires on {expiry_date}; its renewal to {period_end} is paid and not carried out.",
            UNRENEWED,
            lambda asked: {
                "yesterday": asked.at - timedelta(days=1),
                "soon": asked.today + timedelta(days=7),
            },
        ),
        only_told=True,
        reminder=("domains.manage", "renewals_waiting"),
    ),
)
