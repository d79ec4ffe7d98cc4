"""What the audit log says was made is still there (M13)."""

from commerce.proof.check import ProofCheck, finds_no_row

_MADE = {
    "invoice": ("billing_invoice", "invoice.unpaid invoice.paid"),
    "credit_note": ("billing_creditnote", "credit_note.issued"),
    "billed_period": (
        "billing_billedperiod",
        "billed_period.paid billed_period.waived billed_period.released",
    ),
    "payment": ("payments_payment", "payment.completed"),
    "refund": ("payments_refund", "refund.accepted refund.succeeded"),
    "dispute": ("payments_dispute", "dispute.opened"),
    "attempt": ("payments_attempt", "attempt.created"),
    "transfer_notice": ("payments_transfernotice", "transfer_notice.open"),
    "unallocated_payment": ("payments_unallocatedpayment", "unallocated_payment.kept"),
    "saved_card": ("payments_savedcard", "saved_card.created"),
    "order": ("orders_order", "order.placed"),
    "service": ("hosting_service", "service.created"),
    "domain": ("domains_domain", "domain.created"),
    "price_change": ("billing_pricechange", "price_change.planned"),
    "client": ("accounts_client", "client.created"),
}
"""Nouns of the audit log whose records stay for good, their tables, and the actions that tell of one."""


def _gone(noun: str, table: str, actions: str) -> str:
    told = ", ".join(f"'{action}'" for action in actions.split())
    return f"""
SELECT e.record_id AS id, e.record_kind AS noun, e.record_name AS name, max(e.action) AS action, max(e.at) AS at
FROM audit_auditentry e LEFT JOIN {table} r ON r.id = e.record_id
WHERE e.record_kind = '{noun}' AND e.action IN ({told}) AND r.id IS NULL
GROUP BY e.record_id, e.record_kind, e.record_name
"""  # noqa: S608 - names of our tables


GONE_SQL = "UNION ALL".join(_gone(noun, *of) for noun, of in _MADE.items())

CHECKS = (
    ProofCheck(
        "M13-kept",
        "Each record that the audit log says was made is there.",
        finds_no_row(
            "record",
            "The {noun} {id} ({name}) is gone; the audit log has {action} at {at}.",
            GONE_SQL,
        ),
    ),
)
