"""Backups and summaries of runs for reading: what staff see; no client has any."""

from commerce.presentation.records import (
    STAFF,
    RecordField,
    RecordFields,
    RecordInstant,
    plain_fields,
)
from commerce.runs.models import BackupState, RunSummary

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

RUN_SUMMARY_FIELDS = RecordFields(
    RunSummary,
    (
        RecordField("counts", STAFF, ends="stays"),
        RecordField("amounts", STAFF, ends="stays"),
        *plain_fields("id date is_forecast clients_left made_at", STAFF),
    ),
)
