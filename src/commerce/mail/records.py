"""Emails for reading (notifications.md 1): their fields, and who has each."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commerce.mail.models import OutgoingMail
from commerce.presentation.records import (
    EXPORT,
    STAFF,
    RecordChoice,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
)

MAIL_FIELDS = RecordFields(
    OutgoingMail,
    (
        RecordField("id", STAFF),
        RecordField("event", EXPORT, _("Email")),
        RecordField("recipient", EXPORT, _("Recipient"), ends="erasure retention"),
        RecordField("recipient_name", STAFF, _("Name"), ends="erasure retention"),
        RecordChoice("locale", STAFF, _("Language"), labels=dict(settings.LANGUAGES)),
        RecordStatus("status", STAFF, of="email"),
        RecordField("outcome", STAFF, _("Result"), ends="erasure retention"),
        RecordField("tries", STAFF, _("Tries")),
        RecordInstant("created_at", STAFF, _("Created")),
        RecordInstant("tried_at", STAFF, _("Last try")),
        RecordInstant("sent_at", EXPORT, _("Sent")),
        RecordField("cause", STAFF, source="idempotency_key", ends="erasure retention"),
        RecordField("subject", EXPORT, _("Subject"), ends="erasure retention"),
        RecordField("text", EXPORT, ends="erasure retention"),
    ),
    apart="product_template time_zone client_id about_kind about_id digest_of permission values encrypted_values"
    " attachments html is_permanent_failure",
)
