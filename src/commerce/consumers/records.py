"""Statements of consumers, and what they agreed to, for reading: their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.consumers.labels import CHANNEL_LABELS, ENDING_LABELS, KIND_LABELS, contract_label
from commerce.consumers.models import ConsumerStatement
from commerce.presentation.records import (
    EXPORT,
    STAFF,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)
from commerce.support.models import ConsumerConsent

STATEMENT_FIELDS = RecordFields(
    ConsumerStatement,
    (
        RecordField("id", STAFF),
        RecordChoice("kind", EXPORT, _("Type"), labels=KIND_LABELS),
        RecordStatus("status", EXPORT, of="statement"),
        RecordField("name", EXPORT, _("Name"), ends="erasure"),
        RecordField(
            "words", EXPORT, _("Contract, as it was named"), source="contract", ends="erasure"
        ),
        RecordField("email", EXPORT, _("Email"), ends="erasure"),
        RecordInstant("made_at", EXPORT, _("Made"), order="pk"),
        RecordChoice("channel", STAFF, _("Channel"), labels=CHANNEL_LABELS),
        *OF_CLIENT,
        RecordField(
            "contract", EXPORT, _("Contract"), source=contract_label, reads="service__pk domain__pk"
        ),
        RecordChoice(
            "ending_kind", EXPORT, _("Type of cancellation"), labels={"": "", **ENDING_LABELS}
        ),
        RecordField("cause", EXPORT, _("Reason"), ends="erasure"),
        RecordDay("wished_on", EXPORT, _("Requested end date")),
        RecordInstant("confirmed_at", STAFF, _("Confirmed by the owner")),
        RecordDay("due_on", STAFF, _("Due by")),
        RecordDay("ends_on", EXPORT, _("Contract ends on")),
        RecordAmount("given_back", EXPORT, _("Credited"), currency="currency_code"),
        RecordField("answer", EXPORT, _("Answer"), ends="erasure"),
        RecordInstant("ended_at", EXPORT, _("Decided")),
    ),
    apart="locale made_by_id idempotency_key part_of_id",
)

CONSENT_FIELDS = RecordFields(
    ConsumerConsent, plain_fields("record_kind record_id text at", EXPORT), apart="id client_id"
)
