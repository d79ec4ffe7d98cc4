"""The states of a request to end a service (invariants.md 3)."""

from enum import StrEnum


class CancellationKind(StrEnum):
    """When a cancelled service ends."""

    IMMEDIATE = "immediate"
    END_OF_PERIOD = "end_of_period"


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
