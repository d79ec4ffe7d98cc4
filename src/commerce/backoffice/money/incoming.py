"""`/admin/unallocated-payments`, `/admin/transfer-notices`, `/admin/gateway-events`: what came and needs a decision."""

import json
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.columns import (
    Column,
    LinkColumn,
    columns_of,
)
from commerce.backoffice.base.filters import choice_filter, status_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.money import payment_actions as acts
from commerce.backoffice.money import payment_forms as forms
from commerce.backoffice.money.columns import invoice_column, request_column
from commerce.backoffice.money.filters import currency_filter
from commerce.backoffice.money.payments import gateway_labels
from commerce.backoffice.money.searching import FoundByClient, as_invoice_number, as_reference
from commerce.kit.json_log import redact
from commerce.kit.text import clean_text
from commerce.payments.actions.transfer_notices import decision_blocked_reason
from commerce.payments.models import (
    GatewayEvent,
    RefusedMessage,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.records.payments import (
    GATEWAY_EVENT_FIELDS,
    REFUSED_MESSAGE_FIELDS,
    TRANSFER_NOTICE_FIELDS,
    UNALLOCATED_PAYMENT_FIELDS,
)
from commerce.record_acts import (
    GATEWAY_EVENT_ACTS,
    TRANSFER_NOTICE_ACTS,
    UNALLOCATED_PAYMENT_ACTS,
)

MAX_SHOWN_BYTES = 20_000
"""Of a message; what follows says no more to a person."""
WITHHELD = "•••"
SECRET_WORDS = ("secret", "token", "password", "signature", "authorization", "card", "iban")
"""A value under a name with one of these is not shown (adapters send more than staff need to see)."""


class UnallocatedPaymentAdmin(RecordAdmin):
    """Money that belongs to no invoice as it came."""

    model = UnallocatedPayment
    described_by = UNALLOCATED_PAYMENT_FIELDS
    slug = "unallocated-payments"
    label = _("Unallocated payments")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "help_center"
    list_display = columns_of(
        UNALLOCATED_PAYMENT_FIELDS,
        "id received_on gateway transaction_id reference reason status amount",
    )
    ordering = ("-id",)
    list_filter = (
        status_filter("unallocated_payment"),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_on", RangeDateFilter),
    )
    search_fields = ("transaction_id", "reference")
    search_help_text = _("Transaction ID or reference")
    record_actions = tuple(map(act_button, UNALLOCATED_PAYMENT_ACTS))
    list_actions = (
        RecordAction(
            name="new",
            label=_("Record payment"),
            permission=StaffPermission.PAYMENTS_MANAGE,
            run=acts.record_unallocated_money,
            form=forms.UnallocatedForm,
        ),
    )
    record_related = ("plan_change__service", "plan_change__product")
    record_fieldsets: ClassVar = (
        (
            _("Payment"),
            (
                *columns_of(
                    UNALLOCATED_PAYMENT_FIELDS,
                    "status amount received_on gateway transaction_id reference reason intended_invoice",
                ),
                request_column(),
                LinkColumn(_("Payment"), "payment"),
                *columns_of(UNALLOCATED_PAYMENT_FIELDS, "note recorded_by ended_at"),
            ),
        ),
    )

    def record_title(self, record: UnallocatedPayment) -> str:
        return _t("Unallocated payment %(id)s") % {"id": record.pk}


class TransferNoticeAdmin(FoundByClient):
    """Bank transfers that clients say they have made."""

    model = TransferNotice
    described_by = TRANSFER_NOTICE_FIELDS
    slug = "transfer-notices"
    label = _("Reported transfers")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "account_balance"
    list_display = (
        invoice_column(),
        request_column(),
        *columns_of(TRANSFER_NOTICE_FIELDS, "client submitted_at status amount"),
    )
    ordering = ("-id",)
    list_select_related = ("plan_change__service", "plan_change__product")
    list_filter = (
        status_filter("transfer_notice"),
        currency_filter("invoice__currency"),
    )
    search_lookups: ClassVar = {
        "invoice__number__startswith": as_invoice_number,
        "invoice__payment_reference": as_reference,
        "plan_change__reference": as_reference,
    }
    search_help_text = _("Invoice number, payment reference, or client")
    record_actions = (
        RecordAction(
            name="confirm",
            label=_("Confirm"),
            permission=StaffPermission.INVOICES_RECORD_PAYMENT,
            run=acts.confirm_transfer,
            form=forms.ConfirmTransferForm,
            blocked=decision_blocked_reason,
            submit=_("Record payment"),
        ),
        *map(act_button, TRANSFER_NOTICE_ACTS),
    )
    record_related = ("plan_change__service", "plan_change__product")
    record_fieldsets: ClassVar = (
        (
            _("Reported transfer"),
            (
                invoice_column(),
                request_column(),
                *columns_of(
                    TRANSFER_NOTICE_FIELDS,
                    "client status amount reference submitted_at held_until payment decided_at note",
                ),
            ),
        ),
    )

    def record_title(self, record: TransferNotice) -> str:
        if record.invoice is None:
            return _t("Transfer for a plan change")
        return _t("Transfer for invoice %(number)s") % {"number": record.invoice.number}


class GatewayEventAdmin(RecordAdmin):
    """Messages of payment gateways, newest first."""

    model = GatewayEvent
    slug = "gateway-events"
    label = _("Gateway events")
    view_permission = StaffPermission.PAYMENTS_VIEW
    menu = MenuGroup.BILLING
    icon = "webhook"
    list_display = (
        *columns_of(GATEWAY_EVENT_FIELDS, "id gateway kind received_at status tries"),
        Column(_("Error"), lambda row: row.error[:120], export=lambda row: row.error),
    )
    ordering = ("-id",)
    list_filter = (
        status_filter("gateway_event"),
        choice_filter("gateway", _("Gateway"), gateway_labels),
        ("received_at", RangeDateTimeFilter),
    )
    search_fields = ("event_id__exact", "kind__exact")
    search_help_text = _("The gateway's ID of the event, or its kind")
    record_actions = tuple(map(act_button, GATEWAY_EVENT_ACTS))
    record_fieldsets: ClassVar = (
        (
            _("Event"),
            columns_of(
                GATEWAY_EVENT_FIELDS,
                "gateway kind event_id status tries received_at ended_at error",
            ),
        ),
        (_("Message"), (Column(_("Content"), lambda row: shown_body(bytes(row.body))),)),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: GatewayEvent) -> str:
        return _t("Event %(id)s") % {"id": record.event_id}


REFUSED = "gateway received_at address reason"


class RefusedMessageAdmin(RecordAdmin):
    """Messages that could not be verified: anybody may have sent them, and nothing in them is believed."""

    model = RefusedMessage
    slug = "refused-messages"
    label = _("Refused messages")
    view_permission = StaffPermission.PAYMENTS_VIEW
    icon = "block"
    list_display = columns_of(REFUSED_MESSAGE_FIELDS, f"{REFUSED}")
    ordering = ("-id",)
    list_filter = (choice_filter("gateway", _("Gateway"), gateway_labels),)
    record_fieldsets: ClassVar = (
        (
            _("Message"),
            (
                *columns_of(REFUSED_MESSAGE_FIELDS, f"{REFUSED}"),
                Column(_("Content"), lambda row: shown_body(bytes(row.body))),
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request).defer("body", "headers")
        return rows

    def record_title(self, record: RefusedMessage) -> str:
        return _t("Refused message %(id)s") % {"id": record.pk}


def shown_body(body: bytes) -> str:
    """A message as staff may read it, without what looks like a secret: JSON in order, other text as it is.

    What is kept of a refused message is its beginning, which is no whole JSON.
    """
    text = body.decode("utf-8", "replace")
    try:
        text = json.dumps(_without_secrets(json.loads(text)), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = redact(clean_text(text))
    return text[:MAX_SHOWN_BYTES]


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each, name) for each in value]
    is_secret = any(word in name.lower() for word in SECRET_WORDS)
    return WITHHELD if is_secret and value not in (None, "", True, False) else value
