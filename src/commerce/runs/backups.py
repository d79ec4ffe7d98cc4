"""What the installation knows of its backups: when the last good one was made and proven, and the alarm when there is
none (operations.md, Backups).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from commerce.accounts.recipients import send_staff_email
from commerce.presentation.labels import Text
from commerce.runs.history import RunMetric
from commerce.runs.models import BackupState
from commerce.site_settings import current

REHEARSAL_LATE_AFTER = timedelta(days=8)
"""So long after a rehearsal that went well, another one should have been made."""
BACKUP_LATE_AFTER = timedelta(hours=26)
"""So long after a good backup, another one should have been made."""


def record_backup(*, at: datetime, size: int) -> None:
    """A good backup of the data as of ``at``, with so many bytes, has been written."""
    BackupState.objects.update_or_create(
        pk=BackupState.ONLY, defaults={"made_at": at, "size": size}
    )


def record_rehearsal(*, at: datetime, problem: str) -> None:
    """A backup was restored and proven; or it could not be, because of ``problem``."""
    known: dict[str, object] = (
        {"problem": problem} if problem else {"problem": "", "rehearsed_at": at}
    )
    BackupState.objects.update_or_create(pk=BackupState.ONLY, defaults=known)


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


def send_rehearsal_email(*, file: str, lines: Sequence[Text], failed: bool, at: datetime) -> None:
    """Staff hear what came of a rehearsal; ``lines`` are its figures."""
    values = {"file": file} if failed else {"file": file, "waiting": lines}
    send_staff_email(
        event="rehearsal_failed" if failed else "rehearsal_done",
        idempotency_key=at.isoformat(),
        page="checks",
        values=values,
        at=at,
    )


BACKUP_METRICS = {
    "backup_last_seconds": "When the last good backup was made, in seconds since 1970.",
    "backup_last_bytes": "How large it is.",
    "backup_rehearsed_seconds": "When a backup was last restored and proven.",
    "backup_rehearsal_failed": "1 if the last rehearsal of a backup failed.",
}
"""What ``backup_metrics`` tells, in words."""


def backup_metrics() -> Iterator[RunMetric]:
    """The last good backup for a monitoring system; nothing while there was none."""
    state = last_backup()
    if state.made_at:
        yield "backup_last_seconds", {}, int(state.made_at.timestamp())
        yield "backup_last_bytes", {}, state.size
    if state.rehearsed_at:
        yield "backup_rehearsed_seconds", {}, int(state.rehearsed_at.timestamp())
    if state.rehearsed_at or state.problem:
        yield "backup_rehearsal_failed", {}, int(bool(state.problem))
