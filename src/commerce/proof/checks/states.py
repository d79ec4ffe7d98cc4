"""Each state has its reason: the books that it follows from, and the entry of who moved it (invariants.md 3)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max

from commerce.proof.check import ProofCheck, ProofTime, finds_no_row
from commerce.runs.models import DailyRunStep
from commerce.runs.rules import RunStepStatus
from commerce.site_settings import current

_MOVED = {
    "invoice": ("billing_invoice", "unpaid paid overdue cancelled refunded"),
    "billed_period": ("billing_billedperiod", "paid waived released"),
    "payment": ("payments_payment", "completed failed refunded disputed reversed"),
    "refund": ("payments_refund", "accepted succeeded failed"),
    "order": ("orders_order", "active fraud cancelled pending"),
    "service": ("hosting_service", "active suspended cancelled terminated"),
    "domain": (
        "domains_domain",
        "pending active pending_transfer expired redemption fraud cancelled transferred_away",
    ),
    "attempt": ("payments_attempt", "open failed succeeded expired closed"),
    "dispute": ("payments_dispute", "won lost"),
    "transfer_notice": ("payments_transfernotice", "confirmed rejected lapsed"),
    "unallocated_payment": ("payments_unallocatedpayment", "assigned returned"),
    "cancellation_request": ("billing_cancellationrequest", "approved rejected withdrawn done"),
    "plan_change": ("billing_planchange", "awaiting_payment applied rejected withdrawn lapsed"),
    "price_change": ("billing_pricechange", "applied dropped"),
    "consumer_statement": ("consumers_consumerstatement", "carried_out answered"),
    "client": ("accounts_client", "active suspended closed"),
}
"""Nouns of the audit log, their tables, and the states that they are moved to."""


def _last_move(noun: str, table: str, states: str) -> str:
    actions = ", ".join(f"'{noun}.{state}'" for state in states.split())
    return f"""
SELECT r.id, '{noun}' AS noun, r.status, e.action, e.at
FROM (SELECT record_id, max(id) AS last FROM audit_auditentry
      WHERE record_kind = '{noun}' AND action IN ({actions}) GROUP BY record_id) m
JOIN audit_auditentry e ON e.id = m.last
JOIN {table} r ON r.id = m.record_id
WHERE e.action <> '{noun}.' || r.status
"""  # noqa: S608 - names of our tables


_FIRST = {
    "attempt": ("created", "created_at"),
    "dispute": ("open", "opened_at"),
    "transfer_notice": ("open", "submitted_at"),
    "unallocated_payment": ("open", "created_at"),
    "cancellation_request": ("pending", "created_at"),
    "plan_change": ("pending", "created_at"),
    "price_change": ("planned", "created_at"),
    "client": ("active", "created_at"),
    "order": ("pending", "created_at"),
    "refund": ("requested", "created_at"),
}
"""The state that a record is made in, and the column that says when; another one was moved to."""


def _never_moved(noun: str, first: str, made: str) -> str:
    table, states = _MOVED[noun]
    actions = ", ".join(f"'{noun}.{state}'" for state in states.split())
    client = {"client": "r.id", "unallocated_payment": "0"}.get(noun, "r.client_id")
    return f"""
SELECT r.id, '{noun}', r.status, 'none', r.{made}
FROM {table} r LEFT JOIN audit_auditentry e
  ON e.record_kind = '{noun}' AND e.record_id = r.id AND e.action IN ({actions})
WHERE r.status <> '{first}' AND e.id IS NULL AND r.{made} >= (SELECT min(at) FROM audit_auditentry)
  AND {client} NOT IN (SELECT client_id FROM accounts_erasure WHERE status = 'done')
"""  # noqa: S608 - names of our tables


MOVED_BEHIND_SQL = "UNION ALL".join(
    [
        *(_last_move(noun, table, states) for noun, (table, states) in _MOVED.items()),
        *(_never_moved(noun, *made) for noun, made in _FIRST.items()),
    ]
)

# A reversal takes the day of payment with it; without it staff may go on unpaid, for a reason that is audited.
ACTIVE_UNPAID_SQL = """
SELECT o.id, o.client_id, i.number, i.status AS invoice_status
FROM orders_order o JOIN billing_invoice i ON i.id = o.invoice_id
WHERE o.status = 'active' AND i.paid_at IS NULL
  AND o.activated_at > (SELECT min(at) FROM audit_auditentry)
  AND NOT EXISTS (
    SELECT 1 FROM billing_settlemententry s WHERE s.invoice_id = i.id AND s.kind = 'reversal'
  )
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'order' AND e.record_id = o.id AND e.action = 'order.activated_unpaid'
  )
"""

RUNS_UNORDERED_SQL = """
SELECT s.id, s.label, s.status, o.id AS order_id, o.status AS order_status
FROM orders_order o
JOIN orders_orderitem t ON t.order_id = o.id
JOIN orders_orderunit u ON u.item_id = t.id
JOIN hosting_service s ON s.id = u.service_id
WHERE o.activated_at IS NULL AND o.status <> 'cancelled' AND s.status IN ('active', 'suspended')
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'service' AND e.record_id = s.id AND e.action = 'service.overridden'
  )
"""

# What was taken back as a whole is paid and wants nothing; what staff approve one by one waits for them, and what
# follows from a payment for a worker.
PAID_PENDING_SQL = """
SELECT o.id, o.client_id, i.number, i.paid_at
FROM orders_order o JOIN billing_invoice i ON i.id = o.invoice_id
WHERE o.status = 'pending' AND NOT o.on_hold AND i.status = 'paid' AND i.paid_at < %(yesterday)s
  AND i.total > (SELECT coalesce(sum(n.total), -1) FROM billing_creditnote n WHERE n.invoice_id = i.id)
  AND NOT EXISTS (
    SELECT 1 FROM jobs_job j
    WHERE j.subject_kind = 'InvoicePaid' AND j.subject_id = i.id AND j.status IN ('queued', 'running', 'waiting')
  )
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'setting' AND e.record_name = 'orders.auto_approve' AND e.at >= i.paid_at
  )
"""

# An open one may be of a payment that was refunded or taken back meanwhile.
DISPUTED_SQL = """
SELECT p.id, p.status, p.gateway, p.transaction_id,
       count(CASE WHEN d.status = 'open' THEN 1 END) AS open_disputes
FROM payments_payment p JOIN payments_dispute d ON d.payment_id = p.id
GROUP BY p.id, p.status, p.gateway, p.transaction_id
HAVING p.status = 'completed' AND count(CASE WHEN d.status = 'open' THEN 1 END) > 0
    OR p.status = 'disputed' AND count(CASE WHEN d.status = 'open' THEN 1 END) = 0
    OR p.status <> 'reversed' AND p.status <> 'refunded' AND count(CASE WHEN d.status = 'lost' THEN 1 END) > 0
"""

OFF_FOR_NOTHING_SQL = """
SELECT s.id, s.label, s.client_id, s.suspended_at
FROM hosting_service s
WHERE s.status = 'suspended' AND s.suspension_reason = 'overdue'
  AND NOT EXISTS (
    SELECT 1 FROM billing_invoicesubject b JOIN billing_invoice i ON i.id = b.invoice_id
    WHERE b.service_id = s.id AND i.kind IN ('order', 'renewal', 'plan_change') AND i.status = 'overdue'
  )
  AND NOT EXISTS (
    SELECT 1 FROM jobs_job j
    WHERE j.subject_kind = 'service' AND j.subject_id = s.id AND j.action = 'service.resume'
      AND j.status IN ('queued', 'running', 'waiting', 'parked')
  )
  AND NOT EXISTS (
    SELECT 1 FROM audit_auditentry e
    WHERE e.record_kind = 'service' AND e.record_id = s.id AND e.action = 'service.overridden'
      AND e.at >= s.suspended_at
  )
"""

LATE_UNSAID_SQL = """
SELECT i.id, i.number, i.status, i.due_date, i.overdue_at
FROM billing_invoice i
WHERE i.status = 'unpaid' AND i.overdue_at IS NOT NULL
   OR i.status = 'overdue' AND (i.overdue_at IS NULL OR i.due_date >= %(today)s)
   OR i.status = 'unpaid' AND i.due_date < %(run)s AND i.changed_at < %(run_day)s
"""


_BEFORE = date(2000, 1, 1)
"""A day before any run."""


def _when_approved(asked: ProofTime) -> dict[str, Any] | None:
    """None where staff approve each order: then a paid one may wait for them."""
    approves = current.get_setting("orders.auto_approve")
    return {"yesterday": asked.at - timedelta(days=1)} if approves else None


def _last_overdue(asked: ProofTime) -> dict[str, Any]:
    """The day of the last run that said what is overdue; none before there was one."""
    steps = DailyRunStep.objects.filter(
        name="overdue", status=RunStepStatus.DONE, run__date__lte=asked.today
    )
    run = steps.aggregate(day=Max("run__date"))["day"] or _BEFORE
    day = datetime.combine(run, datetime.min.time(), current.business_zone())
    return {"today": asked.today, "run": run, "run_day": day}


CHECKS = (
    ProofCheck(
        "S2",
        "The status of each record matches its last change in the audit log.",
        finds_no_row(
            "record",
            "The {noun} {id} is {status}, but its last change, at {at}, was {action}.",
            MOVED_BEHIND_SQL,
        ),
    ),
    ProofCheck(
        "S2-disputes",
        "A payment is disputed as long as a dispute of it is open, and not completed after one was lost.",
        finds_no_row(
            "payment",
            "Payment {id} ({gateway} {transaction_id}) is {status}; open disputes: {open_disputes}.",
            DISPUTED_SQL,
        ),
    ),
    ProofCheck(
        "S3",
        "The invoice of each active order was paid, or staff gave a reason to continue without payment.",
        finds_no_row(
            "order",
            "Order {id} of client {client_id} is active; its invoice {number} is {invoice_status} and was never paid.",
            ACTIVE_UNPAID_SQL,
        ),
    ),
    ProofCheck(
        "S3-services",
        "No service is running before its order is active.",
        finds_no_row(
            "service",
            "Service {id} ({label}) is {status}, and its order {order_id} is {order_status}.",
            RUNS_UNORDERED_SQL,
        ),
    ),
    ProofCheck(
        "S3-paid",
        "Each paid order is active within a day, unless staff put it on hold.",
        finds_no_row(
            "order",
            "Order {id} of client {client_id} is pending; its invoice {number} was paid at {paid_at}.",
            PAID_PENDING_SQL,
            _when_approved,
        ),
    ),
    ProofCheck(
        "S8",
        "Each service suspended as overdue has an overdue invoice, or is about to resume.",
        finds_no_row(
            "service",
            "Service {id} ({label}) of client {client_id} has been suspended as overdue since {suspended_at},"
            " but has no overdue invoice.",
            OFF_FOR_NOTHING_SQL,
        ),
    ),
    ProofCheck(
        "S8-overdue",
        "An invoice is overdue exactly when the daily run marked it overdue after its due date.",
        finds_no_row(
            "invoice",
            "Invoice {number}, due on {due_date}, is {status}; overdue since: {overdue_at}.",
            LATE_UNSAID_SQL,
            _last_overdue,
        ),
    ),
)
