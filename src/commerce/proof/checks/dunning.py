"""What was said of a late invoice was really said, once, and its fee is tied to it (U11)."""

from commerce.proof.check import ProofCheck, finds_no_row

# A reminder is sent with its entry in the audit log, which tells the step; what is skipped goes with one that is sent.
UNSAID_SQL = """
SELECT r.id, i.number, i.due_date, r.step, r.status, r.at
FROM billing_reminder r JOIN billing_invoice i ON i.id = r.invoice_id
WHERE r.at >= (SELECT min(at) FROM audit_auditentry)
  AND (r.status = 'sent' AND NOT EXISTS (
         SELECT 1 FROM audit_auditentry e
         WHERE e.record_kind = 'invoice' AND e.record_id = r.invoice_id AND e.action = 'invoice.reminded'
           AND e.at = r.at AND CAST(e.after ->> 'step' AS integer) = r.step
       )
       OR r.status = 'skipped' AND NOT EXISTS (
         SELECT 1 FROM billing_reminder s
         WHERE s.invoice_id = r.invoice_id AND s.at = r.at AND s.status = 'sent' AND s.step > r.step
       ))
   OR i.issued_at IS NULL OR r.at < i.issued_at
"""

FEES_SQL = """
SELECT i.id, coalesce(i.number, 'draft') AS number, i.client_id, coalesce(late.number, 'none') AS late_number
FROM billing_invoice i
LEFT JOIN billing_latefee f ON f.invoice_id = i.id
LEFT JOIN billing_invoice late ON late.id = f.late_invoice_id
WHERE i.kind = 'late_fee' AND i.issued_at IS NOT NULL AND f.id IS NULL
   OR f.id IS NOT NULL AND (i.kind <> 'late_fee' OR late.kind = 'late_fee' OR late.client_id <> i.client_id
                            OR late.currency_code <> i.currency_code OR late.issued_at > i.issued_at)
"""

CHECKS = (
    ProofCheck(
        "U11-reminders",
        "Each reminder matches the audit log, or was skipped for a later one.",
        finds_no_row(
            "reminder",
            "Reminder {step} of invoice {number}, due on {due_date}, is {status} at {at},"
            " but the audit log doesn't say so.",
            UNSAID_SQL,
        ),
    ),
    ProofCheck(
        "U11-fees",
        "Each late fee refers to a late invoice of the same client.",
        finds_no_row(
            "invoice",
            "Invoice {number} of client {client_id} isn't a valid late fee for its late invoice ({late_number}).",
            FEES_SQL,
        ),
    ),
)
