"""States of what staff do to many records at once, and of each record in it (backoffice.md 3)."""

from datetime import timedelta
from enum import StrEnum

MAX_RECORDS = 10_000
"""What one bulk action is done to at most: as many as a list counts, so that its number was seen."""
UNDO_TIME = timedelta(minutes=10)
REPORT_KEPT_FOR = timedelta(days=30)
DRAFT_KEPT_FOR = timedelta(days=1)
"""One that nobody started."""


class BulkStatus(StrEnum):
    """Where a bulk action stands."""

    CHECKING = "checking"
    """To how many it can be done is being found out."""
    READY = "ready"
    """Its person sees that, and has not started it."""
    RUNNING = "running"
    CAN_BE_UNDONE = "undoable"
    """It is done, and its emails wait until it cannot be undone any more."""
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


BULK_MOVES = {
    BulkStatus.CHECKING: frozenset({BulkStatus.READY}),
    BulkStatus.READY: frozenset({BulkStatus.RUNNING}),
    BulkStatus.RUNNING: frozenset({BulkStatus.CAN_BE_UNDONE, BulkStatus.DONE}),
    BulkStatus.CAN_BE_UNDONE: frozenset({BulkStatus.DONE, BulkStatus.UNDOING}),
    BulkStatus.UNDOING: frozenset({BulkStatus.UNDONE}),
}

STARTED = frozenset(BulkStatus) - {BulkStatus.CHECKING, BulkStatus.READY}
UNDER_WAY = frozenset({BulkStatus.CHECKING, BulkStatus.RUNNING, BulkStatus.UNDOING})
"""A job works on it."""


class BulkOutcome(StrEnum):
    """What became of one record."""

    UNCHECKED = "unchecked"
    READY = "ready"
    LEFT_OUT = "left_out"
    """It was not possible; ``code`` and ``text`` say why."""
    DONE = "done"
    FAILED = "failed"
    """Something went wrong that nobody expected; nothing was changed."""
    UNDONE = "undone"
    NOT_UNDONE = "kept"
    """It was done, and could not be taken back."""
