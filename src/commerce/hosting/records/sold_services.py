"""Services for reading (services-and-provisioning.md 3): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import OF_CLIENT
from commerce.hosting.labels import SUSPENSION_REASON_LABELS
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.presentation.labels import CYCLE_LABELS
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    Record,
    RecordAmount,
    RecordChoice,
    RecordDay,
    RecordField,
    RecordFields,
    RecordInstant,
    RecordStatus,
    plain_fields,
)


def _options(service: Service) -> list[Record]:
    """What was chosen, with its part of each renewal."""
    code = service.currency_id
    return [one | {"amount": Money(one.get("amount") or 0, code)} for one in service.options]


def _option_words(options: list[Record]) -> str:
    return ", ".join(f"{one['name']}: {one['value']}" for one in options)


SERVICE_FIELDS = RecordFields(
    Service,
    (
        *plain_fields("id created_at", EXPORT | API),
        RecordField("label", EXPORT | API | AUDIT, _("Service"), ends="erasure"),
        *plain_fields("has_own_name price_parts", AUDIT),
        RecordStatus("status", EXPORT | API | AUDIT, of="service"),
        *OF_CLIENT,
        RecordField("product", AUDIT, source="product__slug"),
        RecordField("product_name", EXPORT | API, _("Product"), source="product__name"),
        RecordField("domain", EXPORT | API, _("Domain"), ends="stays"),
        RecordAmount("amount", EXPORT | API | AUDIT, _("Price")),
        RecordChoice(
            "billing_cycle", EXPORT | API | AUDIT, _("Billing cycle"), labels=CYCLE_LABELS
        ),
        RecordDay("next_due_date", EXPORT | API | AUDIT, _("Next due date")),
        RecordDay("ends_on", EXPORT | API | AUDIT, _("Ends on")),
        RecordField("server", EXPORT | API | AUDIT, _("Server"), source="server__name"),
        RecordField("username", EXPORT | API | AUDIT, _("Username"), ends="erasure"),
        RecordField("remote_id", AUDIT, _("ID in the control panel"), ends="erasure"),
        RecordField(
            "options", EXPORT | API, _("Options"), source=_options, show=_option_words, ends="stays"
        ),
        RecordDay("anchor_date", STAFF, _("Counted from")),
        RecordDay("activated_on", EXPORT | API | AUDIT, _("Activated")),
        RecordInstant("suspended_at", EXPORT | API | AUDIT, _("Suspended")),
        RecordChoice(
            "suspension_reason",
            EXPORT | API | AUDIT,
            _("Suspension reason"),
            labels=SUSPENSION_REASON_LABELS,
        ),
        RecordDay("suspended_until", EXPORT | AUDIT, _("Suspended until")),
        RecordInstant("cancelled_at", EXPORT | API | AUDIT, _("Canceled")),
        RecordInstant("terminated_at", EXPORT | API | AUDIT, _("Terminated")),
        RecordField("notes", AUDIT, _("Notes"), ends="erasure"),
    ),
    apart="provisioning_key changed_at version",
)
