"""What the installation knows of its backups: when the last good one was made and proven, and the alarm when there is
none (operations.md, Backups).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from commerce.accounts.recipients import send_staff_email
from commerce.runs.history import RunMetric
from commerce.runs.models import BackupState
from commerce.site_settings import current

BACKUP_LATE_AFTER = timedelta(hours=26)
"""So long after a good backup, another one should have been made."""


def record_backup(*, at: datetime, size: int) -> None:
    """A good backup of the data as of ``at``, with so many bytes, has been written."""
    BackupState.objects.update_or_create(
        pk=BackupState.ONLY, defaults={"made_at": at, "size": size}
    )


def last_backup() -> BackupState:
    """What is known; of an installation that never made one, nothing."""
    return BackupState.objects.first() or BackupState()


def is_backup_late(made_at: datetime, *, at: datetime) -> bool:
    """Whether another one should have been made since."""
    return at - made_at > BACKUP_LATE_AFTER


def send_backup_missing_email(*, at: datetime) -> None:
    """Staff hear, once a day, that the last good backup is too old. Who never made one by us has other means."""
    made_at = last_backup().made_at
    if made_at is None or not is_backup_late(made_at, at=at):
        return
    send_staff_email(
        event="backup_missing",
        idempotency_key=f"{current.business_date(at)}",
        page="checks",
        values={"when": made_at},
        at=at,
    )


BACKUP_METRICS = {
    "backup_last_seconds": "When the last good backup was made, in seconds since 1970.",
    "backup_last_bytes": "How large it is.",
}
"""What ``backup_metrics`` tells, in words."""


def backup_metrics() -> Iterator[RunMetric]:
    """The last good backup for a monitoring system; nothing while there was none."""
    state = last_backup()
    if state.made_at:
        yield "backup_last_seconds", {}, int(state.made_at.timestamp())
        yield "backup_last_bytes", {}, state.size
