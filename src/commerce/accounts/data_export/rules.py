"""Exports of a client's own data: how many, for how long (accounts.md 10)."""

from datetime import timedelta
from enum import StrEnum

MAX_EXPORTS = 3
EXPORTS_WITHIN = timedelta(days=30)
"""So many exports of a client within so long."""

EXPORT_KEPT_FOR = timedelta(days=7)
"""From when it is ready: as long, it can be downloaded."""


class ExportStatus(StrEnum):
    """``failed``: it could not be made, and does not count. ``expired``: the file is gone."""

    REQUESTED = "requested"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


EXPORT_MOVES = {
    ExportStatus.REQUESTED: frozenset({ExportStatus.READY, ExportStatus.FAILED}),
    ExportStatus.READY: frozenset({ExportStatus.EXPIRED}),
}
