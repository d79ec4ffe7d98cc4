"""States of payments (invariants.md 3)."""

PAYMENT_MOVES = {
    "pending": frozenset({"completed", "failed"}),
    "completed": frozenset({"refunded", "disputed", "reversed"}),
    "disputed": frozenset({"completed", "reversed"}),
    "reversed": frozenset({"completed"}),
}
