"""The states of a request to end a service (invariants.md 3)."""

CANCELLATION_MOVES = {
    "pending": frozenset({"approved", "rejected", "withdrawn"}),
    "approved": frozenset({"done", "withdrawn"}),
}
