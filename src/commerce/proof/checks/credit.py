"""Credit is the sum of its ledger, and no unit of money is lost or made (M10, M11, M12)."""

from commerce.proof.check import ProofCheck, finds_no_row

BALANCE_SQL = """
SELECT a.id, a.client_id, a.currency_code, a.balance, coalesce(sum(e.amount), 0) AS booked
FROM billing_creditaccount a LEFT JOIN billing_creditentry e ON e.account_id = a.id
GROUP BY a.id, a.client_id, a.currency_code, a.balance
HAVING a.balance <> coalesce(sum(e.amount), 0) OR a.balance < 0
"""

RUNNING_BALANCE_SQL = """
SELECT id, account_id, balance, so_far FROM (
  SELECT id, account_id, balance, sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS so_far
  FROM billing_creditentry
) ledger
WHERE balance <> so_far OR balance < 0
"""

# What failed after it was accepted became credit: it uses its payment up as a refund to credit does. What was refunded
# to credit and went back from there is the same money, and counts once. Credit that did not arrive is credit again.
REFUNDS_SQL = """
WITH parts AS (
  SELECT payment_id, invoice_id,
    sum(CASE WHEN way = 'gateway' AND status <> 'failed' AND NOT is_paid_back THEN amount ELSE 0 END) AS noted,
    sum(CASE WHEN way = 'credit' OR status = 'failed' AND NOT is_paid_back THEN amount ELSE 0 END) AS in_credit,
    sum(CASE WHEN status <> 'failed' AND is_paid_back THEN amount ELSE 0 END) AS paid_back,
    sum(CASE WHEN status = 'failed' AND is_paid_back THEN amount ELSE 0 END) AS came_back
  FROM payments_refund WHERE status <> 'failed' OR accepted_at IS NOT NULL
  GROUP BY payment_id, invoice_id
), used AS (
  SELECT payment_id, sum(noted + CASE WHEN in_credit > paid_back THEN in_credit ELSE paid_back END) AS refunded,
         sum(noted + paid_back) AS sent, sum(came_back) AS came_back
  FROM parts GROUP BY payment_id
)
SELECT p.id, p.amount, p.currency_code, p.status, coalesce(u.refunded, 0) AS refunded
FROM payments_payment p LEFT JOIN used u ON u.payment_id = p.id
WHERE coalesce(u.refunded, 0) > p.amount OR coalesce(u.sent, 0) > p.amount
   OR p.status = 'refunded' AND coalesce(u.refunded, 0) + coalesce(u.came_back, 0) < p.amount
"""

# By client and currency: what came in and stayed, and where it is. What a reversal could take neither from an invoice
# nor from credit is short on both sides, so it is left out of both. Of a refund the part with a credit note came from
# its invoice; the rest of it is a reversal of credit.
CONSERVED_SQL = """
SELECT client_id AS id, currency_code, sum(money) AS money, sum(kept) AS kept
FROM (
  SELECT client_id, currency_code, amount AS money, 0 AS kept FROM payments_payment
  WHERE status IN ('completed', 'refunded', 'disputed', 'reversed')
  UNION ALL
  SELECT r.client_id, n.currency_code, -n.total, 0
  FROM payments_refund r JOIN billing_creditnote n ON n.id = r.credit_note_id
  WHERE r.way = 'gateway' AND r.status IN ('accepted', 'succeeded')
  UNION ALL
  SELECT a.client_id, a.currency_code, e.amount, 0
  FROM billing_creditentry e JOIN billing_creditaccount a ON a.id = e.account_id
  WHERE e.reason IN ('staff_add', 'staff_remove', 'payout', 'downgrade', 'reversal', 'top_up_refund', 'paid_back')
     OR e.source LIKE 'reversal_won:%%'
  UNION ALL
  SELECT i.client_id, i.currency_code,
         CASE WHEN s.kind IN ('reversal', 'reversal_won') THEN s.amount ELSE 0 END, s.amount
  FROM billing_settlemententry s JOIN billing_invoice i ON i.id = s.invoice_id
  WHERE s.kind <> 'credit_note'
  UNION ALL
  SELECT client_id, currency_code, 0, balance FROM billing_creditaccount
) moved
GROUP BY client_id, currency_code
HAVING sum(money) <> sum(kept)
"""

PAYMENTS_SQL = """
SELECT max(payment) AS id, source, sum(paid) AS paid, sum(booked) AS booked
FROM (
  SELECT id AS payment, 'payment:' || id AS source, amount AS paid, 0 AS booked FROM payments_payment
  WHERE status IN ('completed', 'refunded', 'disputed', 'reversed')
  UNION ALL
  SELECT 0, source, 0, amount FROM billing_settlemententry
  WHERE kind = 'payment' AND source NOT LIKE 'payment_share:%%'
  UNION ALL
  SELECT 0, 'payment:' || payment_id, 0, amount FROM payments_paymentshare
  UNION ALL
  SELECT 0, source, 0, amount FROM billing_creditentry
  WHERE reason IN ('overpayment', 'late_payment', 'top_up') AND source LIKE 'payment:%%'
) both_sides
GROUP BY source HAVING sum(paid) <> sum(booked)
"""

SHARES_SQL = """
SELECT max(share) AS id, source, sum(shared) AS shared, sum(booked) AS booked
FROM (
  SELECT id AS share, 'payment_share:' || id AS source, invoice_id, amount AS shared, 0 AS booked
  FROM payments_paymentshare
  UNION ALL
  SELECT 0, source, invoice_id, 0, amount FROM billing_settlemententry
  WHERE kind = 'payment' AND source LIKE 'payment_share:%%'
) both_sides
GROUP BY source, invoice_id HAVING sum(shared) <> sum(booked)
"""

REFUNDS_BOOKED_SQL = """
SELECT max(refund) AS id, source, sum(refunded) AS refunded, sum(booked) AS booked
FROM (
  SELECT id AS refund, 'refund:' || id AS source, amount - unrecovered_amount AS refunded, 0 AS booked
  FROM payments_refund
  WHERE status = 'succeeded' OR way = 'gateway' AND status = 'accepted'
     OR is_paid_back AND NOT is_outside AND status = 'requested'
  UNION ALL
  SELECT 0, source, 0, -amount FROM billing_settlemententry
  WHERE kind IN ('refund', 'to_credit', 'refund_failed') AND source LIKE 'refund:%%'
  UNION ALL
  SELECT 0, replace(source, 'reversal_won:', ''), 0, -amount FROM billing_creditentry
  WHERE reason IN ('reversal', 'top_up_refund', 'paid_back') AND source LIKE 'refund:%%'
     OR source LIKE 'reversal_won:refund:%%'
) both_sides
GROUP BY source HAVING sum(refunded) <> sum(booked)
"""

# Credit that is applied leaves the ledger and arrives on an invoice; credit that is returned goes the other way.
BOTH_BOOKS_SQL = """
SELECT max(entry) AS id, source, sum(ledger) AS ledger, sum(invoices) AS invoices
FROM (
  SELECT id AS entry, 'credit:' || id AS source, amount AS ledger, 0 AS invoices FROM billing_creditentry
  WHERE reason = 'applied'
  UNION ALL
  SELECT id, source, amount, 0 FROM billing_creditentry WHERE reason IN ('returned', 'refund_to_credit')
  UNION ALL
  SELECT 0, source, 0, amount FROM billing_settlemententry WHERE kind IN ('credit', 'to_credit')
) both_sides
GROUP BY source HAVING sum(ledger) + sum(invoices) <> 0
"""

# What a reversal took: entries name the payment or a share of it, and after that what made this reversal another one
# than those before: a lost dispute, or staff after a won one. What it took from where credit went names the row of the
# ledger before that.
TAKEN_BACK = """, uses AS (
  SELECT substr(r.source, length(c.source) + 2) AS source, -r.amount AS taken
  FROM billing_settlemententry r JOIN billing_settlemententry c
    ON c.invoice_id = r.invoice_id AND c.kind = 'credit' AND r.source LIKE c.source || ':%%'
  WHERE r.kind IN ('reversal', 'reversal_won') AND r.source LIKE 'credit:%%'
  UNION ALL
  SELECT substr(r.source, length(c.source) + 2), -e.amount
  FROM billing_settlemententry r
  JOIN billing_settlemententry c
    ON c.invoice_id = r.invoice_id AND c.kind = 'credit' AND r.source LIKE c.source || ':%%'
  JOIN billing_creditentry e
    ON e.source = 'reversal_won:' || r.source AND e.reason IN ('overpayment', 'late_payment')
  WHERE r.kind = 'reversal' AND r.source LIKE 'credit:%%'
), taken_back AS (
  SELECT s.payment, s.dispute, u.taken FROM sources s JOIN uses u ON u.source = s.source
  UNION ALL
  SELECT s.payment, s.dispute, -e.amount AS taken
  FROM sources s JOIN billing_settlemententry e
    ON e.source = s.source AND e.kind IN ('reversal', 'reversal_won')
  UNION ALL
  SELECT s.payment, s.dispute, -e.amount
  FROM sources s JOIN billing_creditentry e ON e.source = s.source AND e.reason = 'reversal'
  UNION ALL
  SELECT s.payment, s.dispute, -e.amount
  FROM sources s JOIN billing_creditentry e
    ON e.source = 'reversal_won:' || s.source AND e.reason IN ('overpayment', 'late_payment')
)"""

# What a reversal could take from nobody is short, and the audit log says how much. Money that a gateway sent back
# before is gone already; a refund that failed since may count or not. Lost disputes may be over parts, and what another
# one held until it was won they could not take. A refunded payment stays so: what had become credit is taken, and the
# audit log says how much that should be.
REVERSED_SQL = (
    """
WITH parts AS (
  SELECT id AS payment, 'payment:' || id AS source, invoice_id FROM payments_payment
  UNION ALL
  SELECT payment_id, 'payment_share:' || id, invoice_id FROM payments_paymentshare
), sources AS (
  SELECT payment, source, invoice_id, CAST(NULL AS bigint) AS dispute FROM parts
  UNION ALL
  SELECT p.payment, p.source || ':after:' || d.id, p.invoice_id, CAST(NULL AS bigint)
  FROM parts p JOIN payments_dispute d ON d.payment_id = p.payment
  UNION ALL
  SELECT p.payment, p.source || ':dispute:' || d.id, p.invoice_id, d.id
  FROM parts p JOIN payments_dispute d ON d.payment_id = p.payment
)"""  # noqa: S608 - constants alone
    + TAKEN_BACK
    + """, standing AS (
  SELECT s.payment, s.source, s.invoice_id
  FROM sources s JOIN payments_payment p ON p.id = s.payment LEFT JOIN payments_dispute d ON d.id = s.dispute
  WHERE p.status IN ('reversed', 'refunded') AND (d.id IS NULL OR d.status = 'lost')
), moved AS (
  SELECT payment, taken, 0 AS short FROM taken_back
  UNION ALL
  SELECT s.payment, 0, CAST(a.after ->> 'short' AS bigint)
  FROM standing s JOIN audit_auditentry a
    ON a.record_kind = 'invoice' AND a.record_id = s.invoice_id AND a.action = 'invoice.reversed'
   AND a.after ->> 'source' = s.source
  UNION ALL
  SELECT s.payment, 0, CAST(a.after ->> 'short' AS bigint)
  FROM standing s JOIN audit_auditentry a
    ON a.record_kind = 'payment' AND a.record_id = s.payment AND a.action = 'payment.taken_from_credit'
   AND a.after ->> 'source' = s.source
), sums AS (
  SELECT payment, sum(taken) AS taken, sum(short) AS short FROM moved GROUP BY payment
), told AS (
  SELECT s.payment, sum(CAST(a.after ->> 'amount' AS bigint)) AS amount
  FROM standing s JOIN audit_auditentry a
    ON a.record_kind = 'payment' AND a.record_id = s.payment AND a.action = 'payment.taken_after_refund'
   AND a.after ->> 'source' = s.source
  WHERE NOT EXISTS (
    SELECT 1 FROM payments_dispute w WHERE w.payment_id = s.payment AND w.status = 'won' AND w.closed_at >= a.at
  )
  GROUP BY s.payment
)
SELECT id, invoice_id, currency_code, status, gone, taken, short
FROM (
  SELECT p.id, p.invoice_id, p.currency_code, p.status, p.booked_at,
    CASE WHEN p.status = 'reversed' THEN p.amount ELSE 0 END AS gone,
    p.amount, coalesce(m.taken, 0) AS taken, coalesce(m.short, 0) AS short,
    (SELECT coalesce(sum(t.amount), 0) FROM told t WHERE t.payment = p.id) AS told,
    (SELECT coalesce(sum(r.amount), 0) FROM payments_refund r
     WHERE r.payment_id = p.id AND r.way = 'gateway' AND r.accepted_at IS NOT NULL) AS sent,
    (SELECT sum(d.amount) FROM payments_dispute d WHERE d.payment_id = p.id AND d.status = 'lost') AS lost,
    (SELECT coalesce(sum(d.amount), 0) FROM payments_dispute d
     WHERE d.payment_id = p.id AND d.status = 'won' AND d.closed_at >= (
       SELECT min(l.closed_at) FROM payments_dispute l WHERE l.payment_id = p.id AND l.status = 'lost'
     )) AS won
  FROM payments_payment p LEFT JOIN sums m ON m.payment = p.id
  WHERE p.status = 'reversed' OR coalesce(m.taken, 0) <> 0 OR p.id IN (SELECT payment FROM told)
) reversed
WHERE status = 'reversed'
      AND (taken > gone OR taken + short < gone - sent - won AND taken + short < coalesce(lost, gone))
      AND (taken > gone OR booked_at >= (SELECT min(at) FROM audit_auditentry))
   OR status = 'refunded' AND (taken < 0 OR taken > amount OR taken + short < told)
   OR status NOT IN ('reversed', 'refunded') AND taken <> 0
"""
)

DISPUTES_SQL = (
    """
WITH sources AS (
  SELECT payment_id AS payment, 'payment:' || payment_id || ':dispute:' || id AS source, id AS dispute
  FROM payments_dispute
  UNION ALL
  SELECT d.payment_id, 'payment_share:' || s.id || ':dispute:' || d.id, d.id
  FROM payments_dispute d JOIN payments_paymentshare s ON s.payment_id = d.payment_id
)"""  # noqa: S608 - constants alone
    + TAKEN_BACK
    + """
SELECT d.id, d.payment_id, p.currency_code, d.status, d.amount, sum(t.taken) AS taken
FROM taken_back t JOIN payments_dispute d ON d.id = t.dispute JOIN payments_payment p ON p.id = d.payment_id
GROUP BY d.id, d.payment_id, p.currency_code, d.status, d.amount
HAVING sum(t.taken) < 0 OR sum(t.taken) > CASE WHEN d.status = 'lost' THEN d.amount ELSE 0 END
"""
)

# What is taken from where credit went names a use of credit on the same invoice, and is at most what that paid.
USES_SQL = """
SELECT min(r.id) AS id, r.invoice_id, coalesce(c.source, r.source) AS source, coalesce(c.amount, 0) AS used,
       -sum(r.amount) AS taken
FROM billing_settlemententry r LEFT JOIN billing_settlemententry c
  ON c.invoice_id = r.invoice_id AND c.kind = 'credit' AND r.source LIKE c.source || ':%%'
WHERE r.kind IN ('reversal', 'reversal_won') AND r.source LIKE 'credit:%%'
GROUP BY r.invoice_id, coalesce(c.source, r.source), coalesce(c.amount, 0)
HAVING -sum(r.amount) NOT BETWEEN 0 AND coalesce(c.amount, 0)
"""

# Rows that no other book knows have an entry in the audit log.
UNEXPLAINED_SQL = """
SELECT e.id, a.client_id, a.currency_code, e.reason, e.source, e.amount
FROM billing_creditentry e JOIN billing_creditaccount a ON a.id = e.account_id
WHERE e.reason IN ('staff_add', 'staff_remove', 'payout', 'downgrade')
  AND e.at >= (SELECT min(at) FROM audit_auditentry)
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry l
    WHERE l.record_kind = 'credit' AND l.record_id = e.id AND l.action = 'credit.' || e.reason
      AND l.client_id = a.client_id AND CAST(l.after ->> 'amount' AS bigint) = e.amount
      AND l.after ->> 'source' = e.source
  )
UNION ALL
SELECT l.record_id, l.client_id, l.record_name, l.action, coalesce(e.source, 'gone'),
       CAST(l.after ->> 'amount' AS bigint)
FROM audit_auditentry l LEFT JOIN billing_creditentry e
  ON e.id = l.record_id AND l.action = 'credit.' || e.reason AND e.source = l.after ->> 'source'
 AND e.amount = CAST(l.after ->> 'amount' AS bigint)
LEFT JOIN billing_creditaccount a ON a.id = e.account_id AND a.client_id = l.client_id
WHERE l.record_kind = 'credit' AND l.after ->> 'amount' IS NOT NULL AND a.id IS NULL
"""

CHECKS = (
    ProofCheck(
        "M10",
        "Each credit balance equals the sum of its ledger entries and is never negative.",
        finds_no_row(
            "credit_account",
            "Client {client_id}: balance {balance}, ledger total {booked} ({currency_code}).",
            BALANCE_SQL,
        ),
    ),
    ProofCheck(
        "M10-running",
        "Each ledger entry has the correct running balance.",
        finds_no_row(
            "credit",
            "Entry {id} of account {account_id}: balance {balance}, expected {so_far}.",
            RUNNING_BALANCE_SQL,
        ),
    ),
    ProofCheck(
        "M10-reasons",
        "Each ledger entry made by staff or a plan change is in the audit log, and each one told there in the ledger.",
        finds_no_row(
            "credit",
            "Entry {id} of client {client_id}, {reason} of {amount} ({source}), isn't in both the ledger and the audit"
            " log ({currency_code}).",
            UNEXPLAINED_SQL,
        ),
    ),
    ProofCheck(
        "M11",
        "Refunds never exceed their payment, and a refunded payment was refunded in full.",
        finds_no_row(
            "payment",
            "Payment {id} of {amount} is {status}; refunded {refunded} ({currency_code}).",
            REFUNDS_SQL,
        ),
    ),
    ProofCheck(
        "M12",
        "Every payment and credit of a client is accounted for on their invoices or in their credit balance.",
        finds_no_row(
            "client",
            "Client {id}: received and not returned {money}, on invoices and in credit {kept} ({currency_code}).",
            CONSERVED_SQL,
        ),
    ),
    ProofCheck(
        "M12-payments",
        "Each payment is recorded once and in full, on its invoice or in credit.",
        finds_no_row("payment", "{source}: received {paid}, recorded {booked}.", PAYMENTS_SQL),
    ),
    ProofCheck(
        "M12-shares",
        "Each share of a payment for several invoices is booked once and in full on its invoice.",
        finds_no_row("payment_share", "{source}: shared {shared}, booked {booked}.", SHARES_SQL),
    ),
    ProofCheck(
        "M12-refunds",
        "Each refund is recorded once and in full.",
        finds_no_row(
            "refund", "{source}: refunded {refunded}, recorded {booked}.", REFUNDS_BOOKED_SQL
        ),
    ),
    ProofCheck(
        "M12-reversals",
        "Each reversed payment is deducted from its invoice and from credit, and no other payment is.",
        finds_no_row(
            "payment",
            "Payment {id} is {status}: reversed {gone}, deducted from its invoice and credit {taken}, short {short}"
            " ({currency_code}).",
            REVERSED_SQL,
        ),
    ),
    ProofCheck(
        "M12-disputes",
        "A lost dispute takes at most its amount from invoices and credit, and any other takes nothing.",
        finds_no_row(
            "dispute",
            "Dispute {id} of payment {payment_id} is {status}: over {amount}, deducted {taken} ({currency_code}).",
            DISPUTES_SQL,
        ),
    ),
    ProofCheck(
        "M12-uses",
        "A reversal takes back at most the credit that was applied to its invoice.",
        finds_no_row(
            "invoice",
            "{source} on invoice {invoice_id}: applied {used}, taken back {taken}.",
            USES_SQL,
        ),
    ),
    ProofCheck(
        "M12-credit",
        "Credit applied in the ledger and credit applied on invoices match.",
        finds_no_row(
            "credit", "{source}: in the ledger {ledger}, on invoices {invoices}.", BOTH_BOOKS_SQL
        ),
    ),
)
