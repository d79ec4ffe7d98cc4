"""States of services and the dates that a service is due on (billing.md 1, invariants.md 3)."""

from datetime import date

from commerce.kit import periods

SERVICE_MOVES = {
    "pending": frozenset({"active", "cancelled"}),
    "active": frozenset({"suspended", "cancelled", "terminated"}),
    "suspended": frozenset({"active", "cancelled", "terminated"}),
}

SERVICE_OVERRIDE_MOVES = {
    state: frozenset({"active", "suspended", "cancelled", "terminated"} - {state})
    for state in ("pending", "active", "suspended", "cancelled", "terminated")
}
"""What staff may set by hand, with a reason; the only way out of a final state."""

RUNNING_SERVICE_STATUSES = ("active", "suspended")
"""States in which a service is billed."""

LIVE_SERVICE_STATUSES = ("pending", "active", "suspended")
"""States in which a service is not yet ended."""


def first_due_date(anchor: date, billing_cycle: str) -> date | None:
    """First day that is not paid with the first period; None for ``one_time``."""
    if billing_cycle not in periods.MONTHS_PER_CYCLE:
        return None
    return periods.period_start(anchor, billing_cycle, 1)


def following_due_date(anchor: date, billing_cycle: str, due: date) -> date:
    """``due`` moved by one cycle, counted from the anchor; raises ``ValueError`` when no period starts on it."""
    number = periods.period_number(anchor, billing_cycle, due)
    return periods.period_start(anchor, billing_cycle, number + 1)
