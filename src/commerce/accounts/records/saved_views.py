"""Saved views for reading: their fields, all for staff alone."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import SavedView
from commerce.presentation.records import STAFF, RecordField, RecordFields, plain_fields

SAVED_VIEW_FIELDS = RecordFields(
    SavedView,
    (
        RecordField("name", STAFF, _("Name"), ends="stays"),
        RecordField("list_name", STAFF, ends="stays"),
        RecordField("query", STAFF, ends="stays"),
        *plain_fields("id is_shared created_at", STAFF),
    ),
    apart="staff_id",
)
