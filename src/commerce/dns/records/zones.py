"""Zones and their versions for reading (dns.md 1): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.dns.labels import CAUSE_LABELS, DNSSEC_LABELS
from commerce.dns.models import Zone, ZoneVersion
from commerce.presentation.idn import readable_name
from commerce.presentation.records import (
    EXPORT,
    STAFF,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
)

ZONE_VERSION_FIELDS = RecordFields(
    ZoneVersion,
    (
        RecordField("zone", EXPORT, source="zone__name"),
        RecordField("version", EXPORT, _("Version"), source="number"),
        RecordField("serial", STAFF, _("Serial")),
        RecordChoice("cause", STAFF, _("Made by"), labels=CAUSE_LABELS),
        RecordInstant("made_at", EXPORT, _("Made")),
        RecordField("made_by", STAFF, _("Person")),
        RecordInstant("live_at", STAFF, _("Live")),
        RecordField("records", EXPORT),
    ),
    apart="id soa",
)

ZONE_FIELDS = RecordFields(
    Zone,
    (
        RecordField("name", EXPORT, _("Zone"), show=readable_name),
        *OF_CLIENT,
        RecordStatus("status", EXPORT, of="zone"),
        RecordChoice("dnssec", EXPORT, _("DNSSEC"), labels=DNSSEC_LABELS),
        RecordField("delegated", STAFF, source="is_delegated"),
        RecordField("ds_records", STAFF),
        RecordInstant("delegation_checked_at", STAFF, _("Delegation last checked")),
        RecordDay("ends_on", STAFF, _("Ends on")),
        RecordInstant("created_at", STAFF, _("Created")),
        RecordInstant("changed_at", STAFF, _("Changed")),
        RecordInstant("ended_at", STAFF, _("Ended")),
    ),
    apart="id domain_id ds_at_registrar ds_gone_at ds_ttl delegation_problems end_told_on",
)
