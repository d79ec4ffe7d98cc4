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
        RecordField("recipient", EXPORT, _("Recipient")),
        RecordField("recipient_name", STAFF, _("Name")),
        RecordChoice("locale", STAFF, _("Language"), labels=dict(settings.LANGUAGES)),
        RecordStatus("status", STAFF, of="email"),
        RecordField("outcome", STAFF, _("Result")),
        RecordField("tries", STAFF, _("Tries")),
        RecordInstant("created_at", STAFF, _("Created")),
        RecordInstant("tried_at", STAFF, _("Last try")),
        RecordInstant("sent_at", EXPORT, _("Sent")),
        RecordField("cause", STAFF, _("Cause"), source="idempotency_key"),
        RecordField("subject", EXPORT, _("Subject")),
        RecordField("text", EXPORT),
    ),
    apart="product_template time_zone client_id about_kind about_id digest_of permission values encrypted_values"
    " attachments html is_permanent_failure",
)
