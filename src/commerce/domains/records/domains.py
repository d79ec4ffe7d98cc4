"""Domains for reading (domains.md 1): their fields, and who has each."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, registrar_name_of
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import Text
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    RecordAmount,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    RecordSwitch,
    plain_fields,
)


def registrar_title(slug: str) -> Text:
    """What a registrar is called."""
    known = REGISTRAR_CLASSES.get(slug)
    return known.name if known else slug


def _nameserver_words(hosts: list[str]) -> str:
    return ", ".join(map(readable_name, hosts))


def _contacts(domain: Domain) -> list[dict[str, Any]]:
    return [{"role": role, **contact} for role, contact in domain.contacts.items()]


DOMAIN_FIELDS = RecordFields(
    Domain,
    (
        *plain_fields("id tld", EXPORT | API),
        RecordField("domain", EXPORT | API, source="domain_name", ends="stays"),
        RecordField(
            "display_name",
            STAFF,
            _("Domain"),
            source=lambda row: readable_name(row.domain_name),
            reads="domain_name",
        ),
        RecordStatus("status", EXPORT | API | AUDIT, of="domain"),
        *OF_CLIENT,
        RecordField(
            "registrar", AUDIT, _("Registrar"), source=registrar_name_of, show=registrar_title
        ),
        RecordField(
            "own_registrar", STAFF, _("Registrar"), source="registrar", show=registrar_title
        ),
        RecordField("remote_id", AUDIT, _("ID at the registrar")),
        RecordDay("registration_date", EXPORT | API | AUDIT, _("Registered")),
        RecordDay("expiry_date", EXPORT | API | AUDIT, _("Expires")),
        RecordDay("next_due_date", EXPORT | API | AUDIT, _("Next due date")),
        RecordSwitch("auto_renew", EXPORT | API | AUDIT, _("Auto-renew")),
        RecordField("term_years", EXPORT | API | AUDIT, _("Renewal term in years")),
        RecordAmount("amount", EXPORT | API | AUDIT, _("Renewal price"), source="recurring_amount"),
        RecordSwitch("locked", EXPORT | API | AUDIT, _("Transfer lock"), source="is_locked"),
        RecordSwitch("whois_privacy", EXPORT | API | AUDIT, _("WHOIS privacy")),
        RecordField(
            "nameservers",
            EXPORT | API | AUDIT,
            _("Nameservers"),
            reads="ns1 ns2 ns3 ns4",
            show=_nameserver_words,
        ),
        RecordField("contacts", EXPORT | API | AUDIT, source=_contacts, ends="erasure"),
        *plain_fields("transfer_hold", EXPORT | API | AUDIT),
        *plain_fields("sent_at", AUDIT),
        RecordInstant("synced_at", STAFF, _("Registrar last asked")),
        RecordField("notes", AUDIT, _("Notes"), ends="erasure"),
        RecordInstant("created_at", EXPORT | API, _("Ordered")),
    ),
    apart="next_sync_at changed_at version",
)
