"""Backups for reading: what staff see of the last one; no client has any."""

from commerce.presentation.records import STAFF, RecordField, RecordFields, RecordInstant
from commerce.runs.models import BackupState

BACKUP_FIELDS = RecordFields(
    BackupState,
    (
        RecordInstant("made_at", STAFF),
        RecordField("size", STAFF),
        RecordInstant("rehearsed_at", STAFF),
        RecordField("problem", STAFF),
    ),
    apart="id",
)
