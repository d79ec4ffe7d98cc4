"""Marks of open work for reading: their fields, all for staff alone."""

from commerce.accounts.models import OpenWorkMark
from commerce.presentation.records import STAFF, RecordField, RecordFields, plain_fields

OPEN_WORK_MARK_FIELDS = RecordFields(
    OpenWorkMark,
    (
        RecordField("work", STAFF, ends="stays"),
        *plain_fields("id is_snoozed count marked_at ends_at", STAFF),
    ),
    apart="staff_id",
)
