"""A request to end a service: its states, and who decides about it (billing.md 8, invariants.md 3)."""

from datetime import date
from enum import StrEnum


class CancellationKind(StrEnum):
    """When a cancelled service ends."""

    IMMEDIATE = "immediate"
    END_OF_PERIOD = "end_of_period"


def kind_in_effect(kind: str, *, next_due_date: date | None, today: date) -> CancellationKind:
    """What a request asks for: the end of a period that is over, or of a service without periods, is today."""
    if next_due_date is None or next_due_date <= today:
        return CancellationKind.IMMEDIATE
    return CancellationKind(kind)


def is_decided_by_staff(kind: CancellationKind, *, auto_approve: bool) -> bool:
    """Whether staff decide about a request: an end at the end of the period needs nobody."""
    return kind == CancellationKind.IMMEDIATE and not auto_approve


class CancellationStatus(StrEnum):
    """What became of a request to cancel."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DONE = "done"


CANCELLATION_MOVES = {
    CancellationStatus.PENDING: frozenset(
        {CancellationStatus.APPROVED, CancellationStatus.REJECTED, CancellationStatus.WITHDRAWN}
    ),
    CancellationStatus.APPROVED: frozenset({CancellationStatus.DONE, CancellationStatus.WITHDRAWN}),
}
