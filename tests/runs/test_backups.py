"""What is known of backups: told as metrics, and missed when the last good one is too old."""

from datetime import timedelta

import pytest

from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.runs.backups import backup_metrics, record_backup
from commerce.runs.models import BackupState
from commerce.timetable import PERIODIC_WORK
from tests.make import AT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
[WATCH] = [entry.run for entry in PERIODIC_WORK if entry.name == "missing-run"]


def told() -> dict[str, int]:
    return {name: value for name, _, value in backup_metrics()}


def test_the_last_good_backup_is_told_and_missed_after_26_hours() -> None:
    assert told() == {}
    WATCH(AT)
    for size in (7, 9):
        record_backup(at=AT, size=size)
    assert told() == {"backup_last_seconds": int(AT.timestamp()), "backup_last_bytes": 9}
    assert BackupState.objects.count() == 1
    for hours in (26, 27, 28):
        with clock.freeze_time(AT + hours * HOUR):
            WATCH(AT + hours * HOUR)
        sent = OutgoingMail.objects.filter(event="backup_missing").count()
        assert sent == (1 if hours > 26 else 0)
