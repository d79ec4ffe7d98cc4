"""Services for reading (services-and-provisioning.md 3): their fields, and who has each."""

from django.utils.translation import gettext_lazy as _

from commerce.hosting.labels import SUSPENSION_REASON_LABELS
from commerce.hosting.models import Service
from commerce.kit.money import Money
from commerce.presentation.labels import CYCLE_LABELS
from commerce.presentation.records import (
    API,
    AUDIT,
    EXPORT,
    STAFF,
    STATUS,
    AmountField,
    ChoiceField,
    DayField,
    InstantField,
    Record,
    RecordField,
    RecordFields,
    StatusField,
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
        RecordField("id", EXPORT | API),
        RecordField("label", EXPORT | API | AUDIT, _("Service")),
        RecordField("has_own_name", AUDIT),
        StatusField("status", EXPORT | API | AUDIT, STATUS, kind="service"),
        RecordField("client_id", STAFF),
        RecordField("client", STAFF, _("Client"), source="client__name"),
        RecordField("product", AUDIT, source="product__slug"),
        RecordField("product_name", EXPORT | API, _("Product"), source="product__name"),
        RecordField("domain", EXPORT | API, _("Domain")),
        AmountField("amount", EXPORT | API | AUDIT, _("Price")),
        RecordField("parts", AUDIT),
        ChoiceField("billing_cycle", EXPORT | API | AUDIT, _("Billing cycle"), labels=CYCLE_LABELS),
        DayField("next_due_date", EXPORT | API | AUDIT, _("Next due date")),
        DayField("cancel_at", EXPORT | API | AUDIT, _("Ends on")),
        RecordField("server", EXPORT | API | AUDIT, _("Server"), source="server__name"),
        RecordField("username", EXPORT | API | AUDIT, _("Username")),
        RecordField("remote_id", AUDIT, _("ID in the control panel")),
        RecordField(
            "options",
            EXPORT | API,
            _("Options"),
            source=_options,
            reads=("options",),
            show=_option_words,
        ),
        DayField("anchor_date", STAFF, _("Counted from")),
        DayField("registration_date", EXPORT | API | AUDIT, _("Activated")),
        InstantField("suspended_at", EXPORT | API | AUDIT, _("Suspended")),
        ChoiceField(
            "suspension_reason", AUDIT, _("Suspension reason"), labels=SUSPENSION_REASON_LABELS
        ),
        InstantField("cancelled_at", EXPORT | API | AUDIT, _("Canceled")),
        InstantField("terminated_at", EXPORT | API | AUDIT, _("Terminated")),
        RecordField("notes", AUDIT, _("Notes")),
        InstantField("created_at", EXPORT | API),
    ),
    unread=("provisioning_key", "changed_at"),
)
