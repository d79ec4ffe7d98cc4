"""Money is booked as it came: as the audit log says, on the invoice that it names, once, and not in a month that was
closed (M11, M12, M20, U1, U3).
"""

from commerce.proof.check import ProofCheck, finds_no_row

# Entries of former releases say neither the day nor the fee.
BOOKED_SQL = """
SELECT p.id, p.gateway, p.transaction_id, p.amount, p.currency_code, p.received_on, p.fee, p.client_id,
       coalesce(CAST(e.after AS text), 'nothing') AS said
FROM payments_payment p LEFT JOIN audit_auditentry e
  ON e.record_kind = 'payment' AND e.record_id = p.id AND e.action = 'payment.completed'
 AND e.after ->> 'amount' IS NOT NULL
WHERE e.id IS NULL AND p.status IN ('completed', 'refunded', 'disputed', 'reversed')
      AND p.booked_at >= (SELECT min(at) FROM audit_auditentry)
   OR CAST(e.after ->> 'amount' AS bigint) <> p.amount OR e.after ->> 'currency' <> p.currency_code
   OR e.after ->> 'received_on' <> '' || p.received_on
   OR e.after ->> 'received_on' IS NOT NULL AND coalesce(CAST(e.after ->> 'fee' AS bigint), 0) <> p.fee
   OR e.client_id <> p.client_id
   OR e.record_name NOT IN (substr(p.gateway || ' ' || p.transaction_id, 1, 254), '[erased]')
"""

SAME_INVOICE_SQL = """
SELECT s.id, s.source, s.invoice_id, p.invoice_id AS names
FROM billing_settlemententry s JOIN payments_payment p ON s.source = 'payment:' || p.id
WHERE s.kind = 'payment' AND (p.invoice_id IS NULL OR p.invoice_id <> s.invoice_id)
UNION ALL
SELECT s.id, s.source, s.invoice_id, n.invoice_id
FROM billing_settlemententry s JOIN billing_creditnote n ON s.source = 'credit_note:' || n.id
WHERE s.kind = 'credit_note' AND n.invoice_id <> s.invoice_id
UNION ALL
SELECT s.id, s.source, s.invoice_id, coalesce(r.invoice_id, p.invoice_id)
FROM billing_settlemententry s JOIN payments_refund r ON s.source = 'refund:' || r.id
JOIN payments_payment p ON p.id = r.payment_id
WHERE s.kind IN ('refund', 'to_credit', 'refund_failed') AND s.invoice_id <> coalesce(r.invoice_id, p.invoice_id)
UNION ALL
SELECT s.id, s.source, s.invoice_id, NULL
FROM billing_settlemententry s JOIN billing_creditentry e ON s.source = 'credit:' || e.id
WHERE s.kind = 'credit' AND e.source <> 'invoice:' || s.invoice_id
  AND e.source NOT LIKE 'invoice:' || s.invoice_id || ':%%'
"""

UNALLOCATED_SQL = """
SELECT u.id, u.gateway, u.status, u.amount, u.currency_code, coalesce('' || p.id, 'none') AS payment
FROM payments_unallocatedpayment u LEFT JOIN payments_payment p ON p.id = u.payment_id
WHERE u.status = 'assigned'
      AND (p.id IS NULL OR p.amount <> u.amount OR p.currency_code <> u.currency_code OR p.gateway <> u.gateway)
   OR u.status <> 'assigned' AND p.id IS NOT NULL
UNION ALL
SELECT u.id, u.gateway, u.status, u.amount, u.currency_code, '' || p.id
FROM payments_unallocatedpayment u
JOIN payments_payment p ON p.gateway = u.gateway AND p.transaction_id = u.transaction_id
"""

# A saved card is charged what is due by then, which is at most what was planned.
ATTEMPTS_SQL = """
SELECT t.id, t.gateway, t.status, t.amount, t.currency_code, coalesce('' || p.id, 'none') AS payment
FROM payments_attempt t LEFT JOIN payments_payment p ON p.attempt_id = t.id
WHERE (t.status = 'succeeded') <> (p.id IS NOT NULL)
   OR p.client_id <> t.client_id OR p.currency_code <> t.currency_code OR p.gateway <> t.gateway
   OR t.purpose = 'invoice' AND p.id IS NOT NULL AND (p.invoice_id IS NULL OR p.invoice_id <> t.invoice_id)
UNION ALL
SELECT t.id, t.gateway, t.status, t.amount, t.currency_code, 'planned with ' || (e.after ->> 'amount')
FROM audit_auditentry e JOIN payments_attempt t ON t.id = e.record_id
WHERE e.record_kind = 'attempt' AND e.action = 'attempt.created'
  AND (CAST(e.after ->> 'amount' AS bigint) < t.amount
       OR t.kind = 'on_session' AND CAST(e.after ->> 'amount' AS bigint) <> t.amount
       OR e.after ->> 'currency' <> t.currency_code OR e.client_id <> t.client_id)
"""

_DAYED = {
    "invoice": ("billing_invoice", "r.number", "r.issue_date", "r.issued_at"),
    "credit_note": ("billing_creditnote", "r.number", "r.issue_date", "r.issued_at"),
    "payment": (
        "payments_payment",
        "r.transaction_id",
        "coalesce(r.booked_on, r.received_on)",
        "r.booked_at",
    ),
}
"""Kinds of records, and of each its table, what it is called, the day on which it counts, and when it was written."""


def _late(kind: str) -> str:
    table, called, day, written = _DAYED[kind]
    return f"""
SELECT r.id, {called} AS called, {day} AS day, {written} AS written
FROM {table} r
WHERE EXISTS (SELECT 1 FROM billing_booksmonth m
              WHERE m.status = 'closed' AND {day} <= m.last_day AND {written} > m.closed_at)
"""  # noqa: S608 - names of our tables


# Entries are of the instant at which they are written: one of a closed month that was written later has a higher id
# than one of an instant after it.
ENTRY_SQL = "UNION ALL".join(
    f"""
SELECT r.id, '{name}' AS called, r.at AS day, r.at AS written
FROM {table} r
WHERE r.at < (SELECT max(ends_at) FROM billing_booksmonth WHERE status = 'closed')
  AND r.id > (SELECT min(later.id) FROM {table} later
              WHERE later.at >= (SELECT max(closed_at) FROM billing_booksmonth WHERE status = 'closed'))
"""  # noqa: S608 - names of our tables
    for name, table in (
        ("settlement entry", "billing_settlemententry"),
        ("credit entry", "billing_creditentry"),
    )
)

CLOSED_MONTH_CHECKS = (
    *(
        ProofCheck(
            f"M20-{kind.replace('_', '-')}s",
            f"No {kind.replace('_', ' ')} was booked in a month after it was closed.",
            finds_no_row(
                kind,
                f"{kind.replace('_', ' ').capitalize()} {{called}} counts on {{day}}, in a closed month,"
                " but was written at {written}.",
                _late(kind),
            ),
        )
        for kind in _DAYED
    ),
    ProofCheck(
        "M20-entries",
        "No entry of an invoice or of credit was booked in a month after it was closed.",
        finds_no_row(
            "entry",
            "The {called} {id} of {day} is in a closed month, but was written after it was closed.",
            ENTRY_SQL,
        ),
    ),
)

CHECKS = (
    ProofCheck(
        "M12-booked",
        "Each payment has the amount, day, fee, and client that it was booked with.",
        finds_no_row(
            "payment",
            "Payment {id} ({gateway} {transaction_id}) of client {client_id}: {amount} {currency_code} of"
            " {received_on}, fee {fee}; booked as {said}.",
            BOOKED_SQL,
        ),
    ),
    ProofCheck(
        "M12-invoices",
        "Each payment, credit note, and use of credit is settled on the invoice that it names.",
        finds_no_row(
            "settlement",
            "{source} is settled on invoice {invoice_id}, and names invoice {names}.",
            SAME_INVOICE_SQL,
        ),
    ),
    ProofCheck(
        "U1",
        "Each assigned unallocated payment is one payment of the same amount, and no other has one.",
        finds_no_row(
            "unallocated_payment",
            "Unallocated payment {id} ({gateway}) of {amount} {currency_code} is {status}; its payment: {payment}.",
            UNALLOCATED_SQL,
        ),
    ),
    ProofCheck(
        "U3",
        "Each successful payment attempt has its payment, and each attempt the amount that it was made for.",
        finds_no_row(
            "attempt",
            "Attempt {id} ({gateway}) of {amount} {currency_code} is {status}; payment: {payment}.",
            ATTEMPTS_SQL,
        ),
    ),
    *CLOSED_MONTH_CHECKS,
)
