"""States of attempts, payments, refunds and receipts (invariants.md 3); when a gateway is asked again."""

from datetime import datetime, timedelta

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

TRANSFER_NOTICE_MOVES = {"open": frozenset({"confirmed", "rejected", "lapsed"})}

UNALLOCATED_PAYMENT_MOVES = {"open": frozenset({"assigned", "returned"})}

POLL_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))


def next_poll(started: datetime, expires: datetime | None, after: datetime) -> datetime | None:
    """When a gateway is asked next about an open attempt; ``None`` once its time is over (payments.md 2.8).

    15 minutes, an hour and 6 hours after its start, daily from then on, and last when it expires.
    """
    if expires is not None and after >= expires:
        return None
    steps = (started + age for age in POLL_AFTER)
    days = (after - started) // timedelta(days=1) + 1
    when = next((step for step in steps if step > after), started + timedelta(days=days))
    return when if expires is None else min(when, expires)
