"""What a service costs, and from when its periods count, was agreed at some time (billing.md 1, invariants S10)."""

from commerce.proof.check import ProofCheck, finds_no_row

_STATED = """
WITH stated AS (
  SELECT e.record_id AS service_id, max(e.id) AS last
  FROM audit_auditentry e
  WHERE e.record_kind = 'service' AND e.action IN (
      'service.created', 'service.edited', 'service.plan_changed', 'service.price_changed'
    ) AND e.after ->> 'amount' IS NOT NULL
  GROUP BY e.record_id
)"""

# The last word on the price, in the audit log; of a service that nobody changed, what was ordered. Of one that is older
# than the log, whose entries retention deletes, nobody can say whether its price was changed.
UNEXPLAINED_SQL = f"""{_STATED}
SELECT s.id, s.label, s.client_id, s.currency_code, s.amount, e.after ->> 'amount' AS said, e.action AS said_by
FROM hosting_service s JOIN stated c ON c.service_id = s.id JOIN audit_auditentry e ON e.id = c.last
WHERE CAST(e.after ->> 'amount' AS bigint) <> s.amount
UNION ALL
SELECT s.id, s.label, s.client_id, s.currency_code, s.amount, CAST(t.unit_amount AS text), 'its order'
FROM hosting_service s
JOIN orders_orderunit u ON u.service_id = s.id JOIN orders_orderitem t ON t.id = u.item_id
LEFT JOIN stated c ON c.service_id = s.id
WHERE c.service_id IS NULL AND s.created_at >= (SELECT min(at) FROM audit_auditentry)
  AND s.amount <> t.unit_amount - t.group_discount / t.qty
  AND NOT (t.promo_discount > 0
           AND abs((t.unit_amount - s.amount) * t.qty - t.group_discount - t.promo_discount) <= t.qty)
"""  # noqa: S608 - statements of our own

# Its first day, or the day that a change of its cycle, or staff, set last.
UNANCHORED_SQL = """
WITH stated AS (
  SELECT e.record_id AS service_id, max(e.id) AS last
  FROM audit_auditentry e
  WHERE e.record_kind = 'service'
    AND (e.after ->> 'anchor_date' IS NOT NULL
         OR e.action = 'service.plan_changed' AND e.after ->> 'billing_cycle' <> e.before ->> 'billing_cycle')
  GROUP BY e.record_id
)
SELECT s.id, s.label, s.anchor_date, coalesce(e.after ->> 'anchor_date', CAST(s.registration_date AS text)) AS began
FROM hosting_service s LEFT JOIN stated c ON c.service_id = s.id LEFT JOIN audit_auditentry e ON e.id = c.last
WHERE s.status IN ('active', 'suspended') AND s.anchor_date IS NOT NULL
  AND (e.id IS NULL AND s.created_at >= (SELECT min(at) FROM audit_auditentry)
         AND (s.registration_date IS NULL OR s.anchor_date <> s.registration_date)
       OR e.after ->> 'anchor_date' <> CAST(s.anchor_date AS text))
"""

CHECKS = (
    ProofCheck(
        "S10-amount",
        "Each service has the price last agreed on: by its order, a plan or price change, or staff.",
        finds_no_row(
            "service",
            "Service {id} ({label}) of client {client_id} costs {amount}; {said_by} says {said} ({currency_code}).",
            UNEXPLAINED_SQL,
        ),
    ),
    ProofCheck(
        "S10-anchor",
        "The periods of a service count from its start date, a billing cycle change, or a date that staff set.",
        finds_no_row(
            "service",
            "Service {id} ({label}) counts from {anchor_date}, but it started on {began} and nothing changed that.",
            UNANCHORED_SQL,
        ),
    ),
)
