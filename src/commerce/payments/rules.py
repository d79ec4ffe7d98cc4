"""States of attempts, payments, refunds, declarations and stray receipts (invariants.md 3)."""

ATTEMPT_MOVES = {
    "created": frozenset({"open", "failed"}),
    "open": frozenset({"succeeded", "failed", "expired", "closed"}),
    # The gateway's truth may come late.
    "failed": frozenset({"succeeded"}),
    "expired": frozenset({"succeeded"}),
    "closed": frozenset({"succeeded"}),
}

PAYMENT_MOVES = {
    "pending": frozenset({"completed", "failed"}),
    "completed": frozenset({"refunded", "disputed", "reversed"}),
    "disputed": frozenset({"completed", "reversed"}),
    "reversed": frozenset({"completed"}),
}

REFUND_MOVES = {
    "requested": frozenset({"accepted", "failed", "succeeded"}),
    "accepted": frozenset({"succeeded", "failed"}),
}

DECLARATION_MOVES = {"open": frozenset({"confirmed", "rejected", "lapsed"})}

STRAY_MOVES = {"open": frozenset({"assigned", "returned"})}
