"""Zones and their versions for reading (dns.md 1): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.dns.labels import CAUSE_LABELS, DNSSEC_LABELS
from commerce.dns.models import Zone, ZoneVersion
from commerce.presentation.idn import readable_name
from commerce.presentation.records import (
    API,
    EXPORT,
    STAFF,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)

ZONE_VERSION_FIELDS = RecordFields(
    ZoneVersion,
    (
        RecordField("zone", EXPORT, source="zone__name"),
        RecordField("version", EXPORT | API, _("Version"), source="number"),
        RecordField("serial", EXPORT | API, _("Serial")),
        RecordChoice("cause", EXPORT | API, _("Made by"), labels=CAUSE_LABELS),
        RecordInstant("made_at", EXPORT | API, _("Made")),
        RecordField("made_by", STAFF, _("Person"), ends="erasure"),
        RecordInstant("live_at", STAFF, _("Live")),
        RecordField("records", EXPORT | API, ends="stays"),
    ),
    apart="id soa",
)

ZONE_FIELDS = RecordFields(
    Zone,
    (
        *plain_fields("id domain_id", EXPORT | API),
        RecordField("name", EXPORT | API, _("Zone"), show=readable_name, ends="stays"),
        *OF_CLIENT,
        RecordStatus("status", EXPORT | API, of="zone"),
        RecordChoice("dnssec", EXPORT | API, _("DNSSEC"), labels=DNSSEC_LABELS),
        RecordField("delegated", EXPORT | API, source="is_delegated"),
        *plain_fields("delegation_problems ds_records", EXPORT | API),
        RecordInstant("delegation_checked_at", STAFF, _("Delegation last checked")),
        RecordDay("ends_on", EXPORT | API, _("Ends on")),
        RecordInstant("created_at", EXPORT | API, _("Created")),
        RecordInstant("changed_at", STAFF, _("Changed")),
        RecordInstant("ended_at", EXPORT | API, _("Ended")),
    ),
    apart="ds_at_registrar ds_gone_at ds_ttl end_told_on version",
)
